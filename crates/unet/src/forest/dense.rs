//! Voxels of phantoms, of which every class is known: a map labels a plane, and rare minerals hardly.

use corelith_core::{Cancelled, Progress, Volume};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Forest;
use super::cuboid::{BLOCK_VOX, Cuboid};
use super::deblurring::Deblurring;
use super::features::features_of;
use super::plain::PlainProbabilities;
use crate::labelling::SparseLabels;
use crate::learning::LabelledVolume;
use crate::network::{GreyStatistics, Scan};
use crate::random::rng;

/// Blocks of all phantoms together whose features are made: each takes some tens of milliseconds.
const BLOCKS: usize = 192;

/// Voxels that are taken of a block.
const OF_A_BLOCK: usize = 256;

/// Largest factor on the weight of a class.
const LARGEST_FACTOR: f64 = 5.0;

/// Features and classes of voxels drawn from phantoms.
pub(super) struct Dense {
    features: Vec<f32>,
    classes: Vec<u8>,
}

impl Dense {
    /// Draws voxels and their features; `grey` are the statistics of the scan that the phantoms look
    /// like, and `deblurring` is what it takes. With a forest, its features are those in the context of what its plain trees find.
    /// None without phantoms.
    pub fn drawn(
        volumes: &[LabelledVolume],
        (grey, deblurring): (GreyStatistics, Deblurring),
        context_of: Option<&Forest>,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Option<Self>, Cancelled> {
        let whole = |volume: &LabelledVolume| Cuboid {
            corner: [0; 3],
            shape: volume.ct.shape(),
        };
        let counts = volumes
            .iter()
            .map(|volume| whole(volume).blocks([BLOCK_VOX; 3]).len());
        let step = counts.sum::<usize>().div_ceil(BLOCKS);
        let mut all = Self {
            features: Vec::new(),
            classes: Vec::new(),
        };
        // Blocks of all phantoms, counted on.
        let mut before = 0;
        for volume in volumes {
            let scan = Scan {
                ct: &volume.ct,
                grey,
            };
            let plain = context_of
                .map(|forest| PlainProbabilities::of(forest, &scan, whole(volume), progress))
                .transpose()?;
            let blocks = whole(volume).blocks([BLOCK_VOX; 3]);
            let numbers: Vec<usize> = (0..blocks.len())
                .filter(|i| (before + i).is_multiple_of(step))
                .collect();
            let found: Vec<(Vec<f32>, Vec<u8>)> = numbers
                .into_par_iter()
                .map(|i| {
                    let features = match context_of {
                        Some(forest) => {
                            forest.features_in_context(&scan, &blocks[i], plain.as_ref())
                        }
                        None => features_of(&scan, deblurring, &blocks[i]),
                    };
                    let mut rng = rng(seed, &format!("voxels of block {}", before + i));
                    some_of(&features, &blocks[i], &volume.classes, &mut rng)
                })
                .collect();
            for (features, classes) in found {
                all.features.extend(features);
                all.classes.extend(classes);
            }
            before += blocks.len();
        }
        Ok((!volumes.is_empty()).then_some(all))
    }

    /// Adds the voxels to labels and their features, so that they weigh as much as those together;
    /// without labels they weigh 1 each on average. Classes weigh by their `wanted` shares, whatever the
    /// few particles of the phantoms happen to hold.
    pub fn add_to(&self, wanted: &[f64], labels: &mut SparseLabels, features: &mut Vec<f32>) {
        let weight: f64 = labels.weights.iter().copied().map(f64::from).sum();
        let mut counts = vec![0.0; labels.classes];
        for &class in &self.classes {
            counts[usize::from(class)] += 1.0;
        }
        let all: f64 = counts.iter().sum();
        let total = if weight > 0.0 { weight } else { all };
        let sum: f64 = wanted.iter().sum::<f64>().max(1e-9);
        let mut weights: Vec<f64> = counts
            .iter()
            .zip(wanted)
            .map(|(count, wanted)| {
                let factor = (wanted / sum) / (count / all).max(1e-9);
                factor.clamp(1.0 / LARGEST_FACTOR, LARGEST_FACTOR)
            })
            .collect();
        let drawn: f64 = counts.iter().zip(&weights).map(|(n, w)| n * w).sum();
        weights
            .iter_mut()
            .for_each(|w| *w *= total / drawn.max(1e-9));
        features.extend_from_slice(&self.features);
        for &class in &self.classes {
            let class = usize::from(class);
            let mut shares = vec![0.0; labels.classes];
            shares[class] = 1.0;
            // Where they lie matters to nobody: their features are made.
            labels.push([0; 3], weights[class] as f32, &shares);
        }
    }
}

/// Features and classes of some voxels of a block, from those of all.
fn some_of(
    features: &[f32],
    block: &Cuboid,
    classes: &Volume<u8>,
    rng: &mut ChaCha8Rng,
) -> (Vec<f32>, Vec<u8>) {
    let width = features.len() / block.voxels();
    let (mut drawn, mut found) = (Vec::new(), Vec::new());
    for _ in 0..OF_A_BLOCK {
        let [z, y, x]: [usize; 3] =
            std::array::from_fn(|axis| block.corner[axis] + rng.random_range(0..block.shape[axis]));
        drawn.extend_from_slice(&features[block.index([z, y, x]) * width..][..width]);
        found.push(classes.at(x, y, z));
    }
    (drawn, found)
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Spacing};

    use super::*;
    use crate::forest::features::FEATURES;

    #[test]
    fn voxels_of_phantoms_weigh_as_much_as_the_labels() {
        let shape = [40, 64, 33];
        let spacing = Spacing::isotropic(1.0);
        let volume = LabelledVolume {
            ct: Volume::from_fn(shape, spacing, |x, _, _| 100 + 800 * u16::from(x > 9)),
            classes: Volume::from_fn(shape, spacing, |x, _, _| u8::from(x > 9)),
        };
        let grey = GreyStatistics {
            resin: 100.0,
            particles: 900.0,
            threshold: 500.0,
        };
        let deblurring = Deblurring {
            blur_vox: 0.9,
            noise: 0.01,
        };
        let of = |volumes: &[LabelledVolume]| {
            Dense::drawn(volumes, (grey, deblurring), None, 1, &Silent).unwrap()
        };
        assert!(of(&[]).is_none());
        let dense = of(&[volume]).unwrap();
        let mut labels = SparseLabels::none(3);
        labels.push([1, 2, 3], 0.5, &[0.0, 0.0, 1.0]);
        labels.push([1, 2, 4], 1.5, &[0.0, 0.5, 0.5]);
        let mut features = vec![0.0; 2 * FEATURES];
        dense.add_to(&[3.0, 1.0, 0.0], &mut labels, &mut features);
        assert_eq!(features.len(), labels.voxels.len() * FEATURES);
        let of_class = |class: usize| -> f32 {
            (2..labels.voxels.len())
                .filter(|&i| labels.class_of(i) == class)
                .map(|i| labels.weights[i])
                .sum()
        };
        // Three fourths resin, though three fourths of the phantom are not.
        let found = [0, 1].map(of_class);
        assert!(
            (found[0] - 1.5).abs() < 1e-2 && (found[1] - 0.5).abs() < 1e-2,
            "{found:?}"
        );
        for (i, own) in features.chunks_exact(FEATURES).enumerate().skip(2) {
            assert_eq!(labels.class_of(i), usize::from(own[0] > 0.5));
        }
    }
}
