use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Model, ScanRange};
use crate::network::Scan;

/// Largest ratio of voxel sizes at which structures still look alike to a network; augmentation
/// and the spread of particle sizes cover about as much.
const VOXEL_RATIO: f64 = 1.25;

/// Largest difference of the threshold between resin and particles, in units of their contrast.
const THRESHOLD: f64 = 0.15;

/// Largest ratio of the contrast to the grey value of resin.
const CONTRAST_RATIO: f64 = 1.5;

/// A way in which a scan differs from what a model was trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mismatch {
    /// Voxels of another size.
    VoxelSize {
        /// Scans that the model was trained on.
        trained: ScanRange,
        /// This scan.
        found: ScanRange,
    },
    /// Grey values of another kind: other minerals, energy or reconstruction.
    Grey {
        /// Scans that the model was trained on.
        trained: ScanRange,
        /// This scan.
        found: ScanRange,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VoxelSize { trained, found } => write!(
                f,
                "voxels of {} um, the model was trained on {} um",
                range(found.voxel_um, 3),
                range(trained.voxel_um, 3)
            ),
            Self::Grey { trained, found } => {
                let greys = |scan: &ScanRange| {
                    format!(
                        "particles brighter than resin by {} % of its grey value and a threshold at {} \
                         % of that",
                        range(scan.contrast.map(|share| 100.0 * share), 0),
                        range(scan.threshold.map(|share| 100.0 * share), 0)
                    )
                };
                write!(
                    f,
                    "{}, the model was trained on {}",
                    greys(found),
                    greys(trained)
                )
            }
        }
    }
}

/// One number, or two.
fn range([least, most]: [f64; 2], decimals: usize) -> String {
    let digits = 10f64.powi(decimals as i32);
    let [least, most] = [least, most].map(|value| (value * digits).round() / digits);
    if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    }
}

/// How a scan compares with those that a model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// Whether the scan is like those.
    pub suits: bool,
    /// Scans that the model was trained on.
    pub trained: ScanRange,
    /// The scan.
    pub found: ScanRange,
    /// In what the scan differs, in words; empty where it suits.
    pub differs: Vec<String>,
}

impl Scan<'_> {
    /// Holds the scan against those that a model was trained on.
    pub fn likeness(&self, model: &Model) -> Likeness {
        let card = model.card();
        let trained = card
            .scans
            .unwrap_or_else(|| ScanRange::of(card.spacing, &card.grey));
        let found = ScanRange::of(self.ct.spacing(), &self.grey);
        let differs: Vec<String> = compare(trained, found)
            .iter()
            .map(ToString::to_string)
            .collect();
        Likeness {
            suits: differs.is_empty(),
            trained,
            found,
            differs,
        }
    }
}

fn compare(trained: ScanRange, found: ScanRange) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let apart = |found: [f64; 2], trained: [f64; 2], ratio: f64| {
        !(found[0] >= trained[0] / ratio && found[1] <= trained[1] * ratio)
    };
    if apart(found.voxel_um, trained.voxel_um, VOXEL_RATIO) {
        mismatches.push(Mismatch::VoxelSize { trained, found });
    }
    let threshold_is_apart = !(found.threshold[0] >= trained.threshold[0] - THRESHOLD
        && found.threshold[1] <= trained.threshold[1] + THRESHOLD);
    if threshold_is_apart || apart(found.contrast, trained.contrast, CONTRAST_RATIO) {
        mismatches.push(Mismatch::Grey { trained, found });
    }
    mismatches
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;
    use crate::network::GreyStatistics;

    #[test]
    fn other_voxels_and_other_greys_are_told() {
        let grey = |resin: f64, particles: f64| GreyStatistics {
            resin,
            particles,
            threshold: 0.5 * (resin + particles),
        };
        let scan = |voxel_um: f64, grey: GreyStatistics| {
            ScanRange::of(Spacing::isotropic(voxel_um), &grey)
        };
        let here = scan(2.3, grey(10_000.0, 20_000.0));
        assert!(compare(here, here).is_empty());
        assert!(compare(here, scan(2.4, grey(20_000.0, 40_000.0))).is_empty());
        let coarse = scan(5.0, grey(10_000.0, 20_000.0));
        let text = compare(here, coarse)[0].to_string();
        assert_eq!(text, "voxels of 5 um, the model was trained on 2.3 um");
        let faint = scan(2.3, grey(10_000.0, 12_000.0));
        let told = compare(here, faint);
        assert!(matches!(told[..], [Mismatch::Grey { .. }]));
        let text = told[0].to_string();
        assert!(
            text.contains("by 20 %") && text.contains("by 100 %"),
            "{text}"
        );
        // What lies between those that were learned from is known.
        let both = here.with(coarse).with(faint);
        assert!(compare(both, scan(4.0, grey(10_000.0, 15_000.0))).is_empty());
        assert_eq!(compare(both, scan(9.0, grey(10_000.0, 90_000.0))).len(), 2);
    }
}
