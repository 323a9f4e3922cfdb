use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;
use rayon::prelude::*;

use super::contacts::{Contacts, contacts};
use super::depth::{BetweenBlocks, beyond_the_last_class, blocks_of};
use super::fill_holes::Cavities;
use super::likeness::Region;
use super::merging::{self, Pair, root};
use super::watershed::{MOST_VOXELS, watershed};
use super::{SeparationError, Settings, shapes};
use crate::imaging::binomial_filter::binomial_filter;
use crate::imaging::distance::squared_distance_on;

/// Rounds of binomial smoothing of the distances: enough to level the steps of voxels.
const SMOOTHING_ROUNDS: usize = 1;

/// Stands for the infinite distance of a mask without background.
const FARTHEST: f32 = 1e9;

/// Rounds of binomial smoothing that heights are sharpened against: summits of small particles,
/// and the valleys around them, are this narrow.
const BLUR_ROUNDS: usize = 4;

/// How much of the difference to the blurred heights is added to the heights.
const SHARPENING: f32 = 2.0;

/// Height at least of what is solid, in voxels, after sharpening.
const LOWEST: f32 = 0.05;

/// Saddles that lie less than this below the lower maximum, in voxels, are steps of the voxel
/// grid.
const GRID_STEP: f32 = 0.05;

/// More regions than there are particles, to be joined to particles.
pub struct Regions {
    labels: Volume<u32>,
    cavities: Cavities,
    regions: Vec<Region>,
    contacts: Contacts,
}

/// What is known of every voxel.
pub(super) struct Fields<'a> {
    /// Distance to the next border, in voxels, 0 outside.
    pub(super) height: &'a Volume<f32>,
    /// Distance to resin, in halves of a voxel, where heights are lower than that.
    pub(super) distance: Option<&'a Volume<u8>>,
}

