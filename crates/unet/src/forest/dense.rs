//! Voxels of phantoms, of which every class is known: a map labels a plane, and rare minerals hardly.

use rand::RngExt as _;
use rayon::prelude::*;

use super::features::Cuboid;
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
    /// Draws voxels and their features, which `features` gives of a block; `grey` are the statistics of
    /// the scan that the phantoms look like. None without phantoms.
    pub fn drawn(
        volumes: &[LabelledVolume],
        grey: GreyStatistics,
        seed: u64,
        features: impl Fn(&Scan<'_>, &Cuboid) -> Vec<f32> + Sync,
    ) -> Option<Self> {
        let blocks: Vec<(&LabelledVolume, Cuboid)> = volumes
            .iter()
            .flat_map(|volume| {
                let whole = Cuboid {
                    corner: [0; 3],
                    shape: volume.ct.shape(),
                };
                whole.blocks().into_iter().map(move |block| (volume, block))
            })
            .collect();
        if blocks.is_empty() {
            return None;
        }
        let step = blocks.len().div_ceil(BLOCKS);
        let chosen: Vec<usize> = (0..blocks.len()).step_by(step).collect();
        let found: Vec<(Vec<f32>, Vec<u8>)> = chosen
            .into_par_iter()
            .map(|i| {
                let (LabelledVolume { ct, classes }, block) = blocks[i];
                let all = features(&Scan { ct, grey }, &block);
                let width = all.len() / block.voxels();
                let mut rng = rng(seed, &format!("voxels of block {i}"));
                let (mut features, mut found) = (Vec::new(), Vec::new());
                for _ in 0..OF_A_BLOCK {
                    let [z, y, x]: [usize; 3] = std::array::from_fn(|axis| {
                        block.corner[axis] + rng.random_range(0..block.shape[axis])
                    });
                    features.extend_from_slice(&all[block.index([z, y, x]) * width..][..width]);
                    found.push(classes.at(x, y, z));
                }
                (features, found)
            })
            .collect();
        let mut all = Self {
            features: Vec::new(),
            classes: Vec::new(),
        };
        for (features, classes) in found {
            all.features.extend(features);
            all.classes.extend(classes);
        }
        Some(all)
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

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

    use super::*;
    use crate::forest::features::{FEATURES, features_of};

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
        let of = |scan: &Scan<'_>, block: &Cuboid| features_of(scan, block);
        assert!(Dense::drawn(&[], grey, 1, of).is_none());
        let dense = Dense::drawn(&[volume], grey, 1, of).unwrap();
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
