use corelith_core::{Minerals, Progress, Raster, Spacing, Volume};

use crate::{PhantomError, PhantomMap, PhantomSettings, Scene, Slab};

/// Slices drawn at a time: bounds what is held beside the result.
const SLAB: usize = 32;

/// A CT volume and mineral maps of a particle system, with the truth about both.
#[derive(Debug, Clone, PartialEq)]
pub struct Phantom {
    /// CT grey values.
    pub ct: Volume<u16>,
    /// True class of every voxel: rows of [`Self::minerals`].
    pub phases: Volume<u8>,
    /// True particle of every voxel: 0 = none, ids 1..N by first voxel, without gaps.
    pub particles: Volume<u32>,
    /// The mineral list, background first.
    pub minerals: Minerals,
    /// Training maps, then validation maps.
    pub maps: Vec<PhantomMap>,
    /// Voxel spacing of the CT.
    pub spacing: Spacing,
    /// Pixel size of the maps as a microscope would state it: off by the scale error.
    pub pixel_size_um: f64,
}

/// Makes a phantom. The same settings and seed give the same phantom, whatever the number of
/// threads: keep these two instead of the phantom, and make it again where the truth is needed.
///
/// # Errors
/// A setting out of range, or cancellation.
///
/// # Examples
/// ```
/// use corelith_phantom::{PhantomSettings, phantom};
///
/// let settings = PhantomSettings {
///     shape_vox: [24, 48, 48],
///     ..PhantomSettings::default()
/// };
/// let made = phantom(&settings, 7, &corelith_core::Silent)?;
/// assert_eq!(made.ct.shape(), [24, 48, 48]);
/// assert_eq!(made.maps.len(), 3);
/// # Ok::<(), corelith_phantom::PhantomError>(())
/// ```
pub fn phantom(
    settings: &PhantomSettings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Phantom, PhantomError> {
    let scene = Scene::new(settings, seed, progress)?;
    let (shape, spacing) = (settings.shape_vox, settings.spacing());
    let mut ct = Volume::filled(shape, spacing, 0);
    let mut phases = Volume::filled(shape, spacing, 0);
    let mut particles = Volume::filled(shape, spacing, 0);
    let area = shape[1] * shape[2];
    let imaged = scene.image(progress, |first, slab| {
        let part = first * area..first * area + slab.ct.len();
        ct.data_mut()[part.clone()].copy_from_slice(&slab.ct);
        phases.data_mut()[part.clone()].copy_from_slice(&slab.phases);
        particles.data_mut()[part].copy_from_slice(&slab.particles);
        Ok::<_, PhantomError>(())
    })?;
    Ok(Phantom {
        ct,
        phases,
        particles,
        minerals: scene.minerals().clone(),
        maps: imaged.maps,
        spacing,
        pixel_size_um: settings.maps.pixel_um,
    })
}

/// What [`Scene::image`] gives beside the slabs.
#[derive(Debug, Clone, PartialEq)]
pub struct Imaged {
    /// Training maps, then validation maps.
    pub maps: Vec<PhantomMap>,
    /// Particles in the volume.
    pub particles: u32,
}

impl Scene {
    /// Images the volume from the first slice to the last, some slices at a time, then the maps. `take` gets
    /// the number of the first slice of each slab, and the slab, its particles numbered by first voxel as in
    /// [`Phantom::particles`].
    ///
    /// # Errors
    /// Those of `take`, and cancellation.
    pub fn image<E: From<PhantomError>>(
        &self,
        progress: &dyn Progress,
        mut take: impl FnMut(usize, Slab) -> Result<(), E>,
    ) -> Result<Imaged, E> {
        let [nz, ..] = self.settings().shape_vox;
        let mut numbering = Numbering::new(self.particle_count());
        progress.start("imaging the phantom", (nz + self.map_count()) as u64);
        for from in (0..nz).step_by(SLAB) {
            progress.check().map_err(PhantomError::from)?;
            let to = (from + SLAB).min(nz);
            let mut slab = self.slab(from..to);
            numbering.apply(&mut slab.particles);
            take(from, slab)?;
            progress.advance((to - from) as u64);
        }
        let mut maps = Vec::with_capacity(self.map_count());
        for index in 0..self.map_count() {
            let mut map = self.map(index, progress)?;
            numbering.look_up(&mut map.particles_truth);
            maps.push(map);
            progress.advance(1);
        }
        progress.finish();
        Ok(Imaged {
            maps,
            particles: numbering.count(),
        })
    }
}

/// Ids by first voxel from numbers in the scene, learned slab by slab from the first slice on.
#[derive(Debug, Clone)]
pub struct Numbering {
    id_from_scene: Vec<u32>,
    count: u32,
}

impl Numbering {
    /// For a scene of that many particles ([`Scene::particle_count`]).
    pub fn new(particle_count: usize) -> Self {
        Self {
            id_from_scene: vec![0; particle_count + 1],
            count: 0,
        }
    }

    /// Replaces the scene's numbers by ids, in the order in which they first appear.
    ///
    /// # Panics
    /// When a number is beyond the particle count.
    pub fn apply(&mut self, particles: &mut [u32]) {
        for value in particles.iter_mut().filter(|v| **v > 0) {
            let id = &mut self.id_from_scene[*value as usize];
            if *id == 0 {
                self.count += 1;
                *id = self.count;
            }
            *value = *id;
        }
    }

    /// Replaces the scene's numbers by the ids known so far, and those without one by 0.
    ///
    /// # Panics
    /// When a number is beyond the particle count.
    pub fn look_up(&self, particles: &mut Raster<u32>) {
        for value in particles.data_mut() {
            *value = self.id_from_scene[*value as usize];
        }
    }

    /// Ids given so far.
    pub fn count(&self) -> u32 {
        self.count
    }
}
