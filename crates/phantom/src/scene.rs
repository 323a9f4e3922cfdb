use std::ops::Range;

use corelith_core::{Minerals, Progress, seed_of};
use nalgebra::Vector3;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use crate::PhantomError;
use crate::ct::CtImage;
use crate::grid::Grid;
use crate::growth::{grid_of, grow_to_fraction};
use crate::packing::pack;
use crate::settings::PhantomSettings;
use crate::shape::Shape;
use crate::texture::Texture;

#[derive(Debug, Clone)]
struct Particle {
    centre_vox: Vector3<f64>,
    shape: Shape,
    texture: Texture,
    /// Factor on the CT grey of its minerals.
    brightness: f32,
}

/// A particle system as geometry: whatever its size in voxels it takes a few kilobytes a
/// particle, and any part of it can be imaged on its own.
#[derive(Debug, Clone)]
pub struct Scene {
    settings: PhantomSettings,
    minerals: Minerals,
    seed: u64,
    particles: Vec<Particle>,
    grid: Grid,
    ct: CtImage,
}

/// What lies at a point of a [`Scene`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Here {
    /// Number of the particle in the scene, from 1; 0 in resin.
    pub particle: u32,
    /// Class label; background in resin and in pores.
    pub class: u8,
}

/// Some slices of a [`Scene`], row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Slab {
    /// CT grey values.
    pub ct: Vec<u16>,
    /// Class labels.
    pub phases: Vec<u8>,
    /// Numbers of the particles in the scene, from 1; 0 where there is none.
    pub particles: Vec<u32>,
}

/// Labels and noiseless grey values of some slices.
pub(crate) struct Clean {
    pub(crate) phases: Vec<u8>,
    pub(crate) particles: Vec<u32>,
    pub(crate) grey: Vec<f32>,
}

/// Nearest particle of a voxel while a slice is drawn.
#[derive(Clone, Copy)]
struct Nearest {
    distance: f32,
    particle: u32,
    /// Share of the voxel that is solid, by all particles.
    solid: f32,
}

const NOTHING: Nearest = Nearest {
    distance: f32::INFINITY,
    particle: u32::MAX,
    solid: 0.0,
};

impl Scene {
    /// Packs and shapes the particles. The same settings and seed give the same scene, whatever
    /// the number of threads.
    ///
    /// # Errors
    /// A setting out of range, or cancellation.
    pub fn new(
        settings: &PhantomSettings,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self, PhantomError> {
        settings.check()?;
        let minerals = settings.mineral_list()?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "phantom packing"));
        let places = pack(settings, &mut rng, progress)?;