/// Splits what is solid in `mask` (nonzero) into one region for every maximum of the distance to
/// the next border.
///
/// # Errors
/// Those of [`super::separate_on`].
pub fn regions(
    compute: &Compute,
    mut mask: Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Regions, SeparationError> {
    check(&mask, depth)?;
    let cavities = Cavities::fill(&mut mask, settings.largest_cavity_voxels, progress)?;
    let mut height = distances(compute, mask, progress)?;
    let distance = depth.map(|depth| {
        let halves = height.map(|&distance| (2.0 * distance) as u8);
        lower_to_depth(&mut height, &beyond_the_last_class(depth));
        halves
    });
    progress.check()?;
    binomial_filter(&mut height, SMOOTHING_ROUNDS);
    sharpen(&mut height);
    progress.check()?;
    let (mut labels, maxima) = watershed(&height);
    progress.check()?;
    let fields = Fields {
        height: &height,
        distance: distance.as_ref(),
    };
    let contacts = contacts(&labels, &fields);
    drop((height, distance));
    let (group, maxima, contacts) = without_steps(maxima, contacts);
    labels
        .data_mut()
        .par_iter_mut()
        .for_each(|label| *label = group[*label as usize]);
    progress.check()?;
    let shapes = shapes::shapes(&labels, maxima.len());
    let regions = maxima.into_iter().zip(shapes);
    Ok(Regions {
        labels,
        cavities,
        regions: regions
            .map(|(maximum, shape)| Region { maximum, shape })
            .collect(),
        contacts,
    })
}

impl Regions {
    /// The region of every voxel, `1..=N`, 0 outside.
    pub fn labels(&self) -> &Volume<u32> {
        &self.labels
    }

    /// Which regions are one particle: for each number `0..=N` the lowest one of its group. Pairs
    /// to which `judge` gives `least` or more are joined, those that it gives most first.
    pub fn groups(&self, least: f32, judge: &(dyn Fn(&Pair) -> f32 + Sync)) -> Vec<u32> {
        let (regions, contacts) = (self.regions.clone(), self.contacts.clone());
        merging::merge(regions, contacts, least, judge)
    }

    /// The groups of [`Self::groups`] as labels.
    pub fn joined(self, group: &[u32]) -> Volume<u32> {
        let mut labels = self.labels;
        labels
            .data_mut()
            .par_iter_mut()
            .for_each(|label| *label = group[*label as usize]);
        self.cavities.settle(&mut labels);
        labels
    }
}

/// Joins regions whose saddle is a step of the voxel grid; gives for each label `0..=N` its new
/// one, and maxima and contacts of the new ones, which have no gaps.
fn without_steps(maxima: Vec<f32>, contacts: Contacts) -> (Vec<u32>, Vec<f32>, Contacts) {
    let mut group: Vec<u32> = (0..=maxima.len() as u32).collect();
    let mut maximum = maxima;
    let mut saddles: Vec<(f32, (u32, u32))> =
        contacts.iter().map(|(pair, c)| (c.saddle, *pair)).collect();
    saddles.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (saddle, (a, b)) in saddles {
        let (a, b) = (root(&mut group, a), root(&mut group, b));
        let (low, high) = (a.min(b) as usize, a.max(b) as usize);
        if low != high && maximum[low - 1].min(maximum[high - 1]) - saddle < GRID_STEP {
            group[high] = low as u32;
            maximum[low - 1] = maximum[low - 1].max(maximum[high - 1]);
        }
    }
    let mut kept = Vec::new();
    let mut number = vec![0u32; group.len()];
    for label in 1..group.len() as u32 {
        // The lowest label of a group is its root and comes first.
        let root = root(&mut group, label);
        if root == label {
            kept.push(maximum[label as usize - 1]);
            number[label as usize] = kept.len() as u32;
        } else {
            number[label as usize] = number[root as usize];
        }
    }
    let mut joined = Contacts::default();
    for ((a, b), contact) in contacts {
        let (a, b) = (number[a as usize], number[b as usize]);
        if a != b {
            let known = joined.entry((a.min(b), a.max(b))).or_default();
            *known = known.union(contact);
        }
    }
    (number, kept, joined)
}

pub(super) fn check(mask: &Volume<u8>, depth: Option<&Volume<f32>>) -> Result<(), SeparationError> {
    let expected = blocks_of(mask.shape());
    if let Some(depth) = depth.filter(|depth| depth.shape() != expected) {
        return Err(SeparationError::Shape {
            mask: mask.shape(),
            expected,
            depth: depth.shape(),
        });
    }
    if mask.len() >= MOST_VOXELS {
        return Err(SeparationError::TooLarge { voxels: mask.len() });
    }
    Ok(())
}

/// Distance of every voxel of `solid` to the background, in voxels along x.
fn distances(
    compute: &Compute,
    solid: Volume<u8>,
    progress: &dyn Progress,
) -> Result<Volume<f32>, SeparationError> {
    let mut distance = squared_distance_on(compute, &solid, progress)?;
    drop(solid);
    distance
        .data_mut()
        .par_iter_mut()
        .for_each(|squared| *squared = squared.sqrt().min(FARTHEST));
    Ok(distance)
}

/// Lowers distances to the background to the depth in the own particle, where a network sees a
/// border between particles.
fn lower_to_depth(distance: &mut Volume<f32>, depth: &Volume<f32>) {
    let nx = distance.shape()[2];
    let between = BetweenBlocks::new(depth, distance.shape());
    distance
        .data_mut()
        .par_chunks_mut(nx.max(1))
        .enumerate()
        .for_each_init(
            || vec![0.0; nx],
            |told, (row, distances)| {
                between.row(row, told);
                for (distance, told) in distances.iter_mut().zip(told).filter(|(d, _)| **d > 0.0) {
                    // Depth counts from faces, distance from the centres beyond them.
                    *distance = distance.min(*told + 0.5);
                }
            },
        );
}

/// Raises narrow summits and deepens narrow valleys (unsharp masking): a small particle that
/// touches large ones has a summit of its own then. What this parts for nothing is joined again.
fn sharpen(height: &mut Volume<f32>) {
    let mut blurred = height.clone();
    binomial_filter(&mut blurred, BLUR_ROUNDS);
    height
        .data_mut()
        .par_iter_mut()
        .zip(blurred.data())
        .filter(|(height, _)| **height > 0.0)
        .for_each(|(height, blurred)| {
            *height = (*height + SHARPENING * (*height - blurred)).max(LOWEST);
        });
}
