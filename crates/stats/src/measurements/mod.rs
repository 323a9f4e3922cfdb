//! Everything that is measured on one sample: what summary and report read.

mod caution;
mod composition;
mod histogram;
mod measure_sample;
mod summary;
#[cfg(test)]
mod tests;

use corelith_core::{Role, Spacing};
use serde::{Deserialize, Serialize};

use crate::agreement::Agreement;
use crate::liberation::{
    Association, Corrected, Liberation, Locking, SizeResolved, WithoutDoubtful,
};
use crate::measure::Particle;

pub use caution::Caution;
pub use composition::{MineralShare, composition};
pub use histogram::{histogram_bin, volume_histogram_pct};
pub use measure_sample::measure_sample;
pub use summary::{MineralSummary, ParticleSummary, ValidationSummary};

/// All numbers of a sample. In files what was not observed (NaN) is `null`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measurements {
    /// Shape of the volume in voxels, `[z, y, x]`.
    pub shape: [usize; 3],
    /// Spacing of the voxels.
    pub spacing: Spacing,
    /// Every particle, by ascending id.
    pub particles: Vec<Particle>,
    /// Weight of each particle in all 3D figures; 0 for those left out.
    pub particle_weights: Vec<f64>,
    /// Shares of the solid minerals in the sample.
    pub composition: Vec<MineralShare>,
    /// Liberation by every basis.
    pub liberation: Liberation,
    /// Liberation by size class, one entry a solid mineral.
    pub sizes: Vec<SizeResolved>,
    /// The 3D liberation that the measured maps tell, one entry a solid mineral.
    pub corrected: Vec<Corrected>,
    /// Locking, one entry a solid mineral.
    pub locking: Vec<Locking>,
    /// What 3D liberation comes to without doubtful particles, one entry a solid mineral.
    pub without_doubtful: Vec<WithoutDoubtful>,
    /// What each mineral borders on.
    pub association: Association,
    /// The maps against the result, in file order.
    pub maps: Vec<MapAgreement>,
    /// Half-width of the interval for which needed numbers are stated, percentage points.
    pub half_width_goal_points: f64,
}

/// How one map agrees with the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapAgreement {
    /// Name of the map.
    pub name: String,
    /// What it was used for.
    pub role: Role,
    /// How well map and result agree.
    pub agreement: Agreement,
}

impl Measurements {
    /// The maps that were kept back, so that they judge the result.
    pub fn kept_back(&self) -> impl Iterator<Item = &MapAgreement> {
        self.maps.iter().filter(|m| m.role == Role::Validation)
    }

    /// Particles that count in 3D figures, with their weights.
    pub fn counted(&self) -> impl Iterator<Item = (&Particle, f64)> {
        let all = self.particles.iter().zip(&self.particle_weights);
        all.filter(|(_, weight)| **weight > 0.0)
            .map(|(particle, &weight)| (particle, weight))
    }

    /// Whether particles that the faces cut are left out, and the others weighted for them.
    pub fn leaves_cut_particles_out(&self) -> bool {
        self.particle_weights.contains(&0.0)
    }

    /// Liberation by size class of a mineral.
    pub fn sizes_of(&self, class: u8) -> Option<&SizeResolved> {
        self.sizes.iter().find(|s| s.class == class)
    }

    /// What the liberation of a mineral comes to without doubtful particles.
    pub fn without_doubtful_of(&self, class: u8) -> Option<&WithoutDoubtful> {
        self.without_doubtful.iter().find(|w| w.class == class)
    }

    /// The corrected liberation of a mineral.
    pub fn corrected_of(&self, class: u8) -> Option<&Corrected> {
        self.corrected.iter().find(|c| c.class == class)
    }
}
