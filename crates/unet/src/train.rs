use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;

use crate::examples::{InVolumes, OnPlanes, Rehearsed};
use crate::fit::{Fit, Origin, Trained};
use crate::held_out::HeldOut;
use crate::labels::{LabelledPlane, split_labels};
use crate::plan::Plan;
use crate::pretrain::{self, greys_of};
use crate::{CheckpointStore, Classes, GreyStatistics, LabelledVolume, Model, Settings, UnetError};

/// Thin across the planes, wide along them, because labels lie on the planes alone.
const PATCH_VOX: [usize; 3] = [24, 96, 96];

/// Most boxes of held-out voxels: each point of the curve takes seconds.
const WATCHED_BOXES: usize = 256;

/// Most boxes of labelled voxels by which the rims are set in the end.
const RIM_BOXES: usize = 64;

/// Trains a network on the voxels that the planes pass through.
///
/// It begins with the weights of `start`, if given: all but the last layer, and of that the rows
/// of classes with the same name. A share [`Settings::rehearsal`] of the patches shows `phantoms`,
/// which should look like the volume and are labelled throughout; none without phantoms. A state that `checkpoints` holds of the same run is taken up.
/// Same input, settings, seed and device: same weights, unless [`Settings::minutes`] ends the run.
///
/// # Errors
/// When a setting is out of range, when `start` has another architecture, when no label lies in
/// the volume, when the volume has no contrast or a phantom does not fit the classes, when the device fails, when the training diverges,
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
    phantoms: &[LabelledVolume],
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
    let greys = greys_of(phantoms, classes)?;
    let rehearsed = phantoms.first().map(|phantom| phantom.ct.shape());
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
        key: serde_json::to_string(&(
            settings,
            seed,
            ct.shape(),
            grey,
            &greys,
            compute.name(),
            start.map(Model::card),
        ))?,
        examples: &Rehearsed {
            planes: OnPlanes::new(ct, grey, &labels.training),
            phantoms: InVolumes::new(phantoms, greys, classes.count()),
            share: rehearsed.map_or(0.0, |_| settings.rehearsal),
            phantom_patch: pretrain::patch_of(settings, rehearsed.unwrap_or_default()),
        },
        origin: Origin {
            spacing: ct.spacing(),
            grey,
            names: planes.iter().map(|p| p.name.to_owned()).collect(),
            labelled_voxels: labels.training.voxels.len(),
            held_out_voxels: labels.held_out.voxels.len(),
        },
        held_out: HeldOut::new(
            ct,
            &grey,
            &labels.held_out,
            settings,
            classes,
            WATCHED_BOXES,
        ),
        rims: Some(HeldOut::new(
            ct,
            &grey,
            &labels.training,
            settings,
            classes,
            RIM_BOXES,
        )),
        start,
        compute,
        seed,
    };
    fit.run(checkpoints, progress)
}
