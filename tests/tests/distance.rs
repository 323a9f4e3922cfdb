//! Distances of the GPU against those of the processor.

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{GpuContext, test_context};
use corelith_stats::imaging::distance::{squared_distance, squared_distance_gpu};
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

fn assert_equal(gpu: &GpuContext, mask: &Volume<u8>, brick_bytes: u64) {
    let expected = squared_distance(mask, &Silent).unwrap();
    let found = squared_distance_gpu(mask, &Silent, gpu, brick_bytes).unwrap();
    assert!(found == expected, "{:?}, {brick_bytes} bytes", mask.shape());
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
        for (found, expected) in found.data().iter().zip(expected.data()) {
            assert!(
                (found - expected).abs() <= 1e-6 * expected,
                "{found} {expected}"
            );
        }
    }
}

#[test]
fn one_changed_voxel_is_seen() {
    let mask = random([5, 9, 40], Spacing::isotropic(1.0), 0.9, 1);
    let mut changed = mask.clone();
    let solid = mask.data().iter().position(|&voxel| voxel != 0).unwrap();
    changed.data_mut()[solid] = 0;
    let distances = |mask| squared_distance(mask, &Silent).unwrap();
    assert!(distances(&changed) != distances(&mask));
}
