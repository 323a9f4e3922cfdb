//! Touching particles apart.

mod ascent;
mod clusters;
mod depth;
mod doubt;
mod error;
mod fill_holes;
mod graph;
mod merging;
mod network;
mod saddles;
mod settings;
mod shapes;
mod small_objects;
mod watershed;

use corelith_core::{Progress, RangedSettings as _, Volume, renumber_by_first_voxel};
use corelith_gpu::Compute;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use depth::BetweenBlocks;
use doubt::{THRESHOLD_STEP, groups_beyond};
use fill_holes::Cavities;
use graph::Graph;
use shapes::Shape;
use small_objects::remove_small_objects;
use watershed::{MOST_VOXELS, Maximum};

use crate::imaging::binomial_filter::binomial_filter;
use crate::imaging::distance::squared_distance_on;

pub use depth::{block_means, block_spacing, blocks_of, depth_classes, depth_names, expect_depth};
pub use error::SeparationError;
pub use network::DepthNetwork;
pub use settings::Settings;

/// Rounds of binomial smoothing of the distances: enough to level the steps of voxels.
const SMOOTHING_ROUNDS: usize = 1;

/// Stands for the infinite distance of a mask without background.
const FARTHEST: f32 = 1e9;

/// Particles, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Separated {
    /// Particle of every voxel, `1..=N` without gaps, in the order of their first voxels; 0 outside.
    pub particles: Volume<u32>,
    /// Positions in memory of the innermost voxels of those particles that a threshold a little
    /// lower or higher would join with others or part: that are not the same (intersection over
    /// union above a half) at [`Settings::neck_ratio`] or [`Settings::depth_ratio`] less 0.15 and
    /// more 0.15. Rising.
    pub doubtful: Vec<usize>,
}

/// Ids of the particles at some positions, rising.
pub fn ids_at(positions: &[usize], particles: &Volume<u32>) -> Vec<u32> {
    let ids = positions.iter().map(|&at| particles.data()[at]);
    let mut ids: Vec<u32> = ids.filter(|&id| id != 0).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Takes the particles of `mask` (nonzero is solid) apart.
///
/// Distances to the background, slightly smoothed, are split into basins around their maxima;
/// basins are joined again where the neck between them is wide against the smaller one and where
/// the union is about as convex as its parts (see [`Settings`]), so that sizes may differ widely.
///
/// `depth`, where a network gives it, is how deep blocks of 2 x 2 x 2 voxels lie in their own
/// particles ([`expect_depth`]; half the shape, rounded up). Distances are then lowered to it, so
/// that a border which the mask does not show becomes a neck too.
///
/// Memory: about 5 bytes a voxel at most; the mask is taken so that it need not stay beside them.
///
/// # Errors
/// When shapes differ, a setting is out of range, the volume is larger than 32 bits can number,
/// or the user asked to stop.
pub fn separate(
    mask: Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    separate_on(&Compute::Cpu, mask, depth, settings, progress)
}

/// Like [`separate`], with distances measured on the chosen device.
///
/// # Errors
/// See [`separate`]; also when the device fails.
pub fn separate_on(
    compute: &Compute,
    mask: Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    Ok(parted(compute, mask, depth, settings, &[], progress)?.particles)
}

/// Like [`separate_on`], and tells which particles hang on the threshold: basins are joined at a
/// lower and a higher one too.
///
/// # Errors
/// See [`separate_on`].
pub fn separate_with_doubts(
    compute: &Compute,
    mask: Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Separated, SeparationError> {
    let steps = [-THRESHOLD_STEP, THRESHOLD_STEP];
    parted(compute, mask, depth, settings, &steps, progress)
}

/// Particles, and those that are others at thresholds so much higher.
fn parted(
    compute: &Compute,
    mut mask: Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
    steps: &[f32],
    progress: &dyn Progress,
) -> Result<Separated, SeparationError> {
    settings.check_ranges()?;
    check(&mask, depth)?;
    let cavities = Cavities::fill(&mut mask, settings.largest_cavity_voxels, progress)?;
    let mut height = distances(compute, mask, progress)?;
    let neck_ratio = match depth {
        Some(depth) => {
            lower_to_depth(&mut height, depth);
            settings.depth_ratio
        }
        None => settings.neck_ratio,
    };
    let mut separated = separate_by_height(height, neck_ratio, settings, steps, progress)?;
    let particles = &mut separated.particles;
    cavities.settle(particles);
    remove_small_objects(particles, settings.smallest_voxels);
    renumber_by_first_voxel(particles.data_mut())?;
    Ok(separated)
}

fn check(mask: &Volume<u8>, depth: Option<&Volume<f32>>) -> Result<(), SeparationError> {
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

/// Splits heights above 0 into basins and joins those of one particle.
fn separate_by_height(
    mut height: Volume<f32>,
    neck_ratio: f32,
    settings: &Settings,
    steps: &[f32],
    progress: &dyn Progress,
) -> Result<Separated, SeparationError> {
    progress.check()?;
    binomial_filter(&mut height, SMOOTHING_ROUNDS);
    progress.check()?;
    let (graph, mut basin) = Graph::of(height, progress)?;
    progress.check()?;
    let maxima = graph.maxima.clone();
    let voxels: Vec<u64> = graph.shapes.iter().map(Shape::voxels).collect();
    let neck_ratios: Vec<f32> = std::iter::once(0.0)
        .chain(steps.iter().copied())
        .map(|step| neck_ratio + step)
        .collect();
    let groups = merging::merge(graph, &neck_ratios, settings);
    let (group, others) = groups.split_first().expect("a threshold of its own");
    progress.check()?;
    let beyond: Vec<u32> = others
        .iter()
        .flat_map(|other| groups_beyond(group, other, &voxels))
        .collect();
    basin
        .data_mut()
        .par_iter_mut()
        .for_each(|label| *label = group[*label as usize]);
    Ok(Separated {
        doubtful: innermost(&beyond, group, &maxima),
        particles: basin,
    })
}

/// Positions of the highest maxima of some groups, rising.
fn innermost(groups: &[u32], group: &[u32], maxima: &[Maximum]) -> Vec<usize> {
    let mut highest: FxHashMap<u32, Maximum> = FxHashMap::default();
    for (group, &maximum) in group[1..].iter().zip(maxima) {
        let known = highest.entry(*group).or_insert(maximum);
        if maximum.height > known.height {
            *known = maximum;
        }
    }
    let mut positions: Vec<usize> = groups
        .iter()
        .map(|group| highest[group].voxel as usize)
        .collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

#[cfg(test)]
mod tests;
