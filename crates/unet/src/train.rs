use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;

use crate::examples::OnPlanes;
use crate::fit::{Fit, Origin, Trained};
use crate::held_out::HeldOut;
use crate::labels::{LabelledPlane, split_labels};
use crate::plan::Plan;
use crate::{CheckpointStore, Classes, GreyStatistics, Model, Settings, UnetError};

/// Thin across the planes, wide along them, because labels lie on the planes alone.
const PATCH_VOX: [usize; 3] = [24, 96, 96];

/// Trains a network on the voxels that the planes pass through.
///
/// It begins with the weights of `start`, if given: all but the last layer, and of that the rows
/// of classes with the same name. A state that `checkpoints` holds of the same run is taken up.
/// Same input, settings, seed and device: same weights, unless [`Settings::minutes`] ends the run.
///
/// # Errors
/// When a setting is out of range, when `start` has another architecture, when no label lies in
/// the volume, when the volume has no contrast, when the device fails, when the training diverges,
/// or when the user stops it.
#[expect(
    clippy::too_many_arguments,
    reason = "each is an input of its own, and a struct would only rename them"
)]
pub fn train(
    ct: &Volume<u16>,
    planes: &[LabelledPlane<'_>],
    classes: &Classes,
    start: Option<&Model>,
    settings: &Settings,
    compute: &Compute,
    seed: u64,
    checkpoints: Option<&dyn CheckpointStore>,
    progress: &dyn Progress,
) -> Result<Trained, UnetError> {
    settings.check()?;
    let grey = GreyStatistics::measure(ct)?;
    let labels = split_labels(planes, ct.shape(), classes.count(), settings.held_out, seed)?;
    let plan = Plan::new(settings, PATCH_VOX, ct.shape(), start.is_some());
    tracing::info!(
        "{} labelled voxels, {} held out, patches of {:?}, {} steps",
        labels.training.voxels.len(),
        labels.held_out.voxels.len(),
        plan.patch,
        plan.steps
    );
    let fit = Fit {
        settings,
        plan,
        classes,
        examples: &OnPlanes::new(ct, grey, &labels.training),
        origin: Origin {
            spacing: ct.spacing(),
            grey,
            names: planes.iter().map(|p| p.name.to_owned()).collect(),
            labelled_voxels: labels.training.voxels.len(),
            held_out_voxels: labels.held_out.voxels.len(),
        },
        held_out: HeldOut::new(ct, &grey, &labels.held_out, settings, classes),
        start,
        compute,
        seed,
        key: serde_json::to_string(&(
            settings,
            seed,
            ct.shape(),
            grey,
            compute.name(),
            start.map(Model::card),
        ))?,
    };
    fit.run(checkpoints, progress)
}
