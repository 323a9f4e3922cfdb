use corelith_core::{Cancelled, Progress};
use corelith_gpu::shaders::forest_vote::{ASKED_AT_ONCE, CLEAR};
use rayon::prelude::*;

use super::bins::Bins;
use super::tree::{Samples, Tree};
use crate::labelling::SparseLabels;
use crate::random::rng;

/// Trees of a forest.
pub(super) const TREES: usize = 60;

/// Samples that are led through a tree together.
const TOGETHER: usize = 2048;

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
        self.vote_on(&self.bins.of(features), classes)
    }

    /// The same from the bins of the features.
    pub fn vote_on(&self, bins: &[u8], classes: usize) -> Vec<f32> {
        let width = self.bins.width();
        let mut sums = vec![0.0; bins.len() / width * classes];
        for (bins, sums) in bins
            .chunks(TOGETHER * width)
            .zip(sums.chunks_mut(TOGETHER * classes))
        {
            self.vote_together(bins, classes, sums);
        }
        sums
    }

    /// Tree by tree, as long as the vote is not clear, so that a tree stays near the processor while all samples walk through it.
    fn vote_together(&self, bins: &[u8], classes: usize, sums: &mut [f32]) {
        let mut open: Vec<u32> = (0..(sums.len() / classes) as u32).collect();
        let mut asked = 0;
        for part in self.trees.chunks(ASKED_AT_ONCE as usize) {
            for tree in part {
                tree.add_shares(bins, self.bins.width(), &open, sums);
            }
            asked += part.len();
            open.retain(|&sample| {
                let sums = &mut sums[sample as usize * classes..][..classes];
                let most = sums.iter().copied().fold(0.0, f32::max);
                let ends = asked == self.trees.len() || most >= CLEAR * asked as f32;
                if ends {
                    sums.iter_mut().for_each(|sum| *sum /= asked as f32);
                }
                !ends
            });
        }
    }

    /// Marks the classes that a leaf has a share of.
    pub fn mark_known(&self, knows: &mut [bool]) {
        for leaf in self.trees.iter().flat_map(Tree::shares) {
            for (knows, share) in knows.iter_mut().zip(leaf) {
                *knows |= *share > 0.0;
            }
        }
    }
}
