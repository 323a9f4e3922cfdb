use corelith_core::Spacing;
use serde::{Deserialize, Serialize};

use crate::network::GreyStatistics;

/// What scans look like, from the least to the most of each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScanRange {
    /// Edges of voxels, micrometres.
    pub voxel_um: [f64; 2],
    /// Contrast between particles and resin, over the grey value of resin.
    pub contrast: [f64; 2],
    /// Where the threshold lies between resin (0) and particles (1).
    pub threshold: [f64; 2],
}

impl ScanRange {
    /// Of one scan.
    pub fn of(spacing: Spacing, grey: &GreyStatistics) -> Self {
        let contrast = (grey.particles - grey.resin) / grey.resin.max(1.0);
        let threshold = (grey.threshold - grey.resin) / (grey.particles - grey.resin);
        let edges = [spacing.x_um, spacing.y_um, spacing.z_um];
        Self {
            voxel_um: [
                edges.into_iter().fold(f64::INFINITY, f64::min),
                edges.into_iter().fold(0.0, f64::max),
            ],
            contrast: [contrast; 2],
            threshold: [threshold; 2],
        }
    }

    /// Of these and others.
    pub fn with(self, other: Self) -> Self {
        let both = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].max(b[1])];
        Self {
            voxel_um: both(self.voxel_um, other.voxel_um),
            contrast: both(self.contrast, other.contrast),
            threshold: both(self.threshold, other.threshold),
        }
    }
}
