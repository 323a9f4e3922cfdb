use super::FixedPose;
use super::block::{BLOCK, Block, Plane};
use super::cells::Cells;
use super::shares::{SAMPLES_AT_MOST, Shares};

/// Vector instructions that [`fill`] is compiled for; the counts are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instructions {
    /// What every processor of the target has.
    Any,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    pub fn widest() -> Self {
        Self::available().next().unwrap_or(Self::Any)
    }

    /// Those that this processor has, widest first.
    fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let wide = [
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl"),
            is_x86_feature_detected!("avx2"),
        ]
        .into_iter()
        .zip([Self::Avx512, Self::Avx2])
        .filter_map(|(there, instructions)| there.then_some(instructions));
        #[cfg(not(target_arch = "x86_64"))]
        let wide = std::iter::empty();
        wide.chain([Self::Any])
    }

    /// Adds the samples of one pose to its histogram. The volume has two voxels a side at least.
    pub fn fill(self, cells: &Cells, packed: &[u32], pose: &FixedPose, counts: &mut [u32]) {
        match self {
            Self::Any => fill(cells, packed, pose, counts),
            // SAFETY: `available` found that the processor has what the functions need.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { fill_avx2(cells, packed, pose, counts) },
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { fill_avx512(cells, packed, pose, counts) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn fill_avx2(cells: &Cells, packed: &[u32], pose: &FixedPose, counts: &mut [u32]) {
    fill(cells, packed, pose, counts);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn fill_avx512(cells: &Cells, packed: &[u32], pose: &FixedPose, counts: &mut [u32]) {
    fill(cells, packed, pose, counts);
}

/// See [`Instructions::fill`]. Inlined, as is all that it calls for each block, so that it is
/// compiled for the instructions of its caller.
#[inline(always)]
fn fill(cells: &Cells, packed: &[u32], pose: &FixedPose, counts: &mut [u32]) {
    let plane = Plane::new(pose);
    let mut block = Block::new();
    for packed in packed.chunks(SAMPLES_AT_MOST) {
        let mut shares = Shares::new();
        let (blocks, rest) = packed.as_chunks::<BLOCK>();
        for packed in blocks {
            shares.count(block.places(cells, &plane, packed));
        }
        if !rest.is_empty() {
            shares.count(block.places_of_rest(cells, &plane, rest));
        }
        shares.add_to(counts);
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::ct::quantised_volume::QuantisedVolume;
    use crate::similarity::joint_histogram::{BINS, reference};
    use crate::similarity::samples::Samples;
    use crate::similarity::shader::{CLASSES, SAMPLE_WEIGHT};

    fn volume(rng: &mut ChaCha8Rng, shape: [usize; 3]) -> QuantisedVolume {
        let data = (0..shape.iter().product()).map(|_| rng.random()).collect();
        QuantisedVolume::from_bytes(data, shape, 1).unwrap()
    }

    fn samples(rng: &mut ChaCha8Rng, count: usize) -> Samples {
        let pixels: Vec<(i32, i32, u32)> = (0..count)
            .map(|_| {
                (
                    rng.random_range(-50..50),
                    rng.random_range(-50..50),
                    rng.random_range(0..CLASSES),
                )
            })
            .collect();
        Samples::pack(0, 0, pixels.into_iter())
    }

    /// Poses that lie in the volume, cross its border, end on it, miss it, and reach over the
    /// fixed-point range.
    fn poses(rng: &mut ChaCha8Rng, [nz, ny, nx]: [usize; 3]) -> Vec<FixedPose> {
        let sides = [nx, ny, nz].map(|n| (n as i32) << 14);
        let mut poses: Vec<FixedPose> = (0..40)
            .map(|_| {
                let mut words = [0; 12];
                for axis in 0..3 {
                    words[axis] = rng.random_range(-6000..6000);
                    words[3 + axis] = rng.random_range(-6000..6000);
                    words[6 + axis] = rng.random_range(-sides[axis] / 2..sides[axis] * 3 / 2);
                }
                FixedPose(words)
            })
            .collect();
        for on_last_voxel in [0, 1] {
            let mut words = [0; 12];
            for axis in 0..3 {
                words[6 + axis] = sides[axis] - (1 << 14) - on_last_voxel;
            }
            poses.push(FixedPose(words));
        }
        poses.push(FixedPose([0; 12]));
        poses.extend((0..20).map(|_| FixedPose(std::array::from_fn(|_| rng.random()))));
        poses.push(FixedPose([i32::MAX; 12]));
        poses.push(FixedPose([i32::MIN; 12]));
        poses
    }

    #[test]
    fn all_instructions_count_as_one_sample_after_the_other() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let (mut inside, mut outside) = (0, 0);
        for shape in [[9, 13, 11], [2, 2, 2], [40, 7, 31], [3, 64, 2]] {
            let volume = volume(&mut rng, shape);
            let cells = Cells::new(&volume);
            for count in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3001] {
                let samples = samples(&mut rng, count);
                for pose in poses(&mut rng, shape) {
                    let mut expected = vec![0; BINS];
                    reference::fill(&volume, &samples, &pose, &mut expected);
                    let counted = expected.iter().sum::<u32>() / SAMPLE_WEIGHT;
                    inside += counted;
                    outside += count as u32 - counted;
                    for instructions in Instructions::available() {
                        let mut found = vec![0; BINS];
                        instructions.fill(&cells, &samples.packed, &pose, &mut found);
                        assert_eq!(
                            found, expected,
                            "{instructions:?}, {shape:?}, {count} samples, {pose:?}"
                        );
                    }
                }
            }
        }
        assert!(inside > 50_000 && outside > 50_000, "{inside}, {outside}");
    }
}
