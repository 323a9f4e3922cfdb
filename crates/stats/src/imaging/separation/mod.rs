//! Touching particles apart.

mod choice;
mod contacts;
mod depth;
mod error;
mod fill_holes;
mod likeness;
mod merging;
mod network;
mod regions;
mod settings;
mod shapes;
mod small_objects;
mod watershed;
mod weights;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use corelith_core::{Progress, Volume, renumber_by_first_voxel};
use corelith_gpu::Compute;

use regions::Fields;
use small_objects::remove_small_objects;

pub use choice::{Choice, choose};
pub use depth::{block_means, depth_classes, depth_names, expected_depth};
pub use error::SeparationError;
pub use likeness::{FEATURES, TERMS, terms};
pub use merging::Pair;
pub use network::DepthNetwork;
pub use regions::{Regions, regions};
pub use settings::Settings;

/// Particles, and how far their separation can be trusted.
#[derive(Debug, Clone)]
pub struct Separated {
    /// Ids `1..=N` without gaps, in the order of their first voxels, 0 outside.
    pub particles: Volume<u32>,
    /// Mean probability of the less likely answer to whether two parts that touch are one particle,
    /// 0 to 0.5, as learned from phantoms; 0 where nothing touches.
    pub doubt: f64,
}

/// Sum of doubts in millionths: whole numbers, so that threads may add in any order.
#[derive(Default)]
struct Doubt {
    millionths: AtomicU64,
    answers: AtomicU64,
}

impl Doubt {
    fn add(&self, likelihood: f32) {
        let doubt = f64::from(likelihood.min(1.0 - likelihood));
        self.millionths
            .fetch_add((1e6 * doubt).round() as u64, Relaxed);
        self.answers.fetch_add(1, Relaxed);
    }

    fn mean(&self) -> f64 {
        let answers = self.answers.load(Relaxed).max(1);
        self.millionths.load(Relaxed) as f64 / (1e6 * answers as f64)
    }
}

/// Takes the particles of `mask` (nonzero is solid) apart; ids `1..=N` without gaps, in the
/// order of their first voxels, 0 outside.
///
/// Distances to the background, slightly smoothed, are split into basins around their maxima, more
/// of them than there are particles; two that touch are joined again where it is likelier than
/// not that they are one particle: by the neck between them against the smaller one, and by how
/// convex both are together.
///
/// `depth`, where a network gives it, is how deep blocks of 2 x 2 x 2 voxels lie in their own
/// particles ([`expected_depth`]; half the shape, rounded up). Distances are then lowered to it, so
/// that a border which the mask does not show becomes a neck too.
///
/// Memory: about 9 bytes a voxel at most; the mask is taken so that it need not stay beside them.
///
/// # Errors
/// When shapes differ, a setting is out of range, the volume is larger than 32 bits can number,
/// or the user asked to stop.
pub fn separate(
    mask: Volume<u8>,
    depth: Option<&Volume<f32>>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Separated, SeparationError> {
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
) -> Result<Separated, SeparationError> {
    settings.check()?;
    let regions = regions(compute, mask, depth, settings, progress)?;
    let judge = likeness::Judge::new(depth.is_some());
    let doubt = Doubt::default();
    let group = regions.groups(settings.join_from, &|pair| {
        let likelihood = judge.likelihood(&pair.features);
        doubt.add(likelihood);
        likelihood
    });
    let mut labels = regions.joined(&group);
    remove_small_objects(&mut labels, settings.smallest_voxels);
    renumber_by_first_voxel(labels.data_mut())?;
    Ok(Separated {
        particles: labels,
        doubt: doubt.mean(),
    })
}

#[cfg(test)]
mod tests;
