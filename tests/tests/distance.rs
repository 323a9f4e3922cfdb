//! Distances of the GPU against those of the processor.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::time::Duration;

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{
    Compute, Fault, GpuContext, GpuError, LONGEST_SUBMISSION, assert_launched, low_limits_context,
    short_submissions_context, small_bindings_context, test_context,
};
use corelith_stats::imaging::distance::{
    DistanceError, squared_distance, squared_distance_gpu, squared_distance_on,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// More bytes than any volume of these tests has.
const ALL: u64 = 1 << 26;

fn random(shape: [usize; 3], spacing: Spacing, density: f64, seed: u64) -> Volume<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Volume::from_fn(shape, spacing, |_, _, _| {
        u8::from(random.random_bool(density)) * random.random_range(1..=255)
    })
}

/// A ball, far from any face, so that distances grow large, in front of a slanted wall.
fn ball_and_wall(n: usize) -> Volume<u8> {
    Volume::from_fn([n; 3], Spacing::isotropic(2.3), |x, y, z| {
        let r = |v: usize| (2 * v as i64 - n as i64).pow(2);
        u8::from(r(x) + r(y) + r(z) < (n as i64 - 6).pow(2) || 3 * x + 2 * y + z > 5 * n)
    })
}

/// The first voxel whose distance is off by more than `tolerance` of it.
fn first_difference(
    found: &Volume<f32>,
    expected: &Volume<f32>,
    tolerance: f32,
) -> Option<(usize, f32, f32)> {
    assert_eq!(found.shape(), expected.shape());
    let (found, expected) = (found.data(), expected.data());
    let near = |i: usize| {
        // Both may be infinite.
        found[i] == expected[i] || (found[i] - expected[i]).abs() <= tolerance * expected[i]
    };
    (0..expected.len())
        .find(|&i| !near(i))
        .map(|i| (i, found[i], expected[i]))
}

#[track_caller]
fn assert_equal(gpu: &GpuContext, mask: &Volume<u8>, brick_bytes: u64) {
    let expected = squared_distance(mask, &Silent).unwrap();
    let found = squared_distance_gpu(mask, &Silent, gpu, brick_bytes).unwrap();
    let difference = first_difference(&found, &expected, 0.0);
    assert_eq!(difference, None, "{:?}, {brick_bytes} bytes", mask.shape());
}

#[test]
fn equal_spacings_give_equal_distances() {
    let Some(gpu) = test_context() else { return };
    let spacing = Spacing::isotropic(1.7);
    for (shape, density) in [
        ([9, 12, 150], 0.9),
        ([7, 5, 131], 0.999),
        ([1, 30, 260], 0.97),
        ([40, 1, 9], 0.9),
        ([13, 50, 1], 0.95),
        ([1, 1, 1], 1.0),
        ([1, 1, 1], 0.0),
        ([0, 3, 3], 1.0),
    ] {
        assert_equal(&gpu, &random(shape, spacing, density, 5), ALL);
    }
    assert_equal(&gpu, &ball_and_wall(48), ALL);
    // Nothing and everything is background.
    assert_equal(&gpu, &Volume::filled([3, 4, 5], spacing, 1), ALL);
    assert_equal(&gpu, &Volume::filled([3, 4, 5], spacing, 0), ALL);
    assert_launched(&gpu, &["distance_row", "distance_site", "distance_column"]);
}

/// One zero in a corner: distances as long as the volume, along each axis.
#[test]
fn distances_may_be_as_long_as_the_volume() {
    let Some(gpu) = test_context() else { return };
    for shape in [[1, 1, 700], [1, 700, 3], [700, 1, 3], [33, 64, 65]] {
        for corner in [[0, 0, 0], shape.map(|n| n - 1)] {
            let mask = Volume::from_fn(shape, Spacing::isotropic(1.0), |x, y, z| {
                u8::from([z, y, x] != corner)
            });
            assert_equal(&gpu, &mask, ALL);
        }
    }
}

/// Sites that are far apart but equally near, and ones that are never the nearest.
#[test]
fn ties_and_hidden_sites_do_not_matter() {
    let Some(gpu) = test_context() else { return };
    for period in [2, 7, 16, 31, 64] {
        let mask = Volume::from_fn([40, 67, 40], Spacing::isotropic(1.0), |x, y, z| {
            u8::from(!(x % period == 0 && (x + y) % period == 0 && (y + 2 * z) % period < 2))
        });
        assert_equal(&gpu, &mask, ALL);
    }
}

#[test]
fn bricks_do_not_change_the_distances() {
    let Some(gpu) = test_context() else { return };
    let mask = random([11, 14, 60], Spacing::isotropic(1.0), 0.98, 3);
    let slice = 4 * 14 * 60;
    // One slice at a time, some, all but one.
    for brick_bytes in [slice, 3 * slice + 1, 10 * slice] {
        assert_equal(&gpu, &mask, brick_bytes);
    }
    assert!(squared_distance_gpu(&mask, &Silent, &gpu, slice - 1).is_err());
}

/// The processor rounds once, the GPU at every step: a few units in the last place of 24 bits.
#[test]
fn unequal_spacings_agree_to_rounding() {
    let Some(gpu) = test_context() else { return };
    let spacing = Spacing {
        x_um: 1.0,
        y_um: 1.3,
        z_um: 2.7,
    };
    for brick_bytes in [4 * 20 * 90, ALL] {
        let mask = random([17, 20, 90], spacing, 0.995, 9);
        let expected = squared_distance(&mask, &Silent).unwrap();
        let found = squared_distance_gpu(&mask, &Silent, &gpu, brick_bytes).unwrap();
        assert_eq!(first_difference(&found, &expected, 1e-6), None);
    }
}

