use std::collections::VecDeque;

use corelith_core::Progress;
use corelith_gpu::Compute;

use super::Forest;
use super::context::{self, context_of};
use super::cuboid::{Cuboid, WIDE_VOX};
use super::features::{FEATURES, features_of};
use super::voters::Voters;
use super::votes::{BlockVotes, SliceVotes};
use crate::UnetError;
use crate::network::Scan;

/// What a forest says of a scan, slice after slice. Features, which take most of the time, are made once
/// and kept while they are needed: about 22 slices of 43 bytes a voxel.
pub(crate) struct Sweep<'a> {
    forest: &'a Forest,
    plain: Voters<'a>,
    context: Option<Voters<'a>>,
    scan: &'a Scan<'a>,
    /// Slices that the plain trees have voted on and that are still needed, and the number of the first.
    seen: VecDeque<Seen>,
    seen_from: usize,
    /// What was found last, and its first slice.
    found: Vec<SliceVotes>,
    found_from: usize,
}

/// A slice as the plain trees see it.
struct Seen {
    votes: SliceVotes,
    /// Bins of its features for the trees that see a context, `[y, x, feature]`; empty without such trees, and
    /// once they have voted.
    bins: Vec<u8>,
}

/// Slices whose features are made together, counted from the first of the scan: what they are depends a little
/// on it.
const LAYER_VOX: usize = WIDE_VOX[0];

