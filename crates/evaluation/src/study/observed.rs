//! A phantom as it would be measured: its particles, a few maps and many random planes.

use std::f64::consts::TAU;

use corelith_core::{Minerals, Raster, Silent, Volume, seed_of};
use corelith_phantom::{Numbering, PhantomSettings, Scene};
use corelith_stats::Particle;
use corelith_stats::measure::measure;
use corelith_stats::stereology::{self, Coordinates, Profile, Section, profiles, random_profiles};
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Error;

/// Voxels of a phantom, `[nz, ny, nx]`: with [`VOXEL_UM`] as large as 128 x 208 x 208 voxels of
/// the usual scan, for an eighth of the work.
const SHAPE_VOX: [usize; 3] = [64, 104, 104];
const VOXEL_UM: f64 = 4.592;
/// Maps of a phantom, as wide as those of the default phantom and with pixels as fine against
/// the voxels.
const MAPS: u32 = 3;
const MAP_WIDTH_FRACTION: f64 = 0.6;
const MAP_PIXEL_UM: f64 = 2.4;
const MAP_TILT_MAX_DEG: f64 = 6.0;

/// What is known of one phantom.
pub struct Observed {
    /// All particles, those that a face cuts included.
    pub particles: Vec<Particle>,
    /// Profiles on a few tilted planes, those that their edges cut included.
    pub maps: Vec<Profile>,
    /// Profiles on random planes.
    pub random: Vec<Profile>,
}

impl Observed {
    /// Drops what says nothing of a mineral on average: maps, and profiles without it.
    pub fn keep_for_truth(&mut self, class: u8) {
        self.maps.clear();
        self.random
            .retain(|p| p.particle > 0 && p.mineral_area_um2[usize::from(class)] > 0.0);
    }

    /// Adds the particles and random profiles of another phantom, with numbers of their own.
    pub fn append(&mut self, other: Self) {
        let before = self.particles.len() as u32;
        self.particles
            .extend(other.particles.into_iter().map(|p| Particle {
                id: p.id + before,
                ..p
            }));
        self.random
            .extend(other.random.into_iter().map(|p| Profile {
                particle: p.particle + before,
                ..p
            }));
    }
}

/// Lithium slag of the 63 to 100 micrometre fraction, at half the usual resolution.
pub fn phantom_settings() -> PhantomSettings {
    PhantomSettings {
        shape_vox: SHAPE_VOX,
        voxel_um: VOXEL_UM,
        ..PhantomSettings::default()
    }
    .with_minerals(4)
}

/// Makes a phantom and takes it as truth and measurement at once: nothing is segmented.
///
/// # Errors
/// Those of the phantom and of the measuring.
pub fn observe(
    settings: &PhantomSettings,
    minerals: &Minerals,
    seed: u64,
) -> Result<Observed, Error> {
    let scene = Scene::new(settings, seed, &Silent)?;
    let mut slab = scene.slab(0..settings.shape_vox[0]);
    Numbering::new(scene.particle_count()).apply(&mut slab.particles);
    let phases = Volume::new(slab.phases, settings.shape_vox, settings.spacing())?;
    let labels = Volume::new(slab.particles, settings.shape_vox, settings.spacing())?;
    let sections = stereology::Settings::default();
    let mut random = ChaCha8Rng::seed_from_u64(seed_of(seed, "maps"));
    let mut maps = Vec::new();
    for index in 0..MAPS {
        let [x, y, z] = map_coordinates(settings, &mut random);
        let coordinates = Coordinates {
            x_vox: &x,
            y_vox: &y,
            z_vox: &z,
        };
        let section = Section::virtual_cut(
            format!("map {index}"),
            coordinates,
            &phases,
            &labels,
            minerals.background(),
            MAP_PIXEL_UM,
        )?;
        maps.extend(profiles(&section, index, minerals, &sections)?);
    }
    let planes = seed_of(seed, "planes");
    Ok(Observed {
        particles: measure(&labels, &phases, minerals, &Default::default(), &Silent)?,
        maps,
        random: random_profiles(&phases, &labels, minerals, &sections, planes, &Silent)?,
    })
}

/// Where the pixels of a square map lie: turned and tilted at random, its middle near that of
/// the slices and anywhere in the inner part of their height. Voxels.
fn map_coordinates(settings: &PhantomSettings, random: &mut ChaCha8Rng) -> [Raster<f32>; 3] {
    let [nz, ny, nx] = settings.shape_vox.map(|n| n as f64);
    let side_vox = MAP_WIDTH_FRACTION * nx;
    let step = MAP_PIXEL_UM / settings.voxel_um;
    let pixels = (side_vox / step) as usize;
    let turn: f64 = random.random_range(0.0..TAU);
    let tilt = random.random_range(0.0..=MAP_TILT_MAX_DEG).to_radians();
    let u = [tilt.cos() * turn.cos(), tilt.cos() * turn.sin(), tilt.sin()];
    let v = [-turn.sin(), turn.cos(), 0.0];
    let mut near = |n: f64, share: f64| n * (0.5 + random.random_range(-share..=share));
    let middle = [near(nx, 0.07), near(ny, 0.07), near(nz, 0.35)];
    std::array::from_fn(|axis| {
        Raster::from_fn(pixels, pixels, |col, row| {
            let along = |i: usize| (i as f64 + 0.5) * step - side_vox / 2.0;
            (middle[axis] - 0.5 + along(col) * u[axis] + along(row) * v[axis]) as f32
        })
    })
}
