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
    /// without labels each weighs 1.
    pub fn add_to(&self, labels: &mut SparseLabels, features: &mut Vec<f32>) {
        let weight: f64 = labels.weights.iter().copied().map(f64::from).sum();
        let each = match weight {
            0.0 => 1.0,
            weight => (weight / self.classes.len().max(1) as f64) as f32,
        };
        features.extend_from_slice(&self.features);
        for &class in &self.classes {
            let mut shares = vec![0.0; labels.classes];
            shares[usize::from(class)] = 1.0;
            // Where they lie matters to nobody: their features are made.
            labels.push([0; 3], each, &shares);
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
        dense.add_to(&mut labels, &mut features);
        assert_eq!(features.len(), labels.voxels.len() * FEATURES);
        let all: f32 = labels.weights.iter().sum();
        assert!((all - 4.0).abs() < 1e-2, "{all}");
        for (i, own) in features.chunks_exact(FEATURES).enumerate().skip(2) {
            assert_eq!(labels.class_of(i), usize::from(own[0] > 0.5));
        }
    }
}
