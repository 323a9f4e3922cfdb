//! The headline numbers: `summary.json` and the closing summary on the terminal.

use std::collections::BTreeMap;

use corelith_core::Role;
use corelith_io::SemMap;
use corelith_registration::Status;
use corelith_stats::measurements::{
    Measurements, MineralSummary, ParticleSummary, ValidationSummary,
};
use serde::{Deserialize, Serialize};

use super::{StageRecord, register, train};
use crate::session::Session;

/// `summary.json`, relative to the results.
pub const SUMMARY: &str = "summary.json";

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
    /// Expected error, voxels.
    pub uncertainty_vox: f64,
    /// Angle to the CT slices.
    pub tilt_deg: f64,
    /// Whether it shows the plane from behind.
    pub mirrored: bool,
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

/// Class of the mineral that the verdict is about.
///
/// # Errors
/// When the project names one that is not a solid mineral of the list.
pub fn target_class(session: &Session) -> anyhow::Result<u8> {
    let minerals = &session.minerals;
    let mut solids = minerals.solids();
    let found = match &session.project.target {
        Some(name) => solids.find(|&class| minerals.name(class) == name),
        None => solids.next(),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = minerals.solids().map(|c| minerals.name(c)).collect();
        let wanted = session.project.target.as_deref().unwrap_or("any");
        anyhow::anyhow!(
            "target = \"{wanted}\" is no solid mineral of the list; there are {}",
            names.join(", ")
        )
    })
}

/// Collects the headline numbers.
///
/// # Errors
/// When a result on disk cannot be read.
pub fn summarise(session: &Session, measurements: &Measurements) -> anyhow::Result<Summary> {
    let project = &session.project;
    let minerals = &session.minerals;
    let [nz, ny, nx] = measurements.shape;
    let spacing = measurements.spacing;
    let mut registration = BTreeMap::new();
    for map in &project.sem.maps {
        let placement = register::read_placement(session, &map.name())?;
        registration.insert(
            map.name(),
            MapSummary {
                role: map.role,
                status: placement.status,
                score: placement.score,
                margin: placement.margin,
                uncertainty_vox: placement.uncertainty_vox,
                tilt_deg: placement.tilt_deg,
                mirrored: placement.mirrored,
            },
        );
    }
    Ok(Summary {
        name: project.name.clone(),
        fraction_um: project.fraction_um.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        device: session.compute.name(),
        seed: session.seed,
        volume_vox: [nx, ny, nz],
        voxel_um: [spacing.x_um, spacing.y_um, spacing.z_um],
        target: minerals.name(target_class(session)?).to_owned(),
        registration,
        training_steps: train::read_card(session).map(|card| card.steps),
        particles: measurements.particle_summary(minerals),
        minerals: measurements.mineral_summaries(minerals),
        validation: measurements.validation_summaries(minerals),
        seconds: stage_seconds(session),
    })
}

/// Wall time of every stage that has a record, in the order of the data flow's names.
pub fn stage_seconds(session: &Session) -> BTreeMap<String, f64> {
    let fixed = ["import", "train", "segment", "measure", "report"].map(str::to_owned);
    let maps = session.project.sem.maps.iter().map(SemMap::name);
    fixed
        .into_iter()
        .chain(maps.map(|map| register::stage_name(&map)))
        .filter_map(|stage| {
            let seconds = StageRecord::load(&session.out, &stage)?.seconds;
            Some((stage, seconds))
        })
        .collect()
}
