use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::SparseLabels;
use crate::random::rng;

/// Side of a block that is kept back as a whole, in voxels: larger than the correlation of the
/// texture, so that a voxel that is kept back has no labelled twin beside it.
const BLOCK_VOX: u32 = 16;

/// Blocks that are looked at for each one that is kept back.
const CANDIDATES: usize = 32;

/// Labels to learn from, and labels that are kept back to judge by.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    pub training: SparseLabels,
    pub held_out: SparseLabels,
}

impl Split {
    /// Both.
    pub fn all(&self) -> SparseLabels {
        let mut all = self.training.clone();
        all.append(&self.held_out);
        all
    }
}

/// Where a block lies: the axis that it goes along, and its place along the two others.
type Block = (usize, [u32; 2]);

/// Keeps a `share` of the labels of all maps back, in blocks that go through the volume, and of
/// every class about that share.
///
/// A block is kept back for all maps, so that none teaches what another is judged by. Blocks are
/// chosen so that the classes come out right (stratified by iteration, Sechidis et al. 2011); a
/// class that lies in few blocks alone is all learned from.
pub(crate) fn split_labels(maps: Vec<SparseLabels>, share: f64, seed: u64) -> Split {
    let classes = maps.first().map_or(0, |labels| labels.classes);
    let axes: Vec<usize> = maps.iter().map(thin_axis).collect();
    let mut totals = vec![0.0; classes];
    let mut blocks: BTreeMap<Block, Vec<f64>> = BTreeMap::new();
    for (labels, &axis) in maps.iter().zip(&axes) {
        for (i, voxel) in labels.voxels.iter().enumerate() {
            let block = blocks
                .entry(block_of(voxel, axis))
                .or_insert_with(|| vec![0.0; classes]);
            for (class, &part) in labels.shares_of(i).iter().enumerate() {
                let amount = f64::from(part * labels.weights[i]);
                block[class] += amount;
                totals[class] += amount;
            }
        }
    }
    let wanted: Vec<f64> = totals.iter().map(|total| share * total).collect();
    let kept: BTreeSet<Block> = stratified(blocks, &wanted, &mut rng(seed, "held out"))
        .into_iter()
        .collect();
    let mut split = Split {
        training: SparseLabels::none(classes),
        held_out: SparseLabels::none(classes),
    };
    for (labels, &axis) in maps.iter().zip(&axes) {
        let (held_out, training) = labels.partition(|voxel| kept.contains(&block_of(voxel, axis)));
        split.held_out.append(&held_out);
        split.training.append(&training);
    }
    split
}

/// The axis along which the labels of a map reach least far: about across its plane.
fn thin_axis(labels: &SparseLabels) -> usize {
    let extent = |axis: usize| {
        let along = labels.voxels.iter().map(|voxel| voxel[axis]);
        along.clone().max().unwrap_or(0) - along.min().unwrap_or(0)
    };
    (0..3).min_by_key(|&axis| extent(axis)).unwrap_or(0)
}

fn block_of(voxel: &[u32; 3], axis: usize) -> Block {
    let [a, b] = match axis {
        0 => [1, 2],
        1 => [0, 2],
        _ => [0, 1],
    };
    (axis, [voxel[a] / BLOCK_VOX, voxel[b] / BLOCK_VOX])
}

/// Blocks whose classes together come near what is wanted of each: of some random blocks the one
/// that helps most, until none helps.
fn stratified(
    blocks: BTreeMap<Block, Vec<f64>>,
    wanted: &[f64],
    rng: &mut ChaCha8Rng,
) -> Vec<Block> {
    let mut rest: Vec<(Block, Vec<f64>)> = blocks.into_iter().collect();
    let mut held = vec![0.0; wanted.len()];
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let gain = |block: &[f64]| -> f64 {
            (0..wanted.len())
                .filter(|&class| wanted[class] > 0.0)
                .map(|class| {
                    let off = |amount: f64| (amount / wanted[class] - 1.0).powi(2);
                    off(held[class]) - off(held[class] + block[class])
                })
                .sum()
        };
        let best = (0..CANDIDATES)
            .map(|_| rng.random_range(0..rest.len()))
            .map(|i| (i, gain(&rest[i].1)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((i, _)) = best.filter(|(_, gain)| *gain > 0.0) else {
            break;
        };
        let (block, amounts) = rest.swap_remove(i);
        for (sum, amount) in held.iter_mut().zip(amounts) {
            *sum += amount;
        }
        kept.push(block);
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plane of 256 x 256 voxels at height `z`; class 1 in stripes, class 2 in one corner.
    fn plane(z: u32) -> SparseLabels {
        let mut labels = SparseLabels::none(3);
        for y in 0..256 {
            for x in 0..256 {
                let class = match (y, x) {
                    (0..16, 0..12) => 2,
                    (_, x) if x % 40 < 8 => 1,
                    _ => 0,
                };
                let mut shares = [0.0; 3];
                shares[class] = 1.0;
                labels.push([z + x / 100, y, x], 1.0, &shares);
            }
        }
        labels
    }

    #[test]
    fn blocks_that_are_kept_back_are_apart_and_hold_every_common_class() {
        let split = split_labels(vec![plane(3), plane(30)], 0.2, 1);
        let (kept, learned) = (split.held_out.totals(), split.training.totals());
        for class in 0..2 {
            let share = kept[class] / (kept[class] + learned[class]);
            assert!((0.15..0.25).contains(&share), "class {class}: {share}");
        }
        assert_eq!(kept[2], 0.0, "what lies in one block is all learned");
        let columns = |labels: &SparseLabels| -> Vec<[u32; 2]> {
            labels
                .voxels
                .iter()
                .map(|v| [v[1] / 16, v[2] / 16])
                .collect()
        };
        let learned = columns(&split.training);
        assert!(
            columns(&split.held_out)
                .iter()
                .all(|c| !learned.contains(c))
        );
        let other = split_labels(vec![plane(3), plane(30)], 0.2, 2);
        assert_ne!(other.held_out.voxels, split.held_out.voxels);
    }

    #[test]
    fn nothing_is_kept_back_of_a_share_of_0() {
        let split = split_labels(vec![plane(3)], 0.0, 1);
        assert!(split.held_out.voxels.is_empty());
        assert_eq!(split.training.voxels.len(), 256 * 256);
    }
}
