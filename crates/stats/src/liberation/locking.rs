use corelith_core::{Minerals, RangedSettings as _};
use serde::{Deserialize, Serialize};

use super::weighing::particle_weights;
use super::{LiberationError, Settings};
use crate::measure::Particle;

/// How a mineral is locked: its shares in particles of one, two, three and more minerals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Locking {
    /// Row of the mineral list.
    pub class: u8,
    /// In particles of no other mineral.
    #[serde(with = "crate::nan_as_null")]
    pub free_pct: f64,
    /// In particles with one other mineral, by that mineral; one entry a row of the mineral
    /// list.
    #[serde(with = "crate::nan_as_null")]
    pub binary_with_pct: Vec<f64>,
    /// In particles with two and more others.
    #[serde(with = "crate::nan_as_null")]
    pub ternary_and_above_pct: f64,
}

impl Locking {
    /// In particles with exactly one other mineral.
    pub fn binary_total_pct(&self) -> f64 {
        self.binary_with_pct.iter().sum()
    }
}

/// Locking of every solid mineral over the 3D particles, weighted by mineral volume.
///
/// A mineral is there from [`Settings::present_from_pct`] of the particle's solid volume. NaN
/// for a mineral that no particle holds.
///
/// # Errors
/// When settings are out of range.
pub fn locking(
    minerals: &Minerals,
    particles: &[Particle],
    settings: &Settings,
) -> Result<Vec<Locking>, LiberationError> {
    settings.check_ranges()?;
    let weights = particle_weights(particles, settings.cut_particles);
    Ok(minerals
        .solids()
        .map(|class| {
            let (mut free, mut more, mut total) = (0.0, 0.0, 0.0);
            let mut binary = vec![0.0; minerals.len()];
            for (p, weight) in particles.iter().zip(&weights) {
                let weight = weight * p.mineral_voxels[usize::from(class)] as f64;
                let enough = settings.present_from_pct / 100.0
                    * p.solid_voxels(minerals.background()) as f64;
                let others: Vec<u8> = minerals
                    .solids()
                    .filter(|&c| {
                        let voxels = p.mineral_voxels[usize::from(c)];
                        c != class && voxels > 0 && voxels as f64 >= enough
                    })
                    .collect();
                total += weight;
                match others[..] {
                    [] => free += weight,
                    [other] => binary[usize::from(other)] += weight,
                    _ => more += weight,
                }
            }
            Locking {
                class,
                free_pct: 100.0 * free / total,
                binary_with_pct: binary.iter().map(|b| 100.0 * b / total).collect(),
                ternary_and_above_pct: 100.0 * more / total,
            }
        })
        .collect())
}
