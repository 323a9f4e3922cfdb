//! What a phantom is made from.

mod ct;
mod maps;
mod minerals;
mod particles;
mod presets;
mod randomised;
mod relations;
mod texture;

use corelith_core::{Mineral, Minerals, RangedSettings as _, Spacing, settings};

use crate::PhantomError;
use minerals::slag_minerals;

pub use ct::CtSettings;
pub use maps::MapSettings;
pub use minerals::{Habit, MineralLook};
pub use particles::ParticleSettings;
pub(crate) use randomised::factors;
pub use randomised::{randomised, randomised_geometry};
pub use texture::TextureSettings;

/// Name of the class that is no particle.
pub const BACKGROUND: &str = "Background";

settings! {
    /// Everything that a phantom is made from, the seed aside. The default looks like lithium slag
    /// of the 63 to 100 micrometre fraction.
    pub struct PhantomSettings {
        /// Voxels `[nz, ny, nx]`.
        pub shape_vox: [usize; 3] = [128, 208, 208], in [8 to 65535];
        /// Voxel size in micrometres.
        pub voxel_um: f64 = 2.296, in [0.000001 to 1000000];
        /// Size, shape and packing of the particles.
        pub particles: ParticleSettings = ParticleSettings::default(), each;
        /// How minerals are intergrown.
        pub texture: TextureSettings = TextureSettings::default(), each;
        /// The minerals, background left out: one [`Habit::Host`], any number of the others, at
        /// most 254 in all.
        pub minerals: Vec<MineralLook> = slag_minerals();
        /// The CT image.
        pub ct: CtSettings = CtSettings::default(), each;
        /// The mineral maps.
        pub maps: MapSettings = MapSettings::default(), each;
    }
}

impl PhantomSettings {
    /// Whether every setting lies in its range, and all go together.
    ///
    /// # Errors
    /// [`PhantomError::Setting`] for the first that does not.
    pub fn check(&self) -> Result<(), PhantomError> {
        self.check_ranges()?;
        Ok(self.check_relations()?)
    }

    /// Spacing of the voxels.
    pub fn spacing(&self) -> Spacing {
        Spacing::isotropic(self.voxel_um)
    }

    /// The mineral list: background first, then [`Self::minerals`] in order.
    ///
    /// # Errors
    /// When names or colours repeat.
    pub fn mineral_list(&self) -> Result<Minerals, PhantomError> {
        let background = Mineral {
            name: BACKGROUND.to_owned(),
            rgb: [0, 0, 0],
            density_g_cm3: Some(1.2),
        };
        let rows = std::iter::once(background)
            .chain(self.minerals.iter().map(|m| Mineral {
                name: m.name.clone(),
                rgb: m.rgb,
                density_g_cm3: Some(m.density_g_cm3),
            }))
            .collect();
        Ok(Minerals::new(rows, BACKGROUND)?)
    }

    /// Contrast between host mineral and resin, grey values: the unit of noise and artefacts.
    pub fn contrast_grey(&self) -> f64 {
        self.minerals
            .iter()
            .find(|m| m.habit == Habit::Host)
            .map_or(1.0, |m| m.ct_grey - self.ct.resin_grey)
            .abs()
    }
}

#[cfg(test)]
mod tests;
