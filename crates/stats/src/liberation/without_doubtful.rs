use corelith_core::Minerals;
use serde::{Deserialize, Serialize};

use super::liberation_class::LIBERATION_CLASSES;
use super::observed::volume_series;
use super::series::at_least;
use crate::measure::Particle;

/// The 3D liberation of one mineral by volume where doubtful particles are left out: how far the
/// figures hang on how touching particles came apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WithoutDoubtful {
    /// Row of the mineral list.
    pub class: u8,
    /// Share of the mineral that lies in doubtful particles, percent; NaN where there is none of it.
    #[serde(with = "crate::nan_as_null")]
    pub doubtful_pct: f64,
    /// Largest difference of the liberation curve from that of all particles, percentage points;
    /// NaN where nothing is left.
    #[serde(with = "crate::nan_as_null")]
    pub curve_points: f64,
    /// Difference of the mean liberation, percentage points; NaN where nothing is left.
    #[serde(with = "crate::nan_as_null")]
    pub mean_points: f64,
}

/// Leaves doubtful particles out, for every solid mineral. `weights` are those of the particles in
/// all 3D figures.
pub fn without_doubtful(
    minerals: &Minerals,
    particles: &[Particle],
    weights: &[f64],
) -> Vec<WithoutDoubtful> {
    let certain: Vec<f64> = particles
        .iter()
        .zip(weights)
        .map(|(particle, &weight)| if particle.doubtful { 0.0 } else { weight })
        .collect();
    let of = |class: u8| {
        let amount = |weights: &[f64]| -> f64 {
            let voxels = particles
                .iter()
                .map(|p| p.mineral_voxels[usize::from(class)] as f64);
            voxels.zip(weights).map(|(n, weight)| n * weight).sum()
        };
        let [all, rest] = [weights, &certain]
            .map(|weights| volume_series(particles, weights, minerals, class).shares(|_| 1.0));
        let curves = [&all, &rest].map(|shares| at_least(shares));
        let furthest = curves[0]
            .iter()
            .zip(&curves[1])
            .map(|(all, rest)| (rest - all).abs())
            .fold(0.0, f64::max);
        WithoutDoubtful {
            class,
            doubtful_pct: 100.0 * (1.0 - amount(&certain) / amount(weights)),
            // A curve of nothing has no distance, and `max` passes over it.
            curve_points: if curves[1][0].is_finite() {
                furthest
            } else {
                f64::NAN
            },
            mean_points: rest[LIBERATION_CLASSES] - all[LIBERATION_CLASSES],
        }
    };
    minerals.solids().map(of).collect()
}
