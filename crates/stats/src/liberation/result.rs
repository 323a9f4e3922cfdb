use serde::{Deserialize, Serialize};

use super::liberation_class::LIBERATION_CLASSES;
use super::{Basis, Bias, Cut, Estimate};

/// Liberation of one mineral on one basis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BasisLiberation {
    /// The basis.
    pub basis: Basis,
    /// Share of the mineral in each class.
    pub share: [Estimate; LIBERATION_CLASSES],
    /// Share of the mineral at or above 0, 10, ... 100 % liberation: the liberation curve.
    pub at_least: [Estimate; LIBERATION_CLASSES],
    /// Mean liberation of the mineral.
    pub mean: Estimate,
    /// Particles or profiles with the mineral, by class.
    pub particles: [u64; LIBERATION_CLASSES],
    /// Sections that show the mineral; 0 in 3D.
    pub sections: u32,
    /// Different 3D particles that show the mineral.
    pub seen_particles: u64,
    /// Particles that would bring the widest interval of the curve to the wanted half-width.
    /// Half-widths fall as 1 over the root of the number.
    #[serde(with = "crate::nan_as_null")]
    pub needed_particles: f64,
    /// Sections like these that would; NaN in 3D and for random ones.
    #[serde(with = "crate::nan_as_null")]
    pub needed_sections: f64,
}

/// Liberation of one mineral on every basis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MineralLiberation {
    /// Row of the mineral list.
    pub class: u8,
    /// Name in the mineral list.
    pub name: String,
    /// In the order of [`Basis::ALL`].
    pub bases: Vec<BasisLiberation>,
    /// Differences of curves: random sections, virtual sections and maps against the volume,
    /// then maps against virtual sections.
    pub bias: Vec<Bias>,
}

impl BasisLiberation {
    /// Particles or profiles with the mineral.
    pub fn count(&self) -> u64 {
        self.particles.iter().sum()
    }
}

impl MineralLiberation {
    /// The result on one basis.
    pub fn on(&self, basis: Basis) -> &BasisLiberation {
        &self.bases[basis.position()]
    }

    /// The result on one basis, where anything was observed on it.
    pub fn observed(&self, basis: Basis) -> Option<&BasisLiberation> {
        Some(self.on(basis)).filter(|found| found.mean.value.is_finite())
    }

    /// The curve of one basis minus that of another, where both were observed.
    pub fn difference(&self, basis: Basis, against: Basis) -> Option<&Bias> {
        let mut compared = self.bias.iter();
        let found = compared.find(|b| (b.basis, b.against) == (basis, against))?;
        Some(found).filter(|found| found.mean.value.is_finite())
    }
}

/// Liberation of every solid mineral.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Liberation {
    /// In the order of the mineral list.
    pub minerals: Vec<MineralLiberation>,
    /// 3D particles cut by the faces of the volume.
    pub particles_cut: u64,
    /// What was done with them, and with their random sections.
    pub cut_particles: Cut,
    /// What was done with profiles cut by the edge of a map.
    pub cut_profiles: Cut,
}

impl Liberation {
    /// The result for a class.
    pub fn mineral(&self, class: u8) -> Option<&MineralLiberation> {
        self.minerals.iter().find(|m| m.class == class)
    }
}
