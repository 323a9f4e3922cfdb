use corelith_core::{Cancelled, Progress};
use rayon::prelude::*;

use super::bins::Bins;
use super::tree::{Samples, Tree};
use crate::labelling::SparseLabels;
use crate::random::rng;

/// Trees of a forest.
pub(super) const TREES: usize = 60;

/// Trees that are asked before a clear vote ends the asking, which takes most of the time.
const ASKED_FIRST: usize = 15;

/// Mean share of one class from which on a vote is clear.
const CLEAR: f32 = 0.985;

/// Trees that vote on the same features.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trees {
    pub bins: Bins,
    pub trees: Vec<Tree>,
}

impl Trees {
    /// Grows them on labels by their features, `width` each, voxel by voxel.
    pub fn grow(
        features: &[f32],
        width: usize,
        labels: &SparseLabels,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let bins = Bins::new(features, width);
        let samples = Samples {
            features: bins.of(features),
            width,
            labels,
        };
        let trees = (0..TREES)
            .into_par_iter()
            .map(|i| {
                progress.check()?;
                let tree = Tree::grow(&samples, &mut rng(seed, &format!("tree {i}")));
                progress.advance(1);
                Ok(tree)
            })
            .collect::<Result<_, Cancelled>>()?;
        Ok(Self { bins, trees })
    }

    /// Probability of each of `classes` classes, voxel by voxel, from the features of the voxels.
    pub fn vote(&self, features: &[f32], classes: usize) -> Vec<f32> {
        let bins = self.bins.of(features);
        let mut sums = vec![0.0; features.len() / self.bins.width() * classes];
        for (bins, sums) in bins
            .chunks_exact(self.bins.width())
            .zip(sums.chunks_exact_mut(classes))
        {
            let mut asked = 0;
            for part in self.trees.chunks(ASKED_FIRST) {
                for tree in part {
                    for (sum, share) in sums.iter_mut().zip(tree.leaf(bins)) {
                        *sum += share;
                    }
                }
                asked += part.len();
                let most = sums.iter().copied().fold(0.0, f32::max);
                if most >= CLEAR * asked as f32 {
                    break;
                }
            }
            sums.iter_mut().for_each(|sum| *sum /= asked as f32);
        }
        sums
    }

    /// Marks the classes that a leaf has a share of.
    pub fn mark_known(&self, knows: &mut [bool]) {
        for leaf in self.trees.iter().flat_map(Tree::leaves) {
            for (knows, share) in knows.iter_mut().zip(leaf) {
                *knows |= *share > 0.0;
            }
        }
    }
}
