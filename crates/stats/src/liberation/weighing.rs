use super::populations::RANDOM;
use super::{Cut, Populations, Settings};
use crate::measure::Particle;
use crate::stereology::Profile;

/// How much every particle and profile counts, and with which particle it is drawn.
pub(super) struct Weighing {
    /// Weight of every particle.
    pub(super) particles: Vec<f64>,
    /// Unit of every profile, by kind of section: its particle, or one of its own.
    pub(super) units: [Vec<u32>; 3],
    /// Particles, and profiles without one.
    pub(super) unit_count: u32,
    pub(super) cut_particles: Cut,
    pub(super) cut_profiles: Cut,
    correct_profiles: bool,
}

impl Weighing {
    pub(super) fn of(populations: &Populations, settings: &Settings) -> Self {
        let known = populations.particles;
        let whole = known.iter().filter(|p| !p.touches_border).count();
        let whole_profiles = populations.maps.iter().filter(|p| !p.is_cut).count();
        // One rule for maps and virtual sections, or they could not be compared.
        let cut_profiles = settings.cut_profiles.resolved(whole_profiles);
        let mut unit_count = known.len() as u32;
        let units = populations.sections().map(|profiles| {
            let unit_of = |p: &Profile| match p.particle.checked_sub(1) {
                Some(unit) if (unit as usize) < known.len() => unit,
                _ => {
                    unit_count += 1;
                    unit_count - 1
                }
            };
            profiles.iter().map(unit_of).collect()
        });
        Self {
            particles: particle_weights(known, settings.cut_particles),
            units,
            unit_count,
            cut_particles: settings.cut_particles.resolved(whole),
            cut_profiles,
            correct_profiles: cut_profiles == Cut::Corrected
                && whole_profiles < populations.maps.len(),
        }
    }

    /// Weight of profile `k` of a kind of section.
    pub(super) fn of_profile(&self, kind: usize, k: usize, profile: &Profile) -> f64 {
        if kind == RANDOM {
            // A profile of a whole particle is whole, wherever the plane lies, so the weights of
            // the particles serve.
            let weight = self.particles.get(self.units[kind][k] as usize).copied();
            weight.unwrap_or(f64::from(self.cut_particles == Cut::Counted))
        } else if self.correct_profiles {
            profile.frame_weight
        } else {
            1.0
        }
    }
}

/// Weights of the particles in all 3D figures, and of their random sections, under a rule.
///
/// Where no particle is cut, the sample lies wholly in view and every weight is 1.
pub fn particle_weights(particles: &[Particle], cut: Cut) -> Vec<f64> {
    let whole = particles.iter().filter(|p| !p.touches_border).count();
    let correct = cut.resolved(whole) == Cut::Corrected && whole < particles.len();
    particles
        .iter()
        .map(|p| if correct { p.edge_weight } else { 1.0 })
        .collect()
}
