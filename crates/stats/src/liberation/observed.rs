//! What one mineral shows on each basis.

use corelith_core::Minerals;

use super::series::{Observation, Series};
use crate::measure::Particle;
use crate::stereology::Profile;

pub(super) fn volume_series(
    particles: &[Particle],
    weights: &[f64],
    minerals: &Minerals,
    class: u8,
) -> Series {
    let observations = particles.iter().zip(weights).zip(0..);
    Series::new(
        observations
            .map(|((p, &weight), unit)| by_volume(p, class, minerals.background(), unit, weight))
            .collect(),
    )
}

fn by_volume(p: &Particle, class: u8, background: u8, unit: u32, weight: f64) -> Observation {
    let mineral = p.mineral_voxels[usize::from(class)] as f64;
    Observation {
        unit,
        liberation_pct: 100.0 * mineral / p.solid_voxels(background) as f64,
        resolution_points: p.volume_resolution_points(class, background),
        weight: weight * mineral,
    }
}

/// Class of a particle in the 3D liberation of a mineral by volume; none where it holds nothing of
/// the mineral.
pub fn volume_liberation_class(particle: &Particle, class: u8, background: u8) -> Option<usize> {
    let observation = by_volume(particle, class, background, 0, 1.0);
    (observation.weight > 0.0).then(|| observation.liberation_class())
}

pub(super) fn surface_series(
    particles: &[Particle],
    weights: &[f64],
    minerals: &Minerals,
    class: u8,
) -> Series {
    let observations = particles.iter().zip(weights).zip(0..);
    Series::new(
        observations
            .filter_map(|((p, weight), unit)| {
                let exposed: f64 = minerals
                    .solids()
                    .map(|c| p.mineral_surface_um2[usize::from(c)])
                    .sum();
                let mineral = p.mineral_surface_um2[usize::from(class)];
                // Wholly enclosed by other particles: nothing is exposed, nothing can be said.
                (exposed > 0.0).then(|| Observation {
                    unit,
                    liberation_pct: share_pct(mineral, exposed),
                    resolution_points: 0.0,
                    weight: weight * p.mineral_voxels[usize::from(class)] as f64,
                })
            })
            .collect(),
    )
}

pub(super) fn profile_series(
    profiles: &[Profile],
    units: &[u32],
    weight_of: impl Fn(usize) -> f64,
    class: u8,
) -> Series {
    Series::new(
        profiles
            .iter()
            .zip(units)
            .enumerate()
            .map(|(k, (p, &unit))| {
                let mineral = p.mineral_area_um2[usize::from(class)];
                Observation {
                    unit,
                    liberation_pct: share_pct(mineral, p.area_um2()),
                    resolution_points: 0.0,
                    weight: weight_of(k) * mineral,
                }
            })
            .collect(),
    )
}

/// `part` of `whole` in percent. A sum of areas may differ from the same area by rounding, and
/// that must not cost a particle its place in the class of exactly 100.
pub(super) fn share_pct(part: f64, whole: f64) -> f64 {
    let pct = 100.0 * part / whole;
    if pct > 100.0 - 1e-9 { 100.0 } else { pct }
}
