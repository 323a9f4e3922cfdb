//! What voxels differ by from the level of their matter.

use corelith_core::Volume;
use rayon::prelude::*;

use super::super::cubes::{Cubes, REACH_VOX, cube};
use super::super::levels::Levels;
use super::super::shading::Shading;

/// About as many voxels are looked at.
const VOXELS: f64 = 24e6;

/// Share of the slices between the lower and the upper part of the volume that belongs to neither:
/// few particles shall be in both.
const GAP: f64 = 0.1;

/// A column of voxels along z.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixel {
    /// `[y, x]`, voxels.
    pub place: [f64; 2],
    /// Voxels that count, in the lower and the upper part of the volume.
    pub voxels: [f64; 2],
    /// Sums of what they differ by, in greys.
    pub sums: [f64; 2],
}

/// Columns in which voxels lie in one kind of matter.
pub(super) struct Residuals {
    /// `[ny, nx]`.
    pub shape: [usize; 2],
    pub pixels: Vec<Pixel>,
    /// Standard deviation of a voxel, in greys.
    pub noise: f64,
}

impl Residuals {
    /// Those of a volume without its shading; `None` where there is no such voxel.
    pub fn of(volume: &Volume<u16>, cubes: &Cubes, shading: Option<&Shading>) -> Option<Self> {
        let unshaded = cubes.unshaded(shading);
        let levels = Levels::of(&unshaded)?;
        let modes = levels.density.modes();
        let [nz, ny, nx] = volume.shape();
        let end = nz.saturating_sub(REACH_VOX);
        let step = (volume.len() as f64 / VOXELS).ceil() as usize;
        let inner = |n: usize| REACH_VOX..n.saturating_sub(REACH_VOX);
        let rows: Vec<(Vec<Pixel>, f64)> = inner(ny)
            .into_par_iter()
            .map(|y| {
                let mut squares = 0.0;
                let mut pixels: Vec<Pixel> = (0..nx)
                    .map(|x| Pixel {
                        place: [y as f64, x as f64],
                        voxels: [0.0; 2],
                        sums: [0.0; 2],
                    })
                    .collect();
                for z in (REACH_VOX..end).step_by(step.max(1)) {
                    let at = (z as f64 + 0.5) / nz as f64 - 0.5;
                    if at.abs() < 0.5 * GAP {
                        continue;
                    }
                    let part = usize::from(at > 0.0);
                    let shading = shading.map(|shading| shading.row([z, y]));
                    let flat = |x: usize, grey: f64| match &shading {
                        Some(shading) => shading.unshaded(x, grey),
                        None => grey,
                    };
                    for x in inner(nx) {
                        let cube = cube(volume, [z, y, x]);
                        let Some(cube) = cube.filter(|cube| cube.is_even(cubes.noise)) else {
                            continue;
                        };
                        let level = modes.of(flat(x, cube.mean));
                        let off = flat(x, f64::from(volume.at(x, y, z))) - level;
                        pixels[x].voxels[part] += 1.0;
                        pixels[x].sums[part] += off;
                        squares += off * off;
                    }
                }
                pixels.retain(|pixel| pixel.voxels != [0.0; 2]);
                (pixels, squares)
            })
            .collect();
        let squares: f64 = rows.iter().map(|(_, squares)| squares).sum();
        let pixels: Vec<Pixel> = rows.into_iter().flat_map(|(pixels, _)| pixels).collect();
        let voxels: f64 = pixels.iter().flat_map(|pixel| pixel.voxels).sum();
        (voxels > 0.0).then(|| Self {
            shape: [ny, nx],
            noise: (squares / voxels).sqrt(),
            pixels,
        })
    }
}
