//! Particles taken apart on the GPU as on the processor: distances are equal, so all that follows is.

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{Compute, Fault, GpuError, assert_launched, test_context};
use corelith_stats::imaging::distance::DistanceError;
use corelith_stats::imaging::separation::{SeparationError, Settings, separate, separate_on};

/// Balls in rows that touch their neighbours, some of them with a cavity.
fn touching_balls() -> Volume<u8> {
    Volume::from_fn([24, 40, 60], Spacing::isotropic(2.0), |x, y, z| {
        let off = |v: usize, period: usize| (v % period) as f64 - (period as f64 - 1.0) / 2.0;
        let r = (off(x, 20).powi(2) + off(y, 20).powi(2) + off(z, 24).powi(2)).sqrt();
        u8::from(r < 10.4 && (r > 2.0 || x > 30))
    })
}

fn settings() -> Settings {
    Settings {
        largest_cavity_voxels: 500,
        ..Settings::default()
    }
}

fn first_difference(found: &Volume<u32>, expected: &Volume<u32>) -> Option<(usize, u32, u32)> {
    assert_eq!(found.shape(), expected.shape());
    let (found, expected) = (found.data(), expected.data());
    (0..expected.len())
        .find(|&i| found[i] != expected[i])
        .map(|i| (i, found[i], expected[i]))
}

#[test]
fn the_gpu_takes_particles_apart_as_the_processor_does() {
    let Some(gpu) = test_context() else { return };
    let expected = separate(touching_balls(), None, &settings(), &Silent).unwrap();
    assert_eq!(expected.data().iter().max(), Some(&6), "six balls");
    let compute = Compute::Gpu(gpu.clone());
    let on_gpu = || separate_on(&compute, touching_balls(), None, &settings(), &Silent);
    assert_eq!(first_difference(&on_gpu().unwrap(), &expected), None);
    assert_launched(&gpu, &["distance_row", "distance_site", "distance_column"]);
    assert_eq!(compute.take_notes(), [""; 0]);

    for (above_bytes, note) in [(100_000, "smaller bricks"), (1000, "on the processor")] {
        gpu.inject(Some(Fault::OutOfMemory { above_bytes }));
        assert_eq!(first_difference(&on_gpu().unwrap(), &expected), None);
        let notes = compute.take_notes();
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains(note), "{notes:?}");
    }

    gpu.inject(Some(Fault::Lost { after_submits: 1 }));
    let error = on_gpu().unwrap_err();
    assert!(
        matches!(
            error,
            SeparationError::Distance(DistanceError::Gpu(GpuError::DeviceLost { .. }))
        ),
        "{error:?}"
    );
}

#[test]
fn one_changed_voxel_is_seen() {
    let expected = separate(touching_balls(), None, &settings(), &Silent).unwrap();
    assert_eq!(first_difference(&expected, &expected), None);
    for voxel in [0, 12_345, expected.len() - 1] {
        let mut changed = expected.clone();
        changed.data_mut()[voxel] += 1;
        let found = first_difference(&changed, &expected);
        assert_eq!(found.map(|(i, ..)| i), Some(voxel));
    }
}
