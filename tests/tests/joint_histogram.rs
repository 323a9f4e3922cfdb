//! The kernel `joint_histogram` counts exactly as its CPU twin.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use corelith_core::CtFromMap;
use corelith_gpu::{
    Compute, Fault, GpuContext, GpuError, LONGEST_SUBMISSION, assert_launched, test_context,
};
use corelith_registration::joint_histogram::{BINS, CpuVolume, FixedPose, GpuVolume, Scorer};
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
        for poses_at_once in [1000, 5, 1] {
            let found = on_device
                .histograms(&samples, &poses, poses_at_once)
                .unwrap();
            assert_eq!(found.len(), poses.len() * BINS);
            assert_eq!(first_difference(&expected, &found), None);
        }
    }
    assert_launched(&gpu, &["joint_histogram"]);
}

#[test]
fn submissions_are_planned_to_be_short() {
    let Some(gpu) = test_context() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let volume = volume(&mut rng);
    let pixels = (0..100_000).map(|i| (i % 50 - 25, i / 50 % 50 - 25, 0));
    let samples = Samples::pack(0, 0, pixels);
    // Under which no sample lies in the volume: what is planned does not know.
    let poses = vec![FixedPose([i32::MAX; 12]); 1000];
    let on_device = GpuVolume::new(&gpu, &volume, 1 << 20).unwrap();
    gpu.take_counts();
    let found = on_device.histograms(&samples, &poses, 1000).unwrap();
    let expected = CpuVolume::new(&volume).histograms(&samples, &poses);
    assert_eq!(first_difference(&expected, &found), None);
    let counts = gpu.take_counts();
    assert!(counts.longest_planned <= LONGEST_SUBMISSION, "{counts:?}");
    assert!(counts.launches["joint_histogram"] > 1, "{counts:?}");
}

fn scored(gpu: &GpuContext, memory: Option<u64>) -> (Result<Vec<u32>, GpuError>, Vec<String>) {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (volume, samples) = (volume(&mut rng), samples(&mut rng));
    let poses = poses(&mut rng, &samples);
    let compute = Compute::Gpu(gpu.clone());
    let fault = memory.map(|above_bytes| Fault::OutOfMemory { above_bytes });
    // The volume fits, then less and less.
    let scorer = Scorer::new(volume.clone(), &compute).unwrap();
    gpu.inject(fault);
    let found = scorer.histograms(&samples, &poses);
    gpu.inject(None);
    (found, compute.take_notes())
}

#[test]
fn too_little_memory_means_fewer_poses_at_once_and_then_the_processor() {
    let Some(gpu) = test_context() else { return };
    let (expected, notes) = scored(&gpu, None);
    let expected = expected.unwrap();
    assert_eq!(notes, [""; 0]);
    // Samples take 20 kB; the histograms of all poses more, of some less.
    for (memory, note) in [(24_000, "smaller bricks"), (1000, "on the processor")] {
        let (found, notes) = scored(&gpu, Some(memory));
        assert_eq!(first_difference(&expected, &found.unwrap()), None);
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains(note), "{notes:?}");
    }
}

#[test]
fn a_volume_that_does_not_fit_is_scored_by_the_processor() {
    let Some(gpu) = test_context() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (volume, samples) = (volume(&mut rng), samples(&mut rng));
    let poses = poses(&mut rng, &samples);
    let compute = Compute::Gpu(gpu.clone());
    gpu.inject(Some(Fault::OutOfMemory { above_bytes: 8 }));
    let scorer = Scorer::new(volume.clone(), &compute).unwrap();
    let found = scorer.histograms(&samples, &poses).unwrap();
    let expected = CpuVolume::new(&volume).histograms(&samples, &poses);
    assert_eq!(first_difference(&expected, &found), None);
    assert!(compute.take_notes()[0].contains("on the processor"));
}

#[test]
fn a_lost_device_is_an_error() {
    let Some(gpu) = test_context() else { return };
    gpu.inject(Some(Fault::Lost { after_submits: 0 }));
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (volume, samples) = (volume(&mut rng), samples(&mut rng));
    let compute = Compute::Gpu(gpu.clone());
    let error = Scorer::new(volume.clone(), &compute)
        .and_then(|scorer| scorer.histograms(&samples, &poses(&mut rng, &samples)))
        .unwrap_err();
    assert!(matches!(error, GpuError::DeviceLost { .. }), "{error:?}");
}

#[test]
fn one_changed_count_shows() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (volume, samples) = (volume(&mut rng), samples(&mut rng));
    let poses = poses(&mut rng, &samples);
    let expected = CpuVolume::new(&volume).histograms(&samples, &poses);
    assert_eq!(first_difference(&expected, &expected), None);
    for at in [0, 3 * BINS + 7, expected.len() - 1] {
        let mut changed = expected.clone();
        changed[at] += 1;
        let difference = first_difference(&expected, &changed);
        assert_eq!(difference.map(|(i, ..)| i), Some(at));
    }
}
