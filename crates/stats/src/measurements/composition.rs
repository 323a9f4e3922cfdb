use corelith_core::Minerals;
use serde::{Deserialize, Serialize};

use crate::measure::Particle;

/// Share of a mineral in the solid of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MineralShare {
    /// Row of the mineral list.
    pub class: u8,
    /// By volume, in percent; NaN where nothing is solid.
    #[serde(with = "crate::nan_as_null")]
    pub volume_pct: f64,
    /// By mass, in percent, where the list gives the density of every solid mineral.
    pub mass_pct: Option<f64>,
}

/// Shares of the solid minerals over particles that weigh so much each.
pub fn composition(
    minerals: &Minerals,
    particles: &[Particle],
    weights: &[f64],
) -> Vec<MineralShare> {
    let amount = |class: u8| -> f64 {
        let weighted = particles.iter().zip(weights);
        weighted
            .map(|(p, weight)| weight * p.mineral_voxels[usize::from(class)] as f64)
            .sum()
    };
    let amounts: Vec<(u8, f64)> = minerals.solids().map(|c| (c, amount(c))).collect();
    let total: f64 = amounts.iter().map(|(_, amount)| amount).sum();
    let densities = minerals.solid_densities();
    let total_mass: Option<f64> = densities.as_ref().map(|densities| {
        let both = amounts.iter().zip(densities);
        both.map(|((_, amount), (_, density))| density * amount)
            .sum()
    });
    amounts
        .iter()
        .enumerate()
        .map(|(i, &(class, amount))| MineralShare {
            class,
            volume_pct: 100.0 * amount / total,
            mass_pct: densities
                .as_ref()
                .zip(total_mass)
                .map(|(densities, total)| 100.0 * (densities[i].1 * amount) / total)
                .filter(|share| share.is_finite()),
        })
        .collect()
}
