//! The kernel `joint_histogram` counts exactly as its CPU twin.

use corelith_core::CtFromMap;
use corelith_gpu::test_context;
use corelith_registration::joint_histogram::{BINS, CpuVolume, FixedPose, GpuVolume};
use corelith_registration::{QuantisedVolume, Samples};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const SHAPE: [usize; 3] = [9, 13, 11];

fn volume(rng: &mut ChaCha8Rng) -> QuantisedVolume {
    let data = (0..SHAPE.iter().product()).map(|_| rng.random()).collect();
    QuantisedVolume::from_bytes(data, SHAPE, 1).unwrap()
}

fn samples(rng: &mut ChaCha8Rng) -> Samples {
    let pixels: Vec<(i32, i32, u32)> = (0..5000)
        .map(|_| {
            (
                rng.random_range(-40..40),
                rng.random_range(-40..40),
                rng.random_range(0..16),
            )
        })
        .collect();
    Samples::pack(0, 0, pixels.into_iter())
}

/// Poses of every kind: inside, across the border, outside, reaching over the fixed-point range.
fn poses(rng: &mut ChaCha8Rng, samples: &Samples) -> Vec<FixedPose> {
    let mut poses: Vec<FixedPose> = (0..20)
        .map(|_| {
            let mut rows = [[0.0; 3]; 3];
            for row in &mut rows {
                *row = [0.4, 0.4, 12.0].map(|scale: f64| scale * (rng.random::<f64>() - 0.5));
                row[2] += 5.5;
            }
            let pose = CtFromMap::from(rows);
            FixedPose::new(&pose, samples, 1)
        })
        .collect();
    poses.push(FixedPose([i32::MAX; 12]));
    poses.push(FixedPose([i32::MIN; 12]));
    poses
}

fn first_difference(expected: &[u32], found: &[u32]) -> Option<(usize, u32, u32)> {
    assert_eq!(expected.len(), found.len());
    (0..expected.len())
        .find(|&i| expected[i] != found[i])
        .map(|i| (i, expected[i], found[i]))
}

#[test]
fn counts_are_equal_in_one_slab_and_in_many() {
    let Some(gpu) = test_context() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (volume, samples) = (volume(&mut rng), samples(&mut rng));
    let poses = poses(&mut rng, &samples);
    let expected = CpuVolume::new(&volume).histograms(&samples, &poses);
    assert!(expected.iter().any(|&count| count > 1000));
    let slice = (SHAPE[1] * SHAPE[2]) as u64;
    for (slab_bytes, slabs) in [(1 << 20, 1), (3 * slice + 4, 4), (1, 8)] {
        let on_device = GpuVolume::new(&gpu, &volume, slab_bytes).unwrap();
        assert_eq!(on_device.slabs(), slabs);
        let found = on_device.histograms(&samples, &poses).unwrap();
        assert_eq!(found.len(), poses.len() * BINS);
        assert_eq!(first_difference(&expected, &found), None);
    }
}

#[test]
fn one_changed_count_shows() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (volume, samples) = (volume(&mut rng), samples(&mut rng));
    let poses = poses(&mut rng, &samples);
    let expected = CpuVolume::new(&volume).histograms(&samples, &poses);
    let mut changed = expected.clone();
    changed[3 * BINS + 7] += 1;
    assert!(first_difference(&expected, &changed).is_some());
}
