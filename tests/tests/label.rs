//! Labels of the GPU against those of the processor: equal, voxel by voxel.

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{GpuContext, test_context};
use corelith_stats::imaging::components::{
    Connectivity, Values, label, label_gpu, label_gpu_in_slabs, label_with_statistics_gpu,
    statistics,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CONNECTIVITIES: [Connectivity; 3] = [
    Connectivity::Six,
    Connectivity::Eighteen,
    Connectivity::TwentySix,
];

fn random(shape: [usize; 3], density: f64, classes: u8, seed: u64) -> Volume<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Volume::from_fn(shape, Spacing::isotropic(1.0), |_, _, _| {
        let is_set = random.random_bool(density);
        u8::from(is_set) * random.random_range(1..=classes)
    })
}

/// A path one voxel wide that winds through the whole volume: long chains of joins.
fn serpentine(n: usize) -> Volume<u8> {
    Volume::from_fn([n; 3], Spacing::isotropic(1.0), |x, y, z| {
        let in_slice = y % 2 == 0 || x == if y % 4 == 1 { n - 1 } else { 0 };
        let turn = if z % 4 == 1 { n - 1 } else { 0 };
        u8::from(if z % 2 == 0 {
            in_slice
        } else {
            (x, y) == (turn, turn)
        })
    })
}

#[track_caller]
fn assert_parity(gpu: &GpuContext, volume: &Volume<u8>) {
    for connectivity in CONNECTIVITIES {
        for values in [Values::Binary, Values::Multi] {
            let expected = label(volume, connectivity, values, &Silent).unwrap();
            let found = label_gpu(volume, connectivity, values, &Silent, gpu).unwrap();
            let what = format!("{:?} {connectivity:?} {values:?}", volume.shape());
            assert_eq!(found.count, expected.count, "{what}");
            assert!(found.labels == expected.labels, "{what}: other labels");
        }
    }
}

#[test]
fn random_volumes_of_every_density() {
    let Some(gpu) = test_context() else { return };
    for (index, density) in [0.05, 0.25, 0.5, 0.75, 0.98].into_iter().enumerate() {
        for classes in [1, 3] {
            let seed = index as u64;
            assert_parity(&gpu, &random([7, 12, 150], density, classes, seed));
        }
    }
}

#[test]
fn thin_single_empty_full_and_winding_volumes() {
    let Some(gpu) = test_context() else { return };
    for shape in [[1, 1, 1], [1, 30, 260], [40, 1, 9], [13, 50, 1], [0, 3, 3]] {
        assert_parity(&gpu, &random(shape, 0.5, 2, 7));
    }
    let spacing = Spacing::isotropic(1.0);
    assert_parity(&gpu, &Volume::filled([5, 6, 130], spacing, 0));
    assert_parity(&gpu, &Volume::filled([5, 6, 130], spacing, 4));
    assert_parity(&gpu, &serpentine(24));
    let chequered = Volume::from_fn([20, 21, 70], spacing, |x, y, z| ((x + y + z) % 2) as u8);
    assert_parity(&gpu, &chequered);
}

#[test]
fn slabs_do_not_change_the_labels() {
    let Some(gpu) = test_context() else { return };
    for volume in [random([11, 14, 60], 0.4, 2, 3), serpentine(13)] {
        for connectivity in CONNECTIVITIES {
            for values in [Values::Binary, Values::Multi] {
                let expected = label(&volume, connectivity, values, &Silent).unwrap();
                for slices in [1, 3, 11] {
                    let found =
                        label_gpu_in_slabs(&volume, connectivity, values, &Silent, &gpu, slices)
                            .unwrap();
                    assert!(found == expected, "{connectivity:?} {values:?} {slices}");
                }
            }
        }
    }
}

#[test]
fn statistics_of_the_gpu_are_those_of_the_processor() {
    let Some(gpu) = test_context() else { return };
    let spacing = Spacing::isotropic(1.0);
    // Sums of products of coordinates past 32 bits: one run, and many.
    let long = Volume::filled([1, 1, 30_000], spacing, 1);
    let high = Volume::filled([900, 40, 40], spacing, 1);
    let empty = Volume::filled([3, 4, 5], spacing, 0);
    // So many components that their sums are found in several turns.
    let specks = random([11, 14, 160], 0.3, 3, 8);
    for volume in [long, high, empty, specks] {
        for values in [Values::Binary, Values::Multi] {
            let connectivity = Connectivity::Six;
            let expected = label(&volume, connectivity, values, &Silent).unwrap();
            for slices in [7, 1000] {
                let (found, components) =
                    label_with_statistics_gpu(&volume, connectivity, values, &Silent, &gpu, slices)
                        .unwrap();
                assert!(found == expected);
                assert!(
                    components == statistics(&expected.labels),
                    "{slices} slices"
                );
            }
        }
    }
}

#[test]
fn kernels_are_timed_on_demand() {
    let Some(gpu) = test_context() else { return };
    let volume = random([8, 32, 128], 0.5, 1, 4);
    let run = || label_gpu(&volume, Connectivity::Six, Values::Binary, &Silent, &gpu).unwrap();
    let (found, times) = gpu.time_kernels(run);
    assert!(found == run());
    let has_queries = gpu
        .device()
        .features()
        .contains(wgpu::Features::TIMESTAMP_QUERY);
    let stems: Vec<&str> = times.iter().map(|time| time.stem).collect();
    let expected = ["runs", "merge", "flatten", "scan", "number", "write"];
    let expected = expected.map(|step| format!("label_{step}"));
    assert_eq!(stems, if has_queries { &expected[..] } else { &[] });
    assert!(!has_queries || times.iter().any(|time| !time.duration.is_zero()));
}

#[test]
fn one_changed_voxel_is_seen() {
    let volume = random([5, 9, 40], 0.4, 1, 1);
    let expected = label(&volume, Connectivity::Six, Values::Binary, &Silent).unwrap();
    let mut changed = expected.clone();
    changed.labels.data_mut()[777] ^= 1;
    assert!(changed != expected);
}