        let mut shapes: Vec<(Shape, ChaCha8Rng)> = places
            .par_iter()
            .enumerate()
            .map(|(i, place)| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "phantom particle"));
                rng.set_stream(i as u64);
                let shape = Shape::random(&settings.particles, place.radius_vox, &mut rng);
                (shape, rng)
            })
            .collect();
        let growth = grow_to_fraction(settings, &places, &mut shapes, &mut rng);
        progress.check()?;

        let particles: Vec<Particle> = places
            .par_iter()
            .zip(shapes)
            .map(|(place, (shape, mut rng))| {
                let radius_vox = place.radius_vox * growth;
                let volume_vox = 4.0 / 3.0 * std::f64::consts::PI * radius_vox.powi(3);
                let texture = Texture::random(settings, &shape, volume_vox, &mut rng);
                let variation: f64 = rng.sample(StandardNormal);
                Particle {
                    centre_vox: place.centre_vox,
                    shape,
                    texture,
                    brightness: (1.0 + settings.ct.particle_variation * variation) as f32,
                }
            })
            .collect();
        let grid = grid_of(
            settings,
            particles.iter().map(|p| (&p.centre_vox, &p.shape)),
        );
        Ok(Self {
            settings: settings.clone(),
            minerals,
            seed,
            grid,
            particles,
            ct: CtImage::new(settings, seed),
        })
    }

    /// The settings that it was made from.
    pub fn settings(&self) -> &PhantomSettings {
        &self.settings
    }

    /// The seed that it was made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The mineral list.
    pub fn minerals(&self) -> &Minerals {
        &self.minerals
    }

    /// Number of particles, those in the margin around the volume included.
    pub fn particle_count(&self) -> usize {
        self.particles.len()
    }

    /// What lies at CT position `(x, y, z)`, in voxels; the scene goes on for about one particle
    /// beyond the volume.
    pub fn at(&self, point_vox: &Vector3<f64>) -> Here {
        let mut nearest = (0.0, None);
        for &i in self.grid.at(point_vox) {
            let particle = &self.particles[i as usize];
            let local = (point_vox - particle.centre_vox).cast::<f32>();
            let distance = particle.shape.signed_distance(&local);
            if distance < nearest.0 {
                nearest = (distance, Some((i, local)));
            }
        }
        nearest.1.map_or_else(Here::default, |(i, local)| Here {
            particle: i + 1,
            class: self.particles[i as usize].texture.class_at(&local),
        })
    }

    /// CT image and labels of slices `z`. Volumes too large for memory are made slab by slab;
    /// the slabs fit together whatever their thickness.
    pub fn slab(&self, z: Range<usize>) -> Slab {
        let halo = self.ct.halo();
        let from = z.start as isize - halo as isize;
        let to = z.end as isize + halo as isize;
        let clean = self.draw(from..to);
        let [_, ny, nx] = self.settings.shape_vox;
        let area = ny * nx;
        let inner = halo * area..(halo + z.len()) * area;
        Slab {
            ct: self.ct.image(&clean.grey, z),
            phases: clean.phases[inner.clone()].to_vec(),
            particles: clean.particles[inner].to_vec(),
        }
    }

    /// Labels and noiseless grey values of slices `z`, which may lie outside the volume.
    pub(crate) fn draw(&self, z: Range<isize>) -> Clean {
        let [_, ny, nx] = self.settings.shape_vox;
        let area = ny * nx;
        let depth = (z.end - z.start) as usize;
        let mut crossing: Vec<Vec<u32>> = vec![Vec::new(); depth];
        for (i, particle) in self.particles.iter().enumerate() {
            let low = (particle.centre_vox.z + f64::from(particle.shape.low.z)).ceil() as isize;
            let high = (particle.centre_vox.z + f64::from(particle.shape.high.z)).floor() as isize;
            for slice in low.max(z.start)..=high.min(z.end - 1) {
                crossing[(slice - z.start) as usize].push(i as u32);
            }
        }
        let mut clean = Clean {
            phases: vec![0; depth * area],
            particles: vec![0; depth * area],
            grey: vec![self.settings.ct.resin_grey as f32; depth * area],
        };
        clean
            .phases
            .par_chunks_mut(area)
            .zip(clean.particles.par_chunks_mut(area))
            .zip(clean.grey.par_chunks_mut(area))
            .zip(&crossing)
            .enumerate()
            .for_each(|(k, (((phases, particles), grey), crossing))| {
                let z = (z.start + k as isize) as f64;
                let mut nearest = vec![NOTHING; area];
                for &i in crossing {
                    self.draw_particle(i, z, &mut nearest);
                }
                self.colour(z, &nearest, phases, particles, grey);
            });
        clean
    }

    /// Enters one particle into the slice at height `z`.
    fn draw_particle(&self, i: u32, z: f64, nearest: &mut [Nearest]) {
        let [_, ny, nx] = self.settings.shape_vox;
        let Particle {
            centre_vox, shape, ..
        } = &self.particles[i as usize];
        let local_z = (z - centre_vox.z) as f32;
        let first = (centre_vox.y + f64::from(shape.low.y)).ceil().max(0.0) as usize;
        let last = (centre_vox.y + f64::from(shape.high.y)).floor();
        if last < 0.0 {
            return;
        }
        for y in first..=(last as usize).min(ny - 1) {
            let local_y = (y as f64 - centre_vox.y) as f32;
            let Some((low, high)) = shape.reach_x(local_y, local_z, 1.5) else {
                continue;
            };
            let from = (centre_vox.x + f64::from(low)).ceil().max(0.0) as usize;
            let to = (centre_vox.x + f64::from(high)).floor();
            if to < 0.0 {
                continue;
            }
            for x in from..=(to as usize).min(nx - 1) {
                let local = Vector3::new((x as f64 - centre_vox.x) as f32, local_y, local_z);
                let distance = shape.signed_distance(&local);
                let here = &mut nearest[y * nx + x];
                here.solid += (0.5 - distance).clamp(0.0, 1.0);
                if distance < here.distance {
                    here.distance = distance;
                    here.particle = i;
                }
            }
        }
    }

    /// Labels and greys of a slice from its nearest particles.
    fn colour(
        &self,
        z: f64,
        nearest: &[Nearest],
        phases: &mut [u8],
        particles: &mut [u32],
        grey: &mut [f32],
    ) {
        let nx = self.settings.shape_vox[2];
        let resin = self.settings.ct.resin_grey as f32;
        for (index, here) in nearest.iter().enumerate() {
            if here.solid <= 0.0 {
                continue;
            }
            let particle = &self.particles[here.particle as usize];
            let point = Vector3::new((index % nx) as f64, (index / nx) as f64, z);
            let local = (point - particle.centre_vox).cast::<f32>();
            let class = particle.texture.class_at(&local);
            if here.distance < 0.0 {
                particles[index] = here.particle + 1;
                phases[index] = class;
            }
            if class > 0 {
                let mineral = &self.settings.minerals[usize::from(class) - 1];
                let full = mineral.ct_grey as f32 * particle.brightness;
                grey[index] = resin + here.solid.min(1.0) * (full - resin);
            }
        }
    }
}
