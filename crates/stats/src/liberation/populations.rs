use corelith_core::Minerals;

use super::LiberationError;
use crate::measure::Particle;
use crate::stereology::Profile;

/// What liberation is computed from. Profiles may be empty where there are none.
#[derive(Debug, Clone, Copy)]
pub struct Populations<'a> {
    /// Particles of the 3D result; ids run from 1 without gaps.
    pub particles: &'a [Particle],
    /// Profiles on the measured maps.
    pub maps: &'a [Profile],
    /// Profiles on the virtual sections at the same planes.
    pub virtual_maps: &'a [Profile],
    /// Profiles on random sections.
    pub random: &'a [Profile],
}

impl<'a> Populations<'a> {
    /// Particles alone, without sections.
    pub(super) fn of_particles(particles: &'a [Particle]) -> Self {
        Self {
            particles,
            maps: &[],
            virtual_maps: &[],
            random: &[],
        }
    }

    /// Maps, virtual sections and random sections.
    pub(super) fn sections(&self) -> [&'a [Profile]; 3] {
        [self.maps, self.virtual_maps, self.random]
    }

    /// Fails where a particle or profile was measured with another mineral list.
    pub(super) fn check_minerals(&self, minerals: &Minerals) -> Result<(), LiberationError> {
        let expected = minerals.len();
        for p in self.particles {
            for found in [p.mineral_voxels.len(), p.mineral_surface_um2.len()] {
                LiberationError::unless_equal(found, expected, || format!("particle {}", p.id))?;
            }
        }
        for p in self.sections().into_iter().flatten() {
            LiberationError::unless_equal(p.mineral_area_um2.len(), expected, || {
                format!("a profile of section {}", p.section)
            })?;
        }
        Ok(())
    }
}

/// Position of the maps in [`Populations::sections`].
pub(super) const MAPS: usize = 0;
/// Position of the random sections.
pub(super) const RANDOM: usize = 2;
