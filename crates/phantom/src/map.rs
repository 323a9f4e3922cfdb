use corelith_core::{CtFromMap, Progress, Raster, seed_of};
use nalgebra::{Rotation3, Unit, Vector3};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::filter;
use crate::settings::{MapSettings, PhantomSettings};
use crate::{PhantomError, Scene};

/// What a map is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapRole {
    /// A network may learn from it.
    Training,
    /// Kept for judging results.
    Validation,
}

/// A section through a phantom as SEM shows it, and the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub struct PhantomMap {
    /// What it is for.
    pub role: MapRole,
    /// Class labels with rough rims and mislabelled pixels: what the program is given.
    pub classes: Raster<u8>,
    /// BSE grey values.
    pub bse: Raster<u8>,
    /// The plane before displacement.
    pub ct_from_map: CtFromMap,
    /// Exact CT position x, y, z of every pixel, in voxels, displacement included.
    pub coords_vox: [Raster<f32>; 3],
    /// True class of every pixel.
    pub phases_truth: Raster<u8>,
    /// True particle of every pixel, ids as in [`crate::Phantom::particles`]; 0 = none. A
    /// particle that the map meets outside the volume only has none.
    pub particles_truth: Raster<u32>,
}

/// A smooth random field over the map plane: a sum of plane waves whose covariance is Gaussian
/// (spectral method, Shinozuka and Jan 1972).
struct Displacement {
    waves: Vec<[f64; 3]>,
    amplitude: f64,
}

impl Displacement {
    const WAVES: usize = 24;

    fn random(deviation: f64, length_px: f64, rng: &mut impl Rng) -> Self {
        let waves = (0..Self::WAVES)
            .map(|_| {
                let kx: f64 = rng.sample(StandardNormal);
                let ky: f64 = rng.sample(StandardNormal);
                let phase = rng.random_range(0.0..std::f64::consts::TAU);
                [kx / length_px, ky / length_px, phase]
            })
            .collect();
        Self {
            waves,
            amplitude: deviation * (2.0 / Self::WAVES as f64).sqrt(),
        }
    }

    fn at(&self, col: f64, row: f64) -> f64 {
        let sum: f64 = self
            .waves
            .iter()
            .map(|[kx, ky, phase]| (kx * col + ky * row + phase).cos())
            .sum();
        self.amplitude * sum
    }
}

/// Where a map lies and how large it is.
struct Placement {
    ct_from_map: CtFromMap,
    rows: usize,
    cols: usize,
}

impl Scene {
    /// Number of maps that the settings ask for.
    pub fn map_count(&self) -> usize {
        self.settings().maps.training + self.settings().maps.validation
    }

    /// Images map `index` (training maps first); particles keep their numbers in the scene.
    ///
    /// # Errors
    /// Cancellation.
    pub fn map(&self, index: usize, progress: &dyn Progress) -> Result<PhantomMap, PhantomError> {
        progress.check()?;
        let settings = self.settings();
        let maps = &settings.maps;
        let mut rng = ChaCha8Rng::seed_from_u64(seed_of(self.seed(), "phantom map"));
        rng.set_stream(index as u64);
        let Placement {
            ct_from_map,
            rows,
            cols,
        } = place(settings, index, self.map_count(), &mut rng);

        let length_px = maps.displacement_length_um / maps.pixel_um;
        let displacement = [
            maps.displacement_vox,
            maps.displacement_vox,
            maps.bending_vox,
        ]
        .map(|deviation| Displacement::random(deviation, length_px, &mut rng));
        let axes = [
            ct_from_map.du_vox().normalize(),
            ct_from_map.dv_vox().normalize(),
            ct_from_map.normal(),
        ];
        let noise_seed: u64 = rng.random();

        let lines: Vec<Vec<Pixel>> = (0..rows)
            .into_par_iter()
            .map(|row| {
                let mut rng = ChaCha8Rng::seed_from_u64(noise_seed);
                rng.set_stream(row as u64);
                (0..cols)
                    .map(|col| {
                        let (c, r) = (col as f64, row as f64);
                        let shift: Vector3<f64> = axes
                            .iter()
                            .zip(&displacement)
                            .map(|(axis, field)| axis * field.at(c, r))
                            .sum();
                        self.pixel(&ct_from_map, &shift, [c, r], &mut rng)
                    })
                    .collect()
            })
            .collect();
        progress.check()?;

        let pixels: Vec<Pixel> = lines.into_iter().flatten().collect();
        let raster = |value: &dyn Fn(&Pixel) -> f32| {
            Raster::from_fn(rows, cols, |col, row| value(&pixels[row * cols + col]))
        };
        Ok(PhantomMap {
            role: if index < maps.training {
                MapRole::Training
            } else {
                MapRole::Validation
            },
            classes: Raster::from_fn(rows, cols, |c, r| pixels[r * cols + c].shown),
            bse: bse(settings, &pixels, rows, cols),
            ct_from_map,
            coords_vox: [
                raster(&|p| p.position.x as f32),
                raster(&|p| p.position.y as f32),
                raster(&|p| p.position.z as f32),
            ],
            phases_truth: Raster::from_fn(rows, cols, |c, r| pixels[r * cols + c].class),
            particles_truth: Raster::from_fn(rows, cols, |c, r| pixels[r * cols + c].particle),
        })
    }

