use rayon::prelude::*;

use super::layer::SliceProbabilities;
use super::segmentation::Segmentation;

/// A slice to which no further tile is added.
pub(super) enum FinishedSlice<'a> {
    /// Probabilities on the host.
    Probabilities(SliceProbabilities<'a>),
    /// What a GPU has made of them, in the bits of floats.
    Packed {
        /// Class and evidence of every voxel, a byte each.
        decisions: Option<Vec<f32>>,
        /// Probability of every class, a byte each; a class begins with a word.
        shares: Option<Vec<f32>>,
        classes: usize,
    },
}

impl FinishedSlice<'_> {
    /// Class of every voxel, and what speaks for its mineral in steps of
    /// [`Segmentation::EVIDENCE_STEP_NATS`].
    pub fn write_decisions(&self, phases: &mut [u8], evidence: &mut [u8]) {
        let voxels = phases.par_iter_mut().zip(evidence);
        match self {
            Self::Probabilities(slice) => voxels.enumerate().for_each(|(i, (phase, evidence))| {
                let decision = slice.decide(i);
                *phase = decision.class as u8;
                // The cast ends at 255.
                *evidence =
                    (decision.mineral_log_odds / Segmentation::EVIDENCE_STEP_NATS).round() as u8;
            }),
            Self::Packed { decisions, .. } => {
                let bytes: &[u8] = bytemuck::cast_slice(decisions.as_deref().unwrap_or_default());
                let pairs = bytes.par_chunks_exact(2);
                voxels.zip(pairs).for_each(|((phase, evidence), pair)| {
                    (*phase, *evidence) = (pair[0], pair[1]);
                });
            }
        }
    }

    /// Probability of a class at every voxel, 0 to 255.
    pub fn write_probabilities(&self, class: usize, out: &mut [u8]) {
        match self {
            Self::Probabilities(slice) => slice.write_probabilities(class, out),
            Self::Packed {
                shares, classes, ..
            } => {
                let bytes: &[u8] = bytemuck::cast_slice(shares.as_deref().unwrap_or_default());
                let pitch = bytes.len() / classes;
                out.copy_from_slice(&bytes[class * pitch..][..out.len()]);
            }
        }
    }
}
