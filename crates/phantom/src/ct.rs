use std::ops::Range;

use corelith_core::seed_of;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use crate::filter::{self, Kernel};
use crate::settings::PhantomSettings;

/// Reach of phase-contrast fringes beyond the point spread, voxels.
const FRINGE_VOX: f64 = 1.3;

/// Contrasts that the grey values of a file cover: bright specks and noise must fit.
const WINDOW: f64 = 4.0;

/// What a scanner does to an ideal image: point spread, rings, shading, correlated noise.
#[derive(Debug, Clone)]
pub(crate) struct CtImage {
    shape: [usize; 3],
    seed: u64,
    blur: Kernel,
    /// Strength of edge enhancement, and the blur that it is taken against.
    fringes: Option<(f32, Kernel)>,
    /// Share of grey that is lost at the rotation axis.
    cupping: f32,
    /// Distance of the grey values that are told apart; 1 tells all.
    step_grey: f32,
    noise: Kernel,
    noise_grey: f32,
    /// Rings around the rotation axis: the same in every slice.
    rings_grey: Vec<f32>,
    shading: [Wave; 3],
}

/// A cosine across the volume.
#[derive(Debug, Clone, Copy)]
struct Wave {
    amplitude_grey: f32,
    periods: [f32; 3],
    phase: f32,
}

impl CtImage {
    pub(crate) fn new(settings: &PhantomSettings, seed: u64) -> Self {
        let ct = &settings.ct;
        let contrast = settings.contrast_grey();
        let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "phantom artefacts"));
        let shading = std::array::from_fn(|_| Wave {
            amplitude_grey: (ct.shading * contrast * rng.random_range(0.3..1.0)) as f32,
            periods: std::array::from_fn(|_| rng.random_range(-0.8..0.8)),
            phase: rng.random_range(0.0..std::f32::consts::TAU),
        });
        Self {
            shape: settings.shape_vox,
            seed,
            blur: if ct.blur_vox > 0.0 {
                filter::gaussian(ct.blur_vox)
            } else {
                vec![1.0]
            },
            fringes: (ct.fringes > 0.0).then(|| {
                let sigma = ct.blur_vox.hypot(FRINGE_VOX);
                (ct.fringes as f32, filter::gaussian(sigma))
            }),
            cupping: ct.cupping as f32,
            step_grey: step_grey(settings),
            noise: correlated(ct.noise_correlation),
            noise_grey: (ct.noise * contrast) as f32,
            rings_grey: rings(settings.shape_vox, ct.rings * contrast, &mut rng),
            shading,
        }
    }

    /// Slices beyond either end that [`Self::image`] looks at.
    pub(crate) fn halo(&self) -> usize {
        let of_fringes = self
            .fringes
            .as_ref()
            .map_or(0, |(_, kernel)| kernel.len() - 1);
        of_fringes.max(self.blur.len() - 1)
    }

    /// CT grey values of slices `z` from noiseless ones of the same slices and a halo.
    pub(crate) fn image(&self, clean: &[f32], z: Range<usize>) -> Vec<u16> {
        let [_, ny, nx] = self.shape;
        let area = ny * nx;
        let mut blurred = filter::stack(clean.to_vec(), [ny, nx], self.halo(), &self.blur);
        if let Some((strength, kernel)) = &self.fringes {
            let wide = filter::stack(clean.to_vec(), [ny, nx], self.halo(), kernel);
            for (value, wide) in blurred.iter_mut().zip(wide) {
                *value += strength * (*value - wide);
            }
        }
        let noise = self.noise(z.clone());
        let mut image = vec![0u16; z.len() * area];
        image
            .par_chunks_mut(area)
            .enumerate()
            .for_each(|(k, output)| {
                let part = k * area..(k + 1) * area;
                let height = (z.start + k) as f32;
                for (i, (((value, clean), noise), ring)) in output
                    .iter_mut()
                    .zip(&blurred[part.clone()])
                    .zip(&noise[part])
                    .zip(&self.rings_grey)
                    .enumerate()
                {
                    let shade = self.shade((i % nx) as f32, (i / nx) as f32, height);
                    let cupped = clean * self.cup(i);
                    let grey = cupped + self.noise_grey * noise + ring + shade;
                    let told = (grey / self.step_grey).round() * self.step_grey;
                    *value = told.round().clamp(0.0, 65_535.0) as u16;
                }
            });
        image
    }

    /// Correlated noise of standard deviation 1. Each slice has a stream of its own, so slabs
    /// of any thickness fit together.
    fn noise(&self, z: Range<usize>) -> Vec<f32> {
        let [_, ny, nx] = self.shape;
        let area = ny * nx;
        let halo = self.noise.len() - 1;
        let mut white = vec![0f32; (z.len() + 2 * halo) * area];
        white
            .par_chunks_mut(area)
            .enumerate()
            .for_each(|(k, slice)| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed_of(self.seed, "phantom noise"));
                rng.set_stream((z.start + k) as u64);
                slice.fill_with(|| rng.sample(StandardNormal));
            });
        filter::stack(white, [ny, nx], halo, &self.noise)
    }

    /// Factor on the grey of pixel `i` of a slice: cupping by beam hardening, a parabola over the
    /// distance to the axis.
    fn cup(&self, i: usize) -> f32 {
        if self.cupping == 0.0 {
            return 1.0;
        }
        let [_, ny, nx] = self.shape;
        let off = |at: usize, n: usize| 2.0 * at as f32 / (n as f32 - 1.0) - 1.0;
        let square = 0.5 * (off(i % nx, nx).powi(2) + off(i / nx, ny).powi(2));
        1.0 - self.cupping * (1.0 - square)
    }

    fn shade(&self, x: f32, y: f32, z: f32) -> f32 {
        let [nz, ny, nx] = self.shape.map(|n| n as f32);
        self.shading
            .iter()
            .map(|wave| {
                let [px, py, pz] = wave.periods;
                let turns = px * x / nx + py * y / ny + pz * z / nz;
                wave.amplitude_grey * (std::f32::consts::TAU * turns + wave.phase).cos()
            })
            .sum()
    }
}

