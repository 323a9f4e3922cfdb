//! The headline numbers: `summary.json` and the closing summary on the terminal.

use std::collections::BTreeMap;

use corelith_core::Minerals;
use corelith_io::{Role, SemMap};
use corelith_registration::Status;
use corelith_stats::Particle;
use corelith_stats::liberation::{Basis, Estimate};
use serde::{Deserialize, Serialize};

use super::measure::Analysis;
use super::{StageRecord, register, train};
use crate::session::Session;

/// `summary.json`, relative to the results.
pub const SUMMARY: &str = "summary.json";

/// A value in percent with its 95 % interval; nothing where nothing was observed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The value.
    pub value: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl From<&Estimate> for Interval {
    fn from(e: &Estimate) -> Self {
        Self {
            value: finite(e.value),
            low: finite(e.low),
            high: finite(e.high),
        }
    }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.value, self.low, self.high) {
            (Some(value), Some(low), Some(high)) => {
                write!(f, "{value:.1} % ({low:.1} to {high:.1})")
            }
            _ => write!(f, "not observed"),
        }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

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

/// The particles as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParticleSummary {
    /// Number of particles.
    pub count: usize,
    /// Those that the faces of the volume cut.
    pub touching_border: usize,
    /// Median equivalent diameter of the whole ones.
    pub median_equivalent_diameter_um: Option<f64>,
    /// Solid share of the volume.
    pub solid_pct: f64,
}

/// One mineral.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MineralSummary {
    /// Share of the solid volume.
    pub modal_volume_pct: f64,
    /// Share of the solid mass, where all densities are given.
    pub modal_mass_pct: Option<f64>,
    /// Mean liberation by basis.
    pub mean_liberation_pct: BTreeMap<String, Interval>,
    /// Half-width of the interval for which the needed numbers are stated, percentage points.
    pub half_width_goal_points: f64,
    /// Particles that bring the 3D curve to it.
    pub needed_particles_3d: Option<f64>,
    /// Maps like the measured ones that bring the 2D curve to it.
    pub needed_maps_2d: Option<f64>,
    /// Difference of the mean liberation, random sections less volume, percentage points.
    pub bias_2d_points: Interval,
    /// Whether the two curves differ beyond chance.
    pub bias_beyond_chance: bool,
}

/// Agreement with one validation map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationSummary {
    /// Dice of all solid minerals together.
    pub foreground_dice: f64,
    /// Dice by mineral.
    pub dice: BTreeMap<String, Option<f64>>,
    /// Share of the solid area on the map.
    pub modal_measured_pct: BTreeMap<String, Option<f64>>,
    /// Share of the solid area on the predicted section.
    pub modal_predicted_pct: BTreeMap<String, Option<f64>>,
    /// Section particles on the map.
    pub particles_measured: u64,
    /// Section particles on the predicted section.
    pub particles_predicted: u64,
    /// Largest gap between the two liberation curves, by mineral, percentage points.
    pub liberation_gap_points: BTreeMap<String, Option<f64>>,
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
pub fn summarise(session: &Session, analysis: &Analysis) -> anyhow::Result<Summary> {
    let project = &session.project;
    let minerals = &session.minerals;
    let ct = session.ct()?;
    let [nz, ny, nx] = ct.shape();
    let spacing = ct.spacing();
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
        particles: particle_summary(&analysis.particles, minerals, ct.len()),
        minerals: mineral_summaries(
            analysis,
            minerals,
            project.liberation.half_width_goal_points,
        ),
        validation: analysis
            .maps
            .iter()
            .filter(|map| map.role == Role::Validation)
            .map(|map| {
                (
                    map.name.clone(),
                    validation_summary(&map.agreement, minerals),
                )
            })
            .collect(),
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

fn particle_summary(particles: &[Particle], minerals: &Minerals, voxels: usize) -> ParticleSummary {
    let mut diameters: Vec<f64> = particles
        .iter()
        .filter(|p| !p.touches_border)
        .map(|p| p.equivalent_diameter_um)
        .collect();
    diameters.sort_by(f64::total_cmp);
    let solid: u64 = particles
        .iter()
        .map(|p| p.solid_voxels(minerals.background()))
        .sum();
    ParticleSummary {
        count: particles.len(),
        touching_border: particles.iter().filter(|p| p.touches_border).count(),
        median_equivalent_diameter_um: diameters.get(diameters.len() / 2).copied(),
        solid_pct: 100.0 * solid as f64 / voxels as f64,
    }
}

fn mineral_summaries(
    analysis: &Analysis,
    minerals: &Minerals,
    half_width_goal_points: f64,
) -> BTreeMap<String, MineralSummary> {
    let voxels = |class: u8| -> f64 {
        let all = analysis.particles.iter();
        all.map(|p| p.mineral_voxels[usize::from(class)] as f64)
            .sum()
    };
    let solid: f64 = minerals.solids().map(voxels).sum();
    let densities = minerals.solid_densities();
    let mass: Option<f64> = densities.as_ref().map(|d| {
        d.iter()
            .map(|&(class, density)| density * voxels(class))
            .sum()
    });
    analysis
        .liberation
        .minerals
        .iter()
        .map(|m| {
            let density = minerals.rows()[usize::from(m.class)].density_g_cm3;
            let bias = m
                .bias
                .iter()
                .find(|b| b.basis == Basis::Area2dRandom && b.against == Basis::Volume3d);
            let summary = MineralSummary {
                modal_volume_pct: 100.0 * voxels(m.class) / solid,
                modal_mass_pct: mass
                    .zip(density)
                    .map(|(mass, density)| 100.0 * density * voxels(m.class) / mass),
                mean_liberation_pct: m
                    .bases
                    .iter()
                    .map(|b| (b.basis.name().to_owned(), Interval::from(&b.mean)))
                    .collect(),
                half_width_goal_points,
                needed_particles_3d: finite(m.on(Basis::Volume3d).needed_particles),
                needed_maps_2d: finite(m.on(Basis::Area2dMaps).needed_sections),
                bias_2d_points: Interval::from(bias.map_or(&Estimate::NONE, |b| &b.mean)),
                bias_beyond_chance: bias.is_some_and(|b| b.is_beyond_chance()),
            };
            (m.name.clone(), summary)
        })
        .collect()
}

fn validation_summary(
    agreement: &corelith_stats::agreement::Agreement,
    minerals: &Minerals,
) -> ValidationSummary {
    let by_mineral = |value: fn(&corelith_stats::agreement::MineralAgreement) -> f64| {
        agreement
            .minerals
            .iter()
            .map(|m| (minerals.name(m.class).to_owned(), finite(value(m))))
            .collect()
    };
    ValidationSummary {
        foreground_dice: agreement.foreground_dice,
        dice: by_mineral(|m| m.dice),
        modal_measured_pct: by_mineral(|m| m.modal_measured_pct),
        modal_predicted_pct: by_mineral(|m| m.modal_predicted_pct),
        particles_measured: agreement.profiles_measured,
        particles_predicted: agreement.profiles_predicted,
        liberation_gap_points: by_mineral(|m| m.liberation_gap_points),
    }
}
