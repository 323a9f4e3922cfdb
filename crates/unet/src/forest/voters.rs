use corelith_gpu::{Compute, race};
use rayon::prelude::*;

use super::bins::Bins;
use super::cuboid::Cuboid;
use super::device_trees::DeviceTrees;
use super::trees::Trees;
use super::votes::BlockVotes;
use crate::UnetError;

/// What notes say was done.
const TASK: &str = "votes of the forest";

/// Trees that vote, on the processor or on a GPU.
pub(super) struct Voters<'a> {
    trees: &'a Trees,
    classes: usize,
    compute: &'a Compute,
    device: Option<DeviceTrees>,
}

impl<'a> Voters<'a> {
    /// Trees that vote where `compute` says.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(trees: &'a Trees, classes: usize, compute: &'a Compute) -> Result<Self, UnetError> {
        let device = compute.on_gpu(TASK, 1..=1, |gpu, _| DeviceTrees::new(trees, classes, gpu))?;
        Ok(Self {
            trees,
            classes,
            compute,
            device: device.flatten(),
        })
    }

    /// Where trees vote sooner, by what they take for the bins of some samples.
    pub fn faster(
        trees: &Trees,
        classes: usize,
        compute: &'a Compute,
        sample: impl FnOnce() -> Vec<u8>,
    ) -> &'a Compute {
        let takes_gpu = compute.takes_gpu(TASK, |gpu| {
            let device = DeviceTrees::new(trees, classes, gpu).ok()??;
            let (bins, width) = (sample(), trees.bins.width());
            let of_thread = bins.len() / width / rayon::current_num_threads() + 1;
            race(
                || {
                    bins.par_chunks(of_thread * width)
                        .map(|bins| trees.vote_on(bins, classes))
                        .collect::<Vec<_>>()
                },
                || device.vote_on(&bins, gpu).ok(),
            )
        });
        if takes_gpu { compute } else { &Compute::Cpu }
    }

    /// Bins of the features that they see.
    pub fn bins(&self) -> &Bins {
        &self.trees.bins
    }

    /// The votes on a block, from the bins of its voxels.
    ///
    /// # Errors
    /// When the device fails.
    pub fn vote_on(&self, bins: &[u8], block: &Cuboid) -> Result<BlockVotes, UnetError> {
        if let Some(device) = &self.device {
            let found = self
                .compute
                .on_gpu(TASK, 1..=1, |gpu, _| device.vote_on(bins, gpu))?;
            if let Some(votes) = found {
                return Ok(BlockVotes::from_samples(&votes, block, self.classes));
            }
        }
        let found = self.trees.vote_on(bins, self.classes);
        Ok(BlockVotes::new(&found, block, self.classes))
    }
}
