use std::collections::BTreeMap;

use corelith_core::Minerals;
use serde::{Deserialize, Serialize};

use super::{MapAgreement, Measurements, composition};
use crate::agreement::MineralAgreement;
use crate::liberation::{Basis, Estimate, MineralLiberation};

/// The particles as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParticleSummary {
    /// Number of particles.
    pub count: usize,
    /// Those that the faces of the volume cut.
    pub touching_border: usize,
    /// Those that a slightly different threshold would join with others or part.
    pub doubtful: usize,
    /// Their share of the solid volume.
    pub doubtful_solid_pct: Option<f64>,
    /// Median equivalent diameter of the whole ones.
    pub median_equivalent_diameter_um: Option<f64>,
    /// Solid share of the volume.
    pub solid_pct: f64,
}

/// One mineral.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MineralSummary {
    /// Share of the solid volume.
    pub modal_volume_pct: Option<f64>,
    /// Share of the solid mass, where all densities are given.
    pub modal_mass_pct: Option<f64>,
    /// Mean liberation by basis.
    pub mean_liberation_pct: BTreeMap<String, Estimate>,
    /// Half-width of the interval for which the needed numbers are stated, percentage points.
    pub half_width_goal_points: f64,
    /// Particles that bring the 3D curve to it.
    pub needed_particles_3d: Option<f64>,
    /// Maps like the measured ones that bring the 2D curve to it.
    pub needed_maps_2d: Option<f64>,
    /// Difference of the mean liberation, random sections less volume, percentage points.
    pub bias_2d_points: Estimate,
    /// Whether the two curves differ beyond chance.
    pub bias_beyond_chance: bool,
}

/// Agreement with one validation map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationSummary {
    /// Dice of all solid minerals together.
    pub foreground_dice: Option<f64>,
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

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Measurements {
    /// The particles as a whole.
    pub fn particle_summary(&self, minerals: &Minerals) -> ParticleSummary {
        let mut diameters: Vec<f64> = self
            .particles
            .iter()
            .filter(|p| !p.touches_border)
            .map(|p| p.equivalent_diameter_um)
            .collect();
        diameters.sort_by(f64::total_cmp);
        let solid: u64 = self
            .particles
            .iter()
            .map(|p| p.solid_voxels(minerals.background()))
            .sum();
        let doubtful = || self.particles.iter().filter(|p| p.doubtful);
        let in_doubt: u64 = doubtful()
            .map(|p| p.solid_voxels(minerals.background()))
            .sum();
        let voxels: usize = self.shape.iter().product();
        ParticleSummary {
            count: self.particles.len(),
            touching_border: self.particles.iter().filter(|p| p.touches_border).count(),
            doubtful: doubtful().count(),
            doubtful_solid_pct: finite(100.0 * in_doubt as f64 / solid as f64),
            median_equivalent_diameter_um: diameters.get(diameters.len() / 2).copied(),
            solid_pct: 100.0 * solid as f64 / voxels.max(1) as f64,
        }
    }

    /// Every solid mineral by name. Shares are those of the whole volume, cut particles included.
    pub fn mineral_summaries(&self, minerals: &Minerals) -> BTreeMap<String, MineralSummary> {
        let alike = vec![1.0; self.particles.len()];
        let shares = composition(minerals, &self.particles, &alike);
        let summary = |m: &MineralLiberation| {
            let share = shares.iter().find(|share| share.class == m.class);
            let bias = m
                .bias
                .iter()
                .find(|b| b.basis == Basis::Area2dRandom && b.against == Basis::Volume3d);
            MineralSummary {
                modal_volume_pct: share.and_then(|share| finite(share.volume_pct)),
                modal_mass_pct: share.and_then(|share| share.mass_pct),
                mean_liberation_pct: m
                    .bases
                    .iter()
                    .map(|b| (b.basis.name().to_owned(), b.mean))
                    .collect(),
                half_width_goal_points: self.half_width_goal_points,
                needed_particles_3d: finite(m.on(Basis::Volume3d).needed_particles),
                needed_maps_2d: finite(m.on(Basis::Area2dMaps).needed_sections),
                bias_2d_points: bias.map_or(Estimate::NONE, |b| b.mean),
                bias_beyond_chance: bias.is_some_and(|b| b.is_beyond_chance()),
            }
        };
        self.liberation
            .minerals
            .iter()
            .map(|m| (m.name.clone(), summary(m)))
            .collect()
    }

    /// Every map kept back, by name.
    pub fn validation_summaries(&self, minerals: &Minerals) -> BTreeMap<String, ValidationSummary> {
        self.kept_back()
            .map(|map| (map.name.clone(), validation_summary(map, minerals)))
            .collect()
    }
}

fn validation_summary(map: &MapAgreement, minerals: &Minerals) -> ValidationSummary {
    let agreement = &map.agreement;
    let by_mineral = |value: fn(&MineralAgreement) -> f64| {
        let all = agreement.minerals.iter();
        all.map(|m| (minerals.name(m.class).to_owned(), finite(value(m))))
            .collect()
    };
    ValidationSummary {
        foreground_dice: finite(agreement.foreground_dice),
        dice: by_mineral(|m| m.dice),
        modal_measured_pct: by_mineral(|m| m.modal_measured_pct),
        modal_predicted_pct: by_mineral(|m| m.modal_predicted_pct),
        particles_measured: agreement.profiles_measured,
        particles_predicted: agreement.profiles_predicted,
        liberation_gap_points: by_mineral(|m| m.liberation_gap_points),
    }
}