#[test]
fn the_least_limits_that_adapters_have_do() {
    let Some(gpu) = low_limits_context() else {
        return;
    };
    assert_equal(&gpu, &ball_and_wall(40), ALL);
}

/// More than a binding holds: slabs of slices, then of rows.
#[test]
fn what_does_not_fit_a_binding_goes_through_in_bricks() {
    let Some(gpu) = small_bindings_context(1 << 17) else {
        return;
    };
    let mask = random([33, 64, 64], Spacing::isotropic(1.0), 0.98, 3);
    let expected = squared_distance(&mask, &Silent).unwrap();
    let found = squared_distance_on(&Compute::Gpu(gpu.clone()), &mask, &Silent).unwrap();
    assert_eq!(first_difference(&found, &expected, 0.0), None);
    // 8 slices at a time, then 15 rows of all slices.
    assert_eq!(gpu.take_counts().launches["distance_column"], 5 + 5);
}

#[test]
fn submissions_are_planned_to_be_short() {
    let Some(gpu) = test_context() else { return };
    let mask = random([20, 160, 400], Spacing::isotropic(1.0), 0.98, 3);
    gpu.take_counts();
    let found = squared_distance_on(&Compute::Gpu(gpu.clone()), &mask, &Silent).unwrap();
    assert_eq!(
        first_difference(&found, &squared_distance(&mask, &Silent).unwrap(), 0.0),
        None
    );
    let counts = gpu.take_counts();
    assert!(counts.longest_planned <= LONGEST_SUBMISSION, "{counts:?}");
    // The passes of a million voxels in few submissions, and the readback.
    assert!((2..=8).contains(&counts.submits), "{counts:?}");
}

/// Passes that are cut into several submissions, in the middle of slices and of rows.
#[test]
fn passes_that_are_cut_give_the_same() {
    let longest = Duration::from_micros(3);
    let Some(gpu) = short_submissions_context(longest) else {
        return;
    };
    for shape in [[9, 30, 70], [40, 7, 33], [1, 50, 60]] {
        let mask = random(shape, Spacing::isotropic(1.0), 0.98, 3);
        assert_equal(&gpu, &mask, ALL);
    }
    let counts = gpu.take_counts();
    assert!(counts.launches["distance_row"] > 6, "{counts:?}");
    assert!(counts.launches["distance_column"] > 12, "{counts:?}");
}

/// The work of a column does not grow with the distances in it.
#[test]
fn far_sites_take_no_more_launches_than_near_ones() {
    let Some(gpu) = test_context() else { return };
    let launches = |density: f64| {
        let mask = random([20, 40, 30], Spacing::isotropic(1.0), density, 2);
        gpu.take_counts();
        squared_distance_gpu(&mask, &Silent, &gpu, ALL).unwrap();
        gpu.take_counts().launches["distance_site"]
    };
    // Gaps of 32 to 1 along y, of 16 to 1 along z.
    assert_eq!([launches(0.1), launches(1.0)], [11, 11]);
}

fn on(gpu: &GpuContext, mask: &Volume<u8>) -> (Result<Volume<f32>, DistanceError>, Vec<String>) {
    let compute = Compute::Gpu(gpu.clone());
    let found = squared_distance_on(&compute, mask, &Silent);
    (found, compute.take_notes())
}

#[test]
fn too_little_memory_halves_the_bricks_and_then_takes_the_processor() {
    let Some(gpu) = test_context() else { return };
    let mask = random([12, 20, 64], Spacing::isotropic(1.0), 0.9, 11);
    let expected = squared_distance(&mask, &Silent).unwrap();
    for (above_bytes, note) in [(20_000, "smaller bricks"), (4000, "on the processor")] {
        gpu.inject(Some(Fault::OutOfMemory { above_bytes }));
        let (found, notes) = on(&gpu, &mask);
        assert_eq!(first_difference(&found.unwrap(), &expected, 0.0), None);
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains(note), "{notes:?}");
    }
}

#[test]
fn a_lost_device_is_an_error() {
    let Some(gpu) = test_context() else { return };
    gpu.inject(Some(Fault::Lost { after_submits: 2 }));
    let (found, notes) = on(&gpu, &ball_and_wall(20));
    let error = found.unwrap_err();
    assert!(
        matches!(error, DistanceError::Gpu(GpuError::DeviceLost { .. })),
        "{error:?}"
    );
    assert_eq!(notes, [""; 0]);
}

#[test]
fn one_changed_voxel_is_seen() {
    let mask = random([5, 9, 40], Spacing::isotropic(1.0), 0.9, 1);
    let expected = squared_distance(&mask, &Silent).unwrap();
    for tolerance in [0.0, 1e-6] {
        assert_eq!(first_difference(&expected, &expected, tolerance), None);
        for voxel in [0, 333, expected.len() - 1] {
            let before = expected.data()[voxel];
            for wrong in [before + 1.0, f32::NAN, f32::INFINITY] {
                let mut changed = expected.clone();
                changed.data_mut()[voxel] = wrong;
                let found = first_difference(&changed, &expected, tolerance);
                assert_eq!(found.map(|(i, ..)| i), Some(voxel), "{wrong}");
            }
        }
    }
}