impl<'a> Sweep<'a> {
    /// A sweep from any slice on, in which trees vote where `compute` says.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(
        forest: &'a Forest,
        scan: &'a Scan<'a>,
        compute: &'a Compute,
    ) -> Result<Self, UnetError> {
        let classes = forest.classes.count();
        let sample = || forest.bins_in_the_middle(scan);
        let compute = Voters::faster(&forest.plain, classes, compute, sample);
        let voters = |trees| Voters::new(trees, classes, compute);
        Ok(Self {
            forest,
            plain: voters(&forest.plain)?,
            context: forest.context.as_ref().map(voters).transpose()?,
            scan,
            seen: VecDeque::new(),
            seen_from: 0,
            found: Vec::new(),
            found_from: 0,
        })
    }

    /// Probability of every class in a slice, 0 to 255, `[classes, y, x]`; slices are asked for from the first
    /// to the last. What they are does not depend on which is the first.
    ///
    /// # Errors
    /// When the device fails, or the user stops it.
    pub fn slice(&mut self, z: usize, progress: &dyn Progress) -> Result<&[u8], UnetError> {
        let is_found = (self.found_from..self.found_from + self.found.len()).contains(&z);
        if !is_found {
            self.find(z, progress)?;
        }
        Ok(self.found[z - self.found_from].values())
    }

    /// Finds a slice, and all around it that the same layers of features show.
    fn find(&mut self, z: usize, progress: &dyn Progress) -> Result<(), UnetError> {
        let [depth, height, width] = self.scan.ct.shape();
        let halo = match self.forest.context {
            Some(_) => context::HALO_VOX,
            None => 0,
        };
        let layer = (z + halo) / LAYER_VOX * LAYER_VOX;
        let end = (layer + LAYER_VOX).min(depth);
        let from = layer.saturating_sub(halo);
        let to = if end == depth { end } else { end - halo };
        self.forget(from.saturating_sub(halo), from);
        while self.seen_from + self.seen.len() < end {
            self.see(self.seen_from + self.seen.len(), progress)?;
        }
        self.found_from = from;
        self.found = match &self.context {
            Some(voters) => {
                let whole = Cuboid {
                    corner: [from, 0, 0],
                    shape: [to - from, height, width],
                };
                self.vote_in_context(voters, &whole, progress)?
            }
            None => self.seen.iter().map(|seen| seen.votes.clone()).collect(),
        };
        Ok(())
    }

    /// Forgets the votes on slices before `votes_from`, and the features of those before `bins_from`.
    fn forget(&mut self, votes_from: usize, bins_from: usize) {
        while self.seen_from < votes_from && self.seen.pop_front().is_some() {
            self.seen_from += 1;
        }
        if self.seen.is_empty() {
            self.seen_from = votes_from / LAYER_VOX * LAYER_VOX;
        }
        let needless = bins_from.saturating_sub(self.seen_from);
        for seen in self.seen.iter_mut().take(needless) {
            seen.bins = Vec::new();
        }
    }

    /// Makes the features of the layer that begins with slice `z`, and lets the plain trees vote.
    fn see(&mut self, z: usize, progress: &dyn Progress) -> Result<(), UnetError> {
        let (forest, plain) = (self.forest, &self.plain);
        let [depth, height, width] = self.scan.ct.shape();
        let layer = Cuboid {
            corner: [z, 0, 0],
            shape: [LAYER_VOX.min(depth - z), height, width],
        };
        let of_voxel = forest.context.as_ref().map_or(0, |_| FEATURES);
        let votes = SliceVotes::none(&layer, forest.classes.count());
        let first = self.seen.len();
        self.seen.extend(votes.into_iter().map(|votes| Seen {
            votes,
            bins: vec![0; height * width * of_voxel],
        }));
        let take = |block: &Cuboid, (votes, bins): (BlockVotes, Vec<u8>)| {
            let [slices, rows, columns] = block.shape;
            let of_slices = self.seen.range_mut(first..);
            SliceVotes::put(of_slices.map(|seen| &mut seen.votes), z, block, &votes);
            for (i, seen) in self.seen.range_mut(first..first + slices).enumerate() {
                for row in 0..rows {
                    let of_row = columns * of_voxel;
                    let at = ((block.corner[1] + row) * width + block.corner[2]) * of_voxel;
                    let found = &bins[(i * rows + row) * of_row..][..of_row];
                    seen.bins[at..][..of_row].copy_from_slice(found);
                }
            }
        };
        layer.by_block(progress, take, |block| {
            let features = features_of(self.scan, forest.deblurring, block);
            let votes = plain.vote_on(&forest.plain.bins.of(&features), block)?;
            let bins = match &forest.context {
                Some(trees) => trees.bins.of_some(0..FEATURES, &features),
                None => Vec::new(),
            };
            Ok::<_, UnetError>((votes, bins))
        })
    }

    /// Lets the trees that see a context vote in slices that were seen, as all around them were.
    fn vote_in_context(
        &self,
        voters: &Voters<'_>,
        whole: &Cuboid,
        progress: &dyn Progress,
    ) -> Result<Vec<SliceVotes>, UnetError> {
        let classes = self.forest.classes.count();
        let mut found = SliceVotes::none(whole, classes);
        let take = |block: &Cuboid, votes: BlockVotes| {
            SliceVotes::put(&mut found, whole.corner[0], block, &votes);
        };
        whole.by_block(progress, take, |block| {
            let around = block.grown(context::HALO_VOX, self.scan.ct.shape());
            let seen = |z: usize| &self.seen[z - self.seen_from];
            let plain = SliceVotes::cut(&around, classes, |z| &seen(z).votes);
            let of_context = context_of(&plain, &around, block, classes);
            let of_context = voters
                .bins()
                .of_some(FEATURES..voters.bins().width(), &of_context);
            let bins = self.with_own(&of_context, block);
            voters.vote_on(&bins, block)
        })?;
        Ok(found)
    }

    /// Bins of the voxels of a block: their own, and those `of_context` behind.
    fn with_own(&self, of_context: &[u8], block: &Cuboid) -> Vec<u8> {
        let [_, _, width] = self.scan.ct.shape();
        let [_, rows, columns] = block.shape;
        let of_voxel = of_context.len() / block.voxels();
        let mut bins = Vec::with_capacity(of_context.len() + FEATURES * block.voxels());
        for (i, of_context) in of_context.chunks_exact(columns * of_voxel).enumerate() {
            let seen = &self.seen[block.corner[0] + i / rows - self.seen_from];
            let row = (block.corner[1] + i % rows) * width + block.corner[2];
            let own = seen.bins[row * FEATURES..].chunks_exact(FEATURES);
            for (own, of_context) in own.zip(of_context.chunks_exact(of_voxel)) {
                bins.extend_from_slice(own);
                bins.extend_from_slice(of_context);
            }
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;

    use super::*;
    use crate::forest::tests::{ct, forest_in_context};

    #[test]
    fn slices_are_the_same_wherever_a_sweep_begins() {
        let ct = ct();
        let scan = Scan::measure(&ct).unwrap();
        let mut forest = forest_in_context(&scan);
        for context in [true, false] {
            if !context {
                forest.context = None;
            }
            let from = |first: usize| {
                let mut sweep = Sweep::new(&forest, &scan, &Compute::Cpu).unwrap();
                let slices = first..ct.shape()[0];
                slices
                    .map(|z| sweep.slice(z, &Silent).unwrap().to_vec())
                    .collect::<Vec<_>>()
            };
            let all = from(0);
            for first in [1, 25, 26, 31, 40, 47] {
                assert!(from(first) == all[first..], "from slice {first}");
            }
        }
    }

    #[test]
    fn a_sweep_finds_what_small_boxes_find() {
        let ct = ct();
        let scan = Scan::measure(&ct).unwrap();
        let forest = forest_in_context(&scan);
        let classes = forest.classes.count();
        let mut sweep = Sweep::new(&forest, &scan, &Compute::Cpu).unwrap();
        let (mut off, mut count) = (0.0, 0.0);
        for z in [0, 13, 26, 29, 47] {
            let slice = sweep.slice(z as usize, &Silent).unwrap();
            let voxels: Vec<[u32; 3]> = (0..48 * 48).map(|i| [z, i / 48, i % 48]).collect();
            let found = forest.probabilities_at(&scan, &voxels);
            for (i, found) in found.iter().enumerate() {
                let [voxel, class] = [i / classes, i % classes];
                let swept = f32::from(slice[class * 48 * 48 + voxel]) / 255.0;
                off += (swept - found).abs();
                count += 1.0;
            }
        }
        // What is deblurred depends a little on the box that it is in.
        assert!(off / count < 0.01, "{}", off / count);
    }
}
