//! Touching particles apart.

mod basins;
mod cavities;
mod depth;
mod distance;
mod error;
mod graph;
mod planes;
mod merging;
mod shapes;
mod smooth;
mod specks;
mod walls;

use corelith_core::{Progress, Volume, renumber_by_first_voxel};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use basins::{MOST_VOXELS, basins};
use cavities::Cavities;

pub use depth::{block_means, depth_classes, depth_names, expected_depth};
pub use distance::squared_distance;
pub use error::SeparationError;

/// Rounds of binomial smoothing of the distances: enough to level the steps of voxels.
const SMOOTHING_ROUNDS: usize = 1;

/// Stands for the infinite distance of a mask without background.
const FARTHEST: f32 = 1e9;

/// Least depth of a voxel of the mask, in voxels, so that none is lost.
const SHALLOWEST: f32 = 0.05;

/// How touching particles are taken apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether the network that comes with the program tells from the CT where touching particles
    /// meet, where there is a CT. Without it the mask alone does.
    pub network: bool,
    /// Radius of a neck over the inscribed radius of the smaller of the two particles that it
    /// joins, 0 to 1, from which both are one particle. Smaller values join more.
    pub neck_ratio: f32,
    /// How much the shape speaks with, 0 to 4: that much times the share of its convex hull that
    /// the joined particle fills, less that of the worse part, is added to the ratio of the neck.
    /// 0 for particles that are far from convex.
    pub convexity_weight: f32,
    /// With a network: share of the depth that the mask allows between two parts, 0 to 1, from
    /// which on the network sees no border there and both are one particle. Smaller values join
    /// more.
    pub openness: f32,
    /// Particles of fewer voxels than this join the neighbour that they share most faces with,
    /// or vanish when they touch none.
    pub smallest_voxels: u64,
    /// Cavities of at most this many voxels do not take a particle apart. Those that lie in one
    /// particle alone become its pores.
    pub largest_cavity_voxels: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            network: true,
            neck_ratio: 0.9,
            convexity_weight: 1.0,
            openness: 0.6,
            smallest_voxels: 64,
            largest_cavity_voxels: 100,
        }
    }
}

/// Takes the particles of `mask` (nonzero is solid) apart; ids `1..=N` without gaps, in the
/// order of their first voxels, 0 outside.
///
/// Distances to the background, slightly smoothed, are split into basins around their maxima;
/// basins are joined again where the neck between them is wide against the smaller one and where
/// the union is about as convex as its parts (see [`Settings`]), so that sizes may differ widely.
///
/// `depth`, where a network gives it, is how deep blocks of 2 x 2 x 2 voxels lie in their own
/// particles ([`expected_depth`]; half the shape, rounded up). The basins are then those of that
/// depth, and are joined again where it is about as large as the mask allows.
///
/// # Errors
/// When shapes differ, a setting is out of range, the volume is larger than 32 bits can number,
/// or the user asked to stop.
pub fn separate(
    mask: &Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    check(mask, depth, settings)?;
    let cavities = Cavities::of(mask, settings.largest_cavity_voxels, progress)?;
    let solid = cavities.fill(mask);
    let mut labels = match depth {
        Some(depth) => separate_by_depth(&solid, depth, settings, progress)?,
        None => separate_by_distance(&solid, settings, progress)?,
    };
    cavities.settle(&mut labels);
    specks::dissolve_specks(&mut labels, settings.smallest_voxels);
    renumber_by_first_voxel(labels.data_mut())?;
    Ok(labels)
}

fn check(
    mask: &Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
) -> Result<(), SeparationError> {
    let expected = depth::blocks_of(mask.shape());
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
    for (name, found, most, range) in [
        ("neck_ratio", settings.neck_ratio, 1.0, "0 to 1"),
        ("convexity_weight", settings.convexity_weight, 4.0, "0 to 4"),
        ("openness", settings.openness, 1.0, "0 to 1"),
    ] {
        if !(0.0..=most).contains(&found) {
            return Err(SeparationError::Setting {
                name,
                found: f64::from(found),
                range,
            });
        }
    }
    Ok(())
}

fn separate_by_distance(
    solid: &Volume<u8>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    let mut height = squared_distance(solid, progress)?;
    height
        .data_mut()
        .par_iter_mut()
        .for_each(|squared| *squared = squared.sqrt().min(FARTHEST));
    progress.check()?;
    smooth::smooth(&mut height, SMOOTHING_ROUNDS);
    progress.check()?;
    let (mut basin, summits) = basins(&height);
    progress.check()?;
    let passes = graph::passes(&basin, &height);
    drop(height);
    let shapes = shapes::shapes(&basin, summits.len());
    progress.check()?;
    let group = merging::merge(&summits, shapes, &passes, settings);
    basin
        .data_mut()
        .par_iter_mut()
        .for_each(|label| *label = group[*label as usize]);
    Ok(basin)
}

fn separate_by_depth(
    solid: &Volume<u8>,
    depth: &Volume<f32>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    // From voxel centres to the faces of the background: half a voxel less.
    let mut allowed = squared_distance(solid, progress)?;
    allowed.data_mut().par_iter_mut().for_each(|squared| {
        if *squared > 0.0 {
            *squared = (squared.sqrt() - 0.5).min(depth::DEEPEST);
        }
    });
    let mut told = depth::between_blocks(depth, solid.shape(), solid.spacing());
    told.data_mut()
        .par_iter_mut()
        .zip(allowed.data())
        .for_each(|(told, &allowed)| {
            *told = if allowed > 0.0 { told.min(allowed).max(SHALLOWEST) } else { 0.0 };
        });
    progress.check()?;
    let (mut basin, summits) = basins(&told);
    progress.check()?;
    let group = walls::join(&basin, summits.len(), &told, &allowed, settings.openness);
    basin
        .data_mut()
        .par_iter_mut()
        .for_each(|label| *label = group[*label as usize]);
    Ok(basin)
}

#[cfg(test)]
mod tests;
