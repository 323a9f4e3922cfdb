//! Times the measuring of a large scan, and prints the most memory that the process took.
//!
//! `measure_speed [NZ NY NX]` (default 1000 1011 984 voxels, some 20,000 particles) makes a label
//! volume of ellipsoids in the cells of a grid, about half of the volume solid and many of them
//! touching, each of two banded minerals with pores, and measures it. `RAYON_NUM_THREADS` sets the
//! threads.

use std::hash::Hasher as _;
use std::time::Instant;

use corelith_core::{Mineral, Minerals, Silent};
use corelith_stats::measure::{Settings, measure};
#[path = "shared/clock.rs"]
mod clock;
#[path = "shared/ellipsoids.rs"]
mod ellipsoids;
#[path = "shared/memory.rs"]
mod memory;
#[path = "shared/shape.rs"]
mod shape;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shape = shape::shape_of_arguments("measure_speed")?;
    let (particles, phases) = ellipsoids::ellipsoids(shape, 0.0);

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
    let (processor, wall) = (clock::processor_seconds(), Instant::now());
    let found = measure(
        &particles,
        &phases,
        &minerals,
        &Settings::default(),
        &Silent,
    )?;
    let seconds = wall.elapsed().as_secs_f64();
    let processor = clock::processor_seconds() - processor;
    let mean_um3 = found.iter().map(|p| p.volume_um3).sum::<f64>() / found.len() as f64;
    let mean_um2 = found.iter().map(|p| p.surface_um2).sum::<f64>() / found.len() as f64;
    let mut checksum = rustc_hash::FxHasher::default();
    // All digits of all that was measured.
    checksum.write(format!("{found:?}").as_bytes());
    let checksum = checksum.finish();
    println!(
        "{} particles in {} x {} x {} voxels: {seconds:.1} s, {processor:.1} s of processor time, \
         at most {:.2} GB in memory; \
         mean volume {mean_um3:.0} um3, mean surface {mean_um2:.0} um2, checksum {:016x}",
        found.len(),
        shape[0],
        shape[1],
        shape[2],
        memory::peak_gb(),
        checksum
    );
    Ok(())
}
