use corelith_core::{Spacing, Volume};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Voxels of a cell along each axis.
const CELL: f64 = 36.5;

/// A particle: middle, semi-axes and direction across the bands.
struct Ellipsoid {
    middle: [f64; 3],
    axes: [f64; 3],
    across: [f64; 3],
}

/// Labels and phases of ellipsoids in the cells of a grid, about half of the volume solid and many
/// of them touching, each of two banded minerals (1 and 2) with pores (0).
///
/// `roughness` is how far their surfaces scatter from voxel to voxel, as a share of the radius.
pub fn ellipsoids(shape: [usize; 3], roughness: f64) -> (Volume<u32>, Volume<u8>) {
    let cells = shape.map(|n| (n as f64 / CELL).ceil() as usize);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let bodies: Vec<Ellipsoid> = (0..cells.iter().product::<usize>())
        .map(|_| Ellipsoid {
            middle: [(); 3].map(|()| CELL / 2.0 + random.random_range(-3.0..3.0)),
            axes: [(); 3].map(|()| random.random_range(13.0..20.0)),
            across: [(); 3].map(|()| random.random_range(-1.0..1.0)),
        })
        .collect();

    let spacing = Spacing::isotropic(2.296);
    let mut particles = Volume::filled(shape, spacing, 0u32);
    let mut phases = Volume::filled(shape, spacing, 0u8);
    let [_, ny, nx] = shape;
    particles
        .data_mut()
        .par_chunks_mut(nx)
        .zip(phases.data_mut().par_chunks_mut(nx))
        .enumerate()
        .for_each(|(row, (particles, phases))| {
            let place = |at: usize| {
                let cell = (at as f64 / CELL) as usize;
                (cell, at as f64 - cell as f64 * CELL)
            };
            let ((cell_z, z), (cell_y, y)) = (place(row / ny), place(row % ny));
            for (x, (particle, phase)) in particles.iter_mut().zip(phases).enumerate() {
                let at = (row * nx + x) as u64;
                let (cell_x, x) = place(x);
                let id = (cell_z * cells[1] + cell_y) * cells[2] + cell_x;
                let body = &bodies[id];
                let from_middle = [x, y, z]
                    .into_iter()
                    .zip(body.middle)
                    .map(|(at, middle)| at - middle);
                let radius: f64 = from_middle
                    .clone()
                    .zip(body.axes)
                    .map(|(d, axis)| (d / axis).powi(2))
                    .sum();
                if radius <= 1.0 + roughness * (2.0 * scatter(at) - 1.0) {
                    *particle = id as u32 + 1;
                    let band: f64 = from_middle.zip(body.across).map(|(d, a)| d * a).sum();
                    *phase = match (band * 0.6).sin() {
                        wave if wave > 0.997 => 0,
                        wave if wave > 0.0 => 1,
                        _ => 2,
                    };
                }
            }
        });
    (particles, phases)
}

/// A number from 0 to 1 that a voxel has by its position.
pub fn scatter(at: u64) -> f64 {
    let mixed = (at ^ 0x9e37_79b9).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (mixed >> 40) as f64 / (1u64 << 24) as f64
}
