use corelith_core::Progress;
use corelith_phantom::truth::{SegmentationScores, segmentation_scores};
use corelith_stats::liberation::{Deviation, MeasuredWith, Segmented, deviation};

use crate::Error;

/// A segmented volume held against its exact truth.
#[derive(Debug, Clone, PartialEq)]
pub struct AgainstTruth {
    /// Phases and particles, voxel by voxel.
    pub segmentation: SegmentationScores,
    /// Modal share, liberation and 2D-3D bias of every solid mineral.
    pub deviations: Vec<Deviation>,
}

/// Holds a segmented volume against its truth, both measured alike.
///
/// # Errors
/// When volumes and mineral list do not fit, settings are out of range, or the user asks to stop.
pub fn against_truth(
    found: Segmented,
    truth: Segmented,
    with: MeasuredWith,
    progress: &dyn Progress,
) -> Result<AgainstTruth, Error> {
    let segmentation = segmentation_scores(
        [found.phases, truth.phases],
        [found.particles, truth.particles],
        found.minerals,
    );
    Ok(AgainstTruth {
        segmentation: segmentation.map_err(Error::Truth)?,
        deviations: deviation(found, truth, with, progress)?,
    })
}
