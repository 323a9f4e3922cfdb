//! Times the measuring of a large scan, and prints the most memory that the process took.
//!
//! `measure_speed [NZ NY NX]` (default 1000 1011 984 voxels, some 20,000 particles) makes a label
//! volume of ellipsoids in the cells of a grid, about half of the volume solid and many of them
//! touching, each of two banded minerals with pores, and measures it. `RAYON_NUM_THREADS` sets the
//! threads.

use std::time::Instant;

use corelith_core::{Mineral, Minerals, Silent, Spacing, Volume};
use corelith_stats::measure::{Settings, measure};
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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sides: Vec<usize> = std::env::args()
        .skip(1)
        .map(|n| n.parse())
        .collect::<Result<_, _>>()?;
    let shape = match sides.as_slice() {
        [] => [1000, 1011, 984],
        &[nz, ny, nx] => [nz, ny, nx],
        _ => return Err("measure_speed [NZ NY NX]".into()),
    };
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
                if radius <= 1.0 {
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

    let row = |name: &str, grey: u8| Mineral {
        name: name.to_owned(),
        rgb: [grey; 3],
        density_g_cm3: Some(3.0),
    };
    let minerals = Minerals::new(
        vec![
            row("Resin", 0),
            row("A", 1),
            row("B", 2),
            row("C", 3),
            row("D", 4),
            row("E", 5),
        ],
        "Resin",
    )?;
    let began = Instant::now();
    let found = measure(
        &particles,
        &phases,
        &minerals,
        &Settings::default(),
        &Silent,
    )?;
    let seconds = began.elapsed().as_secs_f64();
    let mean_um3 = found.iter().map(|p| p.volume_um3).sum::<f64>() / found.len() as f64;
    let mean_um2 = found.iter().map(|p| p.surface_um2).sum::<f64>() / found.len() as f64;
    println!(
        "{} particles in {} x {} x {} voxels: {seconds:.1} s, at most {} in memory; \
         mean volume {mean_um3:.0} um3, mean surface {mean_um2:.0} um2",
        found.len(),
        shape[0],
        shape[1],
        shape[2],
        peak_memory()
    );
    Ok(())
}

/// The most memory that this process held, where the system says so.
fn peak_memory() -> String {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
            Some(format!("{:.2} GB", kibibytes * 1024e-9))
        })
        .unwrap_or_else(|| "an unknown amount".to_owned())
}
