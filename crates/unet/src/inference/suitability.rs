use std::fmt;

use corelith_core::Spacing;

use crate::model::Model;
use crate::network::{GreyStatistics, Scan};

/// Largest ratio of voxel sizes at which structures still look alike to a network; augmentation
/// and the spread of particle sizes cover about as much.
const VOXEL_RATIO: f64 = 1.25;

/// Largest difference of the threshold between resin and particles, in units of their contrast.
const THRESHOLD: f64 = 0.15;

/// Largest ratio of the contrast to the grey value of resin.
const CONTRAST_RATIO: f64 = 1.5;

/// A way in which a scan differs from what a model was trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mismatch {
    /// Voxels of another size.
    VoxelSize {
        /// Voxels of the scan that the model was trained on.
        trained: Spacing,
        /// Voxels of this scan.
        found: Spacing,
    },
    /// Grey values of another kind: other minerals, energy or reconstruction.
    Grey {
        /// Grey values of the scan that the model was trained on.
        trained: GreyStatistics,
        /// Grey values of this scan.
        found: GreyStatistics,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VoxelSize { trained, found } => write!(
                f,
                "voxels of {} x {} x {} um, the model was trained on {} x {} x {} um",
                found.x_um, found.y_um, found.z_um, trained.x_um, trained.y_um, trained.z_um
            ),
            Self::Grey { trained, found } => write!(
                f,
                "grey values of resin {:.0}, particles {:.0} and threshold {:.0}, the model was \
                 trained on {:.0}, {:.0} and {:.0}",
                found.resin,
                found.particles,
                found.threshold,
                trained.resin,
                trained.particles,
                trained.threshold
            ),
        }
    }
}

/// How a scan differs from what a model was trained on; empty when the model fits it.
pub fn mismatches(scan: &Scan<'_>, model: &Model) -> Vec<Mismatch> {
    let card = model.card();
    compare((card.spacing, card.grey), (scan.ct.spacing(), scan.grey))
}

fn compare(
    (trained, trained_grey): (Spacing, GreyStatistics),
    (found, grey): (Spacing, GreyStatistics),
) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let apart = |a: f64, b: f64, ratio: f64| !(1.0 / ratio..=ratio).contains(&(a / b));
    if apart(found.x_um, trained.x_um, VOXEL_RATIO)
        || apart(found.y_um, trained.y_um, VOXEL_RATIO)
        || apart(found.z_um, trained.z_um, VOXEL_RATIO)
    {
        mismatches.push(Mismatch::VoxelSize { trained, found });
    }
    let threshold = |g: &GreyStatistics| (g.threshold - g.resin) / (g.particles - g.resin);
    let contrast = |g: &GreyStatistics| (g.particles - g.resin) / g.resin.max(1.0);
    if (threshold(&grey) - threshold(&trained_grey)).abs() > THRESHOLD
        || apart(contrast(&grey), contrast(&trained_grey), CONTRAST_RATIO)
    {
        mismatches.push(Mismatch::Grey {
            trained: trained_grey,
            found: grey,
        });
    }
    mismatches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_voxels_and_other_greys_are_told() {
        let grey = |resin: f64, particles: f64| GreyStatistics {
            resin,
            particles,
            threshold: 0.5 * (resin + particles),
        };
        let here = (Spacing::isotropic(2.3), grey(10_000.0, 20_000.0));
        assert!(compare(here, here).is_empty());
        let gain = (Spacing::isotropic(2.4), grey(20_000.0, 40_000.0));
        assert!(compare(here, gain).is_empty());
        let coarse = (Spacing::isotropic(5.0), here.1);
        let text = compare(here, coarse)[0].to_string();
        assert!(
            text.contains("5 x 5 x 5 um") && text.contains("2.3"),
            "{text}"
        );
        let faint = (here.0, grey(10_000.0, 12_000.0));
        assert!(matches!(compare(here, faint)[..], [Mismatch::Grey { .. }]));
    }
}
