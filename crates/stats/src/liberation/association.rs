use corelith_core::{Minerals, RangedSettings as _};
use serde::{Deserialize, Serialize};

use super::weighing::particle_weights;
use super::{LiberationError, Settings};
use crate::measure::Particle;

/// What every mineral borders on, by area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Association {
    classes: usize,
    area_um2: Vec<f64>,
}

impl Association {
    /// From the boundary areas, row-major, one row and column a row of the mineral list.
    ///
    /// # Panics
    /// When there are other than `classes` times `classes` areas.
    pub fn from_areas_um2(classes: usize, area_um2: Vec<f64>) -> Self {
        assert_eq!(area_um2.len(), classes * classes, "one area a pair");
        Self { classes, area_um2 }
    }

    /// Rows of the mineral list that it was made with.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Boundary of `class` with `with`, weighted by the particles' edge weights; with the
    /// background, its exposed surface and its pores.
    pub fn area_um2(&self, class: u8, with: u8) -> f64 {
        self.area_um2[usize::from(class) * self.classes + usize::from(with)]
    }

    /// Share of the boundary of `class` that it has with `with`, in percent; NaN for a mineral
    /// without a boundary.
    pub fn share_pct(&self, class: u8, with: u8) -> f64 {
        let row = usize::from(class) * self.classes;
        let total: f64 = self.area_um2[row..row + self.classes].iter().sum();
        100.0 * self.area_um2(class, with) / total
    }
}

/// Association of the minerals over the 3D particles.
///
/// # Errors
/// When settings are out of range, or values do not fit the mineral list.
pub fn association(
    minerals: &Minerals,
    particles: &[Particle],
    settings: &Settings,
) -> Result<Association, LiberationError> {
    settings.check_ranges()?;
    let classes = minerals.len();
    let background = usize::from(minerals.background());
    let weights = particle_weights(particles, settings.cut_particles);
    let mut area_um2 = vec![0.0; classes * classes];
    for (p, weight) in particles.iter().zip(weights) {
        for (found, expected) in [
            (p.interface_um2.len(), classes * classes),
            (p.mineral_surface_um2.len(), classes),
        ] {
            LiberationError::unless_equal(found, expected, || format!("particle {}", p.id))?;
        }
        for (sum, area) in area_um2.iter_mut().zip(&p.interface_um2) {
            *sum += weight * area;
        }
        for (class, exposed) in p.mineral_surface_um2.iter().enumerate() {
            area_um2[class * classes + background] += weight * exposed;
        }
    }
    Ok(Association::from_areas_um2(classes, area_um2))
}
