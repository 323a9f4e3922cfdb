//! The headline numbers: `summary.json`.

use std::collections::BTreeMap;

use corelith_core::Role;
use corelith_registration::{Registration, Status};
use corelith_stats::measurements::{MineralSummary, ParticleSummary, ValidationSummary};
use serde::{Deserialize, Serialize};

/// Where one map was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapSummary {
    /// What the map is used for.
    pub role: Role,
    /// Whether it was found.
    pub status: Status,
    /// Score of the pose.
    pub score: f64,
    /// Distance to the best rival.
    pub margin: f64,
    /// The figure that decides.
    pub probability: f64,
    /// What it must reach.
    pub probability_needed: f64,
    /// Expected error, voxels; none for a map that was not found.
    pub uncertainty_vox: Option<f64>,
    /// Angle to the CT slices.
    pub tilt_deg: f64,
    /// Whether it shows the plane from behind.
    pub mirrored: bool,
}

impl MapSummary {
    /// Of a registration.
    pub fn new(role: Role, found: &Registration) -> Self {
        Self {
            role,
            status: found.status,
            score: found.score,
            margin: found.margin,
            probability: found.probability,
            probability_needed: found.probability_needed,
            uncertainty_vox: Some(found.uncertainty_vox).filter(|vox| vox.is_finite()),
            tilt_deg: found.tilt_deg,
            mirrored: found.mirrored,
        }
    }
}

/// Everything in `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Name of the sample.
    pub name: String,
    /// Size fraction.
    pub fraction_um: Option<String>,
    /// Version of corelith.
    pub version: String,
    /// Where it was computed.
    pub device: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Voxels along x, y, z.
    pub volume_vox: [usize; 3],
    /// Voxel size along x, y, z.
    pub voxel_um: [f64; 3],
    /// Mineral that the verdict is about.
    pub target: String,
    /// Each map.
    pub registration: BTreeMap<String, MapSummary>,
    /// Steps of the training.
    pub training_steps: Option<usize>,
    /// The particles.
    pub particles: ParticleSummary,
    /// Each solid mineral.
    pub minerals: BTreeMap<String, MineralSummary>,
    /// Each validation map.
    pub validation: BTreeMap<String, ValidationSummary>,
    /// Wall time by stage.
    pub seconds: BTreeMap<String, f64>,
}
