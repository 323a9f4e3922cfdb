//! What a network can learn from phantoms.

use corelith_core::{Progress, Volume};
use corelith_phantom::{Kind, Phantom, PhantomSettings, randomised};
use corelith_stats::imaging::separation::{block_means, depth_classes, depth_names};
use corelith_unet::{Classes, LabelledVolume, Model, Settings};
use rand::{Rng, RngExt as _};

use crate::Error;
use crate::stage::train::classes_of;

/// Side of a training patch of blocks of voxels.
const PATCH_BLOCKS: usize = 48;

/// What a network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// The mineral of every voxel.
    Phases,
    /// How deep a voxel lies in its own particle, touching ones told apart.
    Particles,
}

impl Task {
    /// What the network tells apart.
    pub fn classes(self) -> Result<Classes, Error> {
        Ok(match self {
            Self::Phases => classes_of(&PhantomSettings::default().mineral_list()?),
            Self::Particles => Classes {
                names: depth_names(),
                background: 0,
            },
        })
    }

    /// The model of this task that comes with the program.
    pub fn pretrained(self) -> Result<Model, Error> {
        Ok(match self {
            Self::Phases => corelith_unet::pretrained_phases()?,
            Self::Particles => corelith_unet::pretrained_particles()?,
        })
    }

    /// Voxels of a phantom `[nz, ny, nx]`: some fifty particles of the fine fraction, or a
    /// hundred.
    pub fn shape_vox(self) -> [usize; 3] {
        match self {
            Self::Phases => [72, 128, 128],
            Self::Particles => [96, 144, 144],
        }
    }

    /// Settings of the `i`-th phantom, everything drawn around what the task is to know: slag for
    /// phases; for particles, whose borders every ore has, slag and phantoms of every kind in turns.
    pub fn settings(self, i: usize, rng: &mut impl Rng) -> PhantomSettings {
        let shape_vox = self.shape_vox();
        match self {
            Self::Phases => randomised(&slag(i, 2, shape_vox), rng),
            Self::Particles if i.is_multiple_of(2) => randomised(&slag(i / 2, 3, shape_vox), rng),
            Self::Particles => {
                let kind = Kind::ALL[i / 2 % Kind::ALL.len()];
                let mut settings = PhantomSettings::drawn_at_random(kind, shape_vox, rng);
                // Particles that do not touch have nothing to teach.
                settings.particles.solid_fraction = rng.random_range(0.4..0.72);
                settings
            }
        }
    }

    /// How the network is built and trained where the default does not fit.
    pub fn adapt(self, settings: &mut Settings) {
        if self == Self::Particles {
            settings.patch_vox = [PATCH_BLOCKS; 3];
        }
    }

    /// What the network sees of a phantom, and what it shall say.
    pub fn labelled(
        self,
        phantom: Phantom,
        progress: &dyn Progress,
    ) -> Result<LabelledVolume, Error> {
        let (ct, classes): (Volume<u16>, Volume<u8>) = match self {
            Self::Phases => (phantom.ct, phantom.phases),
            Self::Particles => (
                block_means(&phantom.ct),
                depth_classes(&phantom.particles, progress)?,
            ),
        };
        Ok(LabelledVolume { ct, classes })
    }
}

/// The settings that the `i`-th phantom of slag is drawn around: both fractions take turns, then the
/// first `packings` of hardly touching, touching everywhere and dense.
fn slag(i: usize, packings: usize, shape_vox: [usize; 3]) -> PhantomSettings {
    let fraction = if i.is_multiple_of(2) {
        PhantomSettings::slag_63_100()
    } else {
        PhantomSettings::slag_100_250()
    };
    let mut settings = match i / 2 % packings {
        0 => fraction,
        1 => fraction.touching(),
        _ => fraction.dense(),
    };
    settings.shape_vox = shape_vox;
    settings.maps.training = 0;
    settings.maps.validation = 0;
    settings
}
