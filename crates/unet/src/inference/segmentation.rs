use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;

use super::{Application, SegmentSettings, Wanted};
use crate::UnetError;
use crate::model::Model;
use crate::network::Scan;

/// What a model found in a volume.
#[derive(Debug, Clone)]
pub struct Segmentation {
    /// Class of every voxel: resin where it is as probable as all minerals together, else the most
    /// probable mineral.
    pub phases: Volume<u8>,
    /// How much speaks for the most probable mineral of every voxel against the second most
    /// probable one: the logarithm of their odds in steps of [`Self::EVIDENCE_STEP_NATS`], 0 to 255,
    /// whether the voxel is a mineral or resin.
    pub evidence: Volume<u8>,
    /// Probability of every class, one volume a class, 0 to 255, when asked for.
    pub probabilities: Option<Vec<Volume<u8>>>,
}

impl Segmentation {
    /// Size of a step of [`Self::evidence`], in nats: the scale ends at odds of 2900.
    pub const EVIDENCE_STEP_NATS: f32 = 1.0 / 32.0;
}

/// What a model found in a slice, row by row; empty is what was not asked for.
#[derive(Debug, Clone)]
pub struct SegmentedSlice {
    /// As [`Segmentation::phases`].
    pub phases: Vec<u8>,
    /// As [`Segmentation::evidence`].
    pub evidence: Vec<u8>,
    /// As [`Segmentation::probabilities`], one class after the other.
    pub probabilities: Vec<u8>,
}

impl SegmentedSlice {
    /// Room for what is asked of so many pixels.
    pub(super) fn room(wanted: Wanted, classes: usize, pixels: usize) -> Self {
        let bytes = |wanted: bool, count: usize| vec![0; if wanted { count } else { 0 }];
        Self {
            phases: bytes(wanted.decisions, pixels),
            evidence: bytes(wanted.decisions, pixels),
            probabilities: bytes(wanted.probabilities, classes * pixels),
        }
    }
}

impl SegmentedSlice {
    /// Writes it with the classes of the card, whose numbers are `told`, in place of those that the model
    /// tells.
    pub(super) fn numbered_as(&self, told: &[u8], out: &mut Self) {
        let phases = out.phases.iter_mut().zip(&self.phases);
        phases.for_each(|(out, &class)| *out = told[usize::from(class)]);
        out.evidence.copy_from_slice(&self.evidence);
        let pixels = self.probabilities.len() / told.len();
        for (&class, found) in told.iter().zip(self.probabilities.chunks(pixels.max(1))) {
            out.probabilities[usize::from(class) * pixels..][..pixels].copy_from_slice(found);
        }
    }
}

/// Puts the probabilities of slice `z` into the volumes of the classes.
pub(super) fn put_probabilities(slice: &SegmentedSlice, z: usize, volumes: &mut [Volume<u8>]) {
    for (class, volume) in volumes.iter_mut().enumerate() {
        let area = volume.slice(z).len();
        let found = &slice.probabilities[class * area..][..area];
        volume.data_mut()[z * area..][..area].copy_from_slice(found);
    }
}

/// Applies a model to a whole volume, the result in memory.
///
/// # Errors
/// Those of [`Application::for_each_slice`].
pub fn segment(
    scan: &Scan<'_>,
    model: &Model,
    settings: &SegmentSettings,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<Segmentation, UnetError> {
    let application = Application {
        scan,
        model,
        settings,
        compute,
        slices: 0..scan.ct.shape()[0],
    };
    let wanted = Wanted {
        decisions: true,
        probabilities: settings.probabilities,
    };
    let mut out = Segmentation {
        phases: application.empty(),
        evidence: application.empty(),
        probabilities: wanted
            .probabilities
            .then(|| vec![application.empty(); model.card().classes.count()]),
    };
    application.for_each_slice(wanted, progress, |slice, z| {
        let voxels = z * slice.phases.len()..(z + 1) * slice.phases.len();
        out.phases.data_mut()[voxels.clone()].copy_from_slice(&slice.phases);
        out.evidence.data_mut()[voxels].copy_from_slice(&slice.evidence);
        if let Some(volumes) = &mut out.probabilities {
            put_probabilities(slice, z, volumes);
        }
        Ok::<_, UnetError>(())
    })?;
    Ok(out)
}