    fn pixel(
        &self,
        ct_from_map: &CtFromMap,
        shift: &Vector3<f64>,
        [col, row]: [f64; 2],
        rng: &mut ChaCha8Rng,
    ) -> Pixel {
        let maps = &self.settings().maps;
        let position = ct_from_map.apply(col, row) + shift;
        let here = self.at(&position);
        let mut jitter = || match maps.rim_roughness_px {
            0.0 => 0.0,
            reach => rng.random_range(-reach..=reach),
        };
        let seen = ct_from_map.apply(col + jitter(), row + jitter()) + shift;
        let mut shown = self.at(&seen).class;
        if shown > 0 && rng.random_bool(maps.mislabelled) {
            shown = rng.random_range(1..self.minerals().len()) as u8;
        }
        Pixel {
            position,
            class: here.class,
            particle: here.particle,
            shown,
            noise: rng.sample(StandardNormal),
        }
    }
}

struct Pixel {
    position: Vector3<f64>,
    class: u8,
    particle: u32,
    shown: u8,
    noise: f32,
}

fn bse(settings: &PhantomSettings, pixels: &[Pixel], rows: usize, cols: usize) -> Raster<u8> {
    let maps = &settings.maps;
    let mut grey: Vec<f32> = pixels
        .iter()
        .map(|p| match p.class {
            0 => maps.bse_resin_grey as f32,
            class => settings.minerals[usize::from(class) - 1].bse_grey as f32,
        })
        .collect();
    if maps.bse_blur_px > 0.0 {
        filter::image(&mut grey, cols, &filter::gaussian(maps.bse_blur_px));
    }
    Raster::from_fn(rows, cols, |col, row| {
        let i = row * cols + col;
        let value = grey[i] + maps.bse_noise as f32 * pixels[i].noise;
        value.round().clamp(0.0, 255.0) as u8
    })
}

/// Draws pose and size of a map.
fn place(settings: &PhantomSettings, index: usize, count: usize, rng: &mut impl Rng) -> Placement {
    let maps: &MapSettings = &settings.maps;
    let [nz, ny, nx] = settings.shape_vox.map(|n| n as f64);
    let pixel_vox = maps.pixel_um / settings.voxel_um;
    let mut size = |voxels: f64| {
        let relative = maps.width_fraction * rng.random_range(0.94..=1.06);
        ((relative * voxels / pixel_vox).round() as usize).max(4)
    };
    let (cols, rows) = (size(nx), size(ny));

    let spin = rng.random_range(0.0..std::f64::consts::TAU);
    let tilt = rng
        .random_range(maps.tilt_min_deg..=maps.tilt_max_deg)
        .to_radians();
    let azimuth = rng.random_range(0.0..std::f64::consts::TAU);
    let tilt_axis = Unit::new_normalize(Vector3::new(azimuth.cos(), azimuth.sin(), 0.0));
    let rotation = Rotation3::from_axis_angle(&tilt_axis, tilt)
        * Rotation3::from_axis_angle(&Vector3::z_axis(), spin);
    let handed = if rng.random_bool(maps.mirrored) {
        -1.0
    } else {
        1.0
    };
    let mut step = || {
        let error = rng.random_range(-1.0..=1.0) * maps.scale_error_max;
        pixel_vox * (1.0 + error)
    };
    let du = rotation * Vector3::x() * step();
    let dv = rotation * Vector3::y() * (handed * step());

    let half = 0.5 * (du * (cols as f64 - 1.0)).abs() + 0.5 * (dv * (rows as f64 - 1.0)).abs();
    let mut within = |length: f64, half: f64| {
        let room = (0.5 * (length - 1.0) - half - 1.0).max(0.0);
        0.5 * (length - 1.0) + rng.random_range(-1.0..=1.0) * room
    };
    let mut centre = Vector3::new(within(nx, half.x), within(ny, half.y), 0.0);
    // Maps share the height out, so that they show different particles.
    let room = (nz - 1.0 - 2.0 * (half.z + 2.0)).max(0.0);
    let height = (index as f64 + rng.random_range(0.2..0.8)) / count.max(1) as f64;
    centre.z = 0.5 * (nz - 1.0) + (height - 0.5) * room;
    if maps.outside_fraction > 0.0 {
        let edge = 0.5 * (nx - 1.0) - half.x + 2.0 * half.x * maps.outside_fraction;
        centre.x = 0.5 * (nx - 1.0) + if rng.random_bool(0.5) { edge } else { -edge };
    }
    let origin = centre - du * (0.5 * (cols as f64 - 1.0)) - dv * (0.5 * (rows as f64 - 1.0));
    Placement {
        ct_from_map: CtFromMap::new(du, dv, origin),
        rows,
        cols,
    }
}