/// Distance of grey values where a file of so many bits covers [`WINDOW`] times the largest
/// contrast; 16 bits tell all.
fn step_grey(settings: &PhantomSettings) -> f32 {
    if settings.ct.bits >= 16 {
        return 1.0;
    }
    let contrast = |grey: f64| (grey - settings.ct.resin_grey).abs();
    let largest = settings
        .minerals
        .iter()
        .map(|m| contrast(m.ct_grey))
        .fold(0.0, f64::max);
    let levels = f64::from(1u32 << settings.ct.bits);
    (WINDOW * largest / levels).max(1.0) as f32
}

/// Kernel that leaves white noise with variance 1 and correlation `rho^k` at distance `k`: the
/// series of `(1 - 2 rho cos w + rho^2)^(-1/2)`, the root of that spectrum.
fn correlated(rho: f64) -> Kernel {
    let taps = [
        1.0,
        rho / 2.0,
        3.0 / 8.0 * rho.powi(2),
        5.0 / 16.0 * rho.powi(3),
    ];
    let power = 1.0 + 2.0 * taps[1..].iter().map(|t| t * t).sum::<f64>();
    taps.iter().map(|t| (t / power.sqrt()) as f32).collect()
}

/// One level for each voxel of distance from the rotation axis, interpolated.
fn rings([_, ny, nx]: [usize; 3], grey: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let centre = [nx, ny].map(|n| 0.5 * (n as f64 - 1.0) + rng.random_range(-1.5..1.5));
    let furthest = (nx as f64).hypot(ny as f64).ceil() as usize + 4;
    let levels: Vec<f64> = (0..furthest)
        .map(|_| grey * rng.sample::<f64, _>(StandardNormal))
        .collect();
    (0..ny * nx)
        .map(|i| {
            let (x, y) = ((i % nx) as f64, (i / nx) as f64);
            let radius = (x - centre[0]).hypot(y - centre[1]);
            let inner = radius as usize;
            let outer_share = radius - inner as f64;
            // Interpolation lowers the variance by a third; 1.22 restores it.
            let level = levels[inner] * (1.0 - outer_share) + levels[inner + 1] * outer_share;
            (1.22 * level) as f32
        })
        .collect()
}
