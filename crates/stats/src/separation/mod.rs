//! Touching particles apart.

mod basins;
mod cavities;
mod distance;
mod distance_gpu;
mod error;
mod graph;
mod growth;
mod merging;
mod shapes;
mod smooth;
mod specks;

use corelith_core::{Progress, Volume, renumber_by_first_voxel};
use corelith_gpu::Compute;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::components::{Connectivity, Values, label};
use basins::{MOST_VOXELS, basins};
use cavities::Cavities;

pub use distance::squared_distance;
pub use distance_gpu::{DistanceError, squared_distance_gpu, squared_distance_on};
pub use error::SeparationError;

/// Rounds of binomial smoothing of the distances: enough to level the steps of voxels.
const SMOOTHING_ROUNDS: usize = 1;

/// Stands for the infinite distance of a mask without background.
const FARTHEST: f32 = 1e9;

/// Probability from which a voxel counts as the core of a particle.
const CORE: f32 = 0.5;

/// How touching particles are taken apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius of a neck over the inscribed radius of the smaller of the two particles that it
    /// joins, 0 to 1, from which both are one particle. Smaller values join more.
    pub neck_ratio: f32,
    /// How much the shape speaks with, 0 to 4: that much times the share of its convex hull that
    /// the joined particle fills, less that of the worse part, is added to the ratio of the neck.
    /// 0 for particles that are far from convex.
    pub convexity_weight: f32,
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
            neck_ratio: 0.9,
            convexity_weight: 1.0,
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
/// `core_probability`, where a network gives it, is the probability in 0..1 that a voxel lies
/// inside a particle, away from its surface and from its contacts. The particles are then taken
/// apart by their cores and grown back into the mask.
///
/// # Errors
/// When shapes differ, a setting is out of range, the volume is larger than 32 bits can number,
/// or the user asked to stop.
pub fn separate(
    mask: &Volume<u8>,
    core_probability: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    separate_on(&Compute::Cpu, mask, core_probability, settings, progress)
}

/// Like [`separate`], with distances measured on the chosen device.
///
/// # Errors
/// See [`separate`]; also when the device fails.
pub fn separate_on(
    compute: &Compute,
    mask: &Volume<u8>,
    core_probability: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    check(mask, core_probability, settings)?;
    let cavities = Cavities::of(mask, settings.largest_cavity_voxels, progress)?;
    let solid = cavities.fill(mask);
    let mut labels = if let Some(core) = core_probability {
        let core = core_mask(&solid, core);
        let mut labels = separate_by_distance(compute, &core, settings, progress)?;
        growth::grow(&mut labels, &solid);
        add_coreless(&mut labels, &solid, progress)?;
        labels
    } else {
        separate_by_distance(compute, &solid, settings, progress)?
    };
    cavities.settle(&mut labels);
    specks::dissolve_specks(&mut labels, settings.smallest_voxels);
    renumber_by_first_voxel(labels.data_mut())?;
    Ok(labels)
}

fn check(
    mask: &Volume<u8>,
    core_probability: Option<&Volume<f32>>,
    settings: &Settings,
) -> Result<(), SeparationError> {
    if let Some(core) = core_probability.filter(|core| core.shape() != mask.shape()) {
        return Err(SeparationError::Shape {
            mask: mask.shape(),
            core: core.shape(),
        });
    }
    if mask.len() >= MOST_VOXELS {
        return Err(SeparationError::TooLarge { voxels: mask.len() });
    }
    for (name, found, most, range) in [
        ("neck_ratio", settings.neck_ratio, 1.0, "0 to 1"),
        ("convexity_weight", settings.convexity_weight, 4.0, "0 to 4"),
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

fn core_mask(solid: &Volume<u8>, probability: &Volume<f32>) -> Volume<u8> {
    let mut core = solid.clone();
    core.data_mut()
        .par_iter_mut()
        .zip(probability.data())
        .for_each(|(voxel, &probability)| *voxel &= u8::from(probability >= CORE));
    core
}

fn separate_by_distance(
    compute: &Compute,
    solid: &Volume<u8>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Volume<u32>, SeparationError> {
    let mut height = squared_distance_on(compute, solid, progress)?;
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

/// Adds the connected parts of `solid` that have no label.
fn add_coreless(
    labels: &mut Volume<u32>,
    solid: &Volume<u8>,
    progress: &dyn Progress,
) -> Result<(), SeparationError> {
    let mut left = solid.clone();
    left.data_mut()
        .par_iter_mut()
        .zip(labels.data())
        .for_each(|(voxel, &label)| *voxel &= u8::from(label == 0));
    let parts = label(&left, Connectivity::Six, Values::Binary, progress)?;
    let used = labels.data().par_iter().max().copied().unwrap_or(0);
    labels
        .data_mut()
        .par_iter_mut()
        .zip(parts.labels.data())
        .filter(|(_, part)| **part != 0)
        .for_each(|(label, &part)| *label = used + part);
    Ok(())
}

#[cfg(test)]
mod tests;
