//! Boxes of voxels, in which features are made together.

use std::collections::BTreeMap;

use corelith_core::{Cancelled, Progress};
use rayon::prelude::*;

use crate::labelling::SparseLabels;

/// Side of the blocks that voxels are taken together in.
pub(super) const BLOCK_VOX: usize = 32;

/// Sides of the blocks that a whole volume goes through in: longer along slices, because features
/// need a halo, of which larger blocks have less, and lower, because features of whole slices are kept.
pub(super) const WIDE_VOX: [usize; 3] = [16, 96, 96];

/// A box of voxels `[z, y, x]` of a volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cuboid {
    pub corner: [usize; 3],
    pub shape: [usize; 3],
}

impl Cuboid {
    /// The smallest that holds all `voxels`.
    pub fn around(voxels: impl Iterator<Item = [u32; 3]>) -> Self {
        let (mut low, mut high) = ([usize::MAX; 3], [0; 3]);
        for voxel in voxels {
            for axis in 0..3 {
                low[axis] = low[axis].min(voxel[axis] as usize);
                high[axis] = high[axis].max(voxel[axis] as usize + 1);
            }
        }
        Self {
            corner: low,
            shape: std::array::from_fn(|axis| high[axis].saturating_sub(low[axis])),
        }
    }

    /// As much larger on all sides as the volume allows.
    pub fn grown(&self, by: usize, volume: [usize; 3]) -> Self {
        let corner = self.corner.map(|c| c.saturating_sub(by));
        Self {
            corner,
            shape: std::array::from_fn(|axis| {
                let end = (self.corner[axis] + self.shape[axis] + by).min(volume[axis]);
                end - corner[axis]
            }),
        }
    }

    /// Blocks of those sides that cover it, in order.
    pub fn blocks(&self, sides: [usize; 3]) -> Vec<Self> {
        let counts: [usize; 3] = std::array::from_fn(|axis| self.shape[axis].div_ceil(sides[axis]));
        (0..counts.iter().product())
            .map(|i: usize| {
                let at = [
                    i / (counts[1] * counts[2]),
                    i / counts[2] % counts[1],
                    i % counts[2],
                ];
                let off: [usize; 3] = std::array::from_fn(|axis| at[axis] * sides[axis]);
                Self {
                    corner: std::array::from_fn(|axis| self.corner[axis] + off[axis]),
                    shape: std::array::from_fn(|axis| {
                        sides[axis].min(self.shape[axis] - off[axis])
                    }),
                }
            })
            .collect()
    }

    /// Makes something of every block of sides [`WIDE_VOX`], on all threads, and hands it over in order;
    /// a few blocks at a time, so that what is made on the way does not fill the memory. While some are
    /// handed over, the next are made.
    pub fn by_block<T: Send, E: From<Cancelled> + Send>(
        &self,
        progress: &dyn Progress,
        mut take: impl FnMut(&Self, T) + Send,
        made: impl Fn(&Self) -> Result<T, E> + Sync,
    ) -> Result<(), E> {
        let blocks = self.blocks(WIDE_VOX);
        let at_once = blocks.chunks(4 * rayon::current_num_threads());
        let mut former: Vec<(&Self, T)> = Vec::new();
        for some in at_once.chain([&[][..]]) {
            progress.check()?;
            let make = || {
                let found = some.par_iter().map(|block| Ok((block, made(block)?)));
                found.collect::<Result<Vec<_>, E>>()
            };
            let hand_over = || {
                for (block, found) in former.drain(..) {
                    take(block, found);
                }
            };
            let (found, ()) = rayon::join(make, hand_over);
            former = found?;
        }
        Ok(())
    }

    /// Number of a voxel of it.
    pub fn index(&self, voxel: [usize; 3]) -> usize {
        let [z, y, x]: [usize; 3] = std::array::from_fn(|axis| voxel[axis] - self.corner[axis]);
        (z * self.shape[1] + y) * self.shape[2] + x
    }

    /// Number of voxels.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What `made` gives of the voxels of a box, `width` values each, at voxels `[z, y, x]`, voxel by voxel;
/// boxes hold the voxels of a block.
pub(super) fn at_voxels(
    voxels: &[[u32; 3]],
    width: usize,
    made: impl Fn(&Cuboid) -> Vec<f32> + Sync,
) -> Vec<f32> {
    let blocks: Vec<Vec<usize>> = by_block(voxels).into_values().collect();
    let found: Vec<Vec<f32>> = blocks
        .par_iter()
        .map(|members| {
            let cuboid = Cuboid::around(members.iter().map(|&i| voxels[i]));
            let all = made(&cuboid);
            let value = |&i: &usize| {
                let at = cuboid.index(voxels[i].map(|v| v as usize)) * width;
                all[at..][..width].iter().copied()
            };
            members.iter().flat_map(value).collect()
        })
        .collect();
    let mut out = vec![0.0; voxels.len() * width];
    for (members, values) in blocks.iter().zip(found) {
        for (&i, values) in members.iter().zip(values.chunks_exact(width)) {
            out[i * width..][..width].copy_from_slice(values);
        }
    }
    out
}

/// The labels of at most about `most` blocks, evenly spread.
pub(super) fn thinned(labels: &SparseLabels, most: usize) -> SparseLabels {
    let blocks = by_block(&labels.voxels);
    let step = blocks.len().div_ceil(most).max(1);
    let mut thin = SparseLabels::none(labels.classes);
    for &i in blocks.values().step_by(step).flatten() {
        thin.push(labels.voxels[i], labels.weights[i], labels.shares_of(i));
    }
    thin
}

fn by_block(voxels: &[[u32; 3]]) -> BTreeMap<[u32; 3], Vec<usize>> {
    let mut blocks: BTreeMap<[u32; 3], Vec<usize>> = BTreeMap::new();
    for (i, voxel) in voxels.iter().enumerate() {
        blocks
            .entry(voxel.map(|v| v / BLOCK_VOX as u32))
            .or_default()
            .push(i);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_a_box_once() {
        let cuboid = Cuboid {
            corner: [3, 0, 10],
            shape: [33, 64, 5],
        };
        let mut seen = vec![0; cuboid.voxels()];
        for block in cuboid.blocks([BLOCK_VOX, 32, 48]) {
            for i in 0..block.voxels() {
                let [_, ny, nx] = block.shape;
                let at = [i / (ny * nx), i / nx % ny, i % nx];
                seen[cuboid.index(std::array::from_fn(|a| block.corner[a] + at[a]))] += 1;
            }
        }
        assert!(seen.iter().all(|&times| times == 1));
        let grown = cuboid.grown(4, [40, 64, 64]);
        assert_eq!((grown.corner, grown.shape), ([0, 0, 6], [40, 64, 13]));
    }
}
