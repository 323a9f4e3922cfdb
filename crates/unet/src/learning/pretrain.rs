use std::time::Instant;

use corelith_core::Progress;
use corelith_gpu::Compute;

use super::checkpoint::CheckpointStore;
use super::clock::Clock;
use super::examples::{InVolumes, LabelledVolume};
use super::fit::{Fit, Origin};
use super::held_out::HeldOut;
use super::outcome::Trained;
use super::plan::Plan;
use crate::UnetError;
use crate::model::{Beginning, Model, Recipe, ScanRange};
use crate::network::{Classes, GreyStatistics, Settings};

/// As wide as high: every voxel has a label.
const PATCH_VOX: [usize; 3] = [64, 64, 64];

/// What a network is to be pretrained on.
#[derive(Debug, Clone, Copy)]
pub struct PretrainingInput<'a> {
    /// Volumes to learn from, labelled throughout.
    pub volumes: &'a [LabelledVolume],
    /// Volumes that are kept out and judged by.
    pub watched: &'a [LabelledVolume],
    /// What their labels tell apart.
    pub classes: &'a Classes,
    /// A model to go on from; none begins with random weights.
    pub starts: &'a [(Beginning, Model)],
}

/// Trains a network on volumes that are labelled throughout, as phantoms are, for [`crate::train`]
/// to start from.
///
/// A state that `checkpoints` holds of the same run is taken up. Same input, settings, seed and
/// device: same weights, unless [`Settings::minutes`] ends the run.
///
/// # Errors
/// When there is no volume, when a setting is out of range, when the start has another
/// architecture, when a volume has no contrast, labels of another shape or a class that does not
/// exist, when the device fails, when the training diverges, or when the user stops it.
pub fn pretrain(
    input: &PretrainingInput<'_>,
    settings: &Settings,
    compute: &Compute,
    seed: u64,
    checkpoints: Option<&dyn CheckpointStore>,
    progress: &dyn Progress,
) -> Result<Trained, UnetError> {
    let PretrainingInput {
        volumes,
        watched,
        classes,
        starts,
    } = *input;
    settings.check()?;
    let greys = greys_of(volumes, classes)?;
    let watched_greys = greys_of(watched, classes)?;
    let (Some(first), Some(&grey)) = (volumes.first(), greys.first()) else {
        return Err(UnetError::NoVolumes);
    };
    let plan = Plan::new(settings, PATCH_VOX, first.ct.shape());
    let boxes = InVolumes::new(watched, watched_greys, classes.count()).middles(plan.patch);
    let fit = Fit {
        settings,
        classes,
        origin: Origin {
            classes,
            told: classes.numbers(),
            spacing: first.ct.spacing(),
            grey,
            scans: volumes
                .iter()
                .zip(&greys)
                .map(|(volume, grey)| ScanRange::of(volume.ct.spacing(), grey))
                .reduce(ScanRange::with),
            names: vec![format!("{} phantoms", volumes.len())],
            labelled_voxels: volumes.iter().map(|v| v.classes.len()).sum(),
            held_out_voxels: boxes.iter().map(|b| b.weights.len()).sum(),
        },
        held_out: HeldOut::of_boxes(boxes, classes),
        rims: None,
        scattered: None,
        beside: None,
        recipes: vec![Recipe {
            beginning: starts.first().map_or(Beginning::Random, |start| start.0),
            rehearsal: 0.0,
            augmentation: 1.0,
        }],
        clock: Clock::new(Instant::now(), settings.minutes),
        key: serde_json::to_string(&(
            settings,
            seed,
            &greys,
            compute.gpu().map(|_| compute.name()),
            starts.first().map(|(_, model)| model.card()),
        ))?,
        examples: &InVolumes::new(volumes, greys, classes.count()),
        plan,
        starts,
        compute,
        seed,
    };
    fit.run(checkpoints, progress)
}

/// Patches of volumes of that shape.
pub(crate) fn patch_of(settings: &Settings, volume: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| {
        PATCH_VOX[axis]
            .min(volume[axis])
            .next_multiple_of(settings.multiple())
    })
}

/// Grey values of each volume.
pub(crate) fn greys_of(
    volumes: &[LabelledVolume],
    classes: &Classes,
) -> Result<Vec<GreyStatistics>, UnetError> {
    volumes
        .iter()
        .map(|volume| {
            let (expected, found) = (volume.ct.shape(), volume.classes.shape());
            if expected != found {
                return Err(UnetError::LabelShape { expected, found });
            }
            let largest = volume.classes.data().iter().copied().max().unwrap_or(0);
            if usize::from(largest) >= classes.count() {
                return Err(UnetError::LabelClass {
                    found: largest,
                    classes: classes.count(),
                });
            }
            GreyStatistics::measure(&volume.ct)
        })
        .collect()
}
