//! Labels of the GPU against those of the processor: equal, voxel by voxel.

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{GpuContext, test_context};
use corelith_stats::components::{Connectivity, Values, label, label_gpu, label_gpu_in_slabs};
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
fn one_changed_voxel_is_seen() {
    let volume = random([5, 9, 40], 0.4, 1, 1);
    let expected = label(&volume, Connectivity::Six, Values::Binary, &Silent).unwrap();
    let mut changed = expected.clone();
    changed.labels.data_mut()[777] ^= 1;
    assert!(changed != expected);
}
