//! Times taking the particles of a large scan apart and reassigning their weak regions, and prints
//! the most memory that each step took, what it was given included.
//!
//! `separation_speed [NZ NY NX]` (default 1000 1011 984 voxels, some 20,000 particles) does both on
//! ellipsoids with rough surfaces, one voxel in 200 of another mineral. A checksum of the result
//! tells whether two programs give the same. `RAYON_NUM_THREADS` sets the threads.

use std::hash::Hasher as _;
use std::time::Instant;

use corelith_core::{Silent, Volume};
use corelith_gpu::Compute;
use corelith_stats::imaging::separation::{Settings, separate_with_doubts};
use corelith_stats::imaging::weak_regions::{self, LogOdds, reassign_weak_regions};

#[path = "shared/clock.rs"]
mod clock;
#[path = "shared/ellipsoids.rs"]
mod ellipsoids;
#[path = "shared/memory.rs"]
mod memory;
#[path = "shared/shape.rs"]
mod shape;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shape = shape::shape_of_arguments("separation_speed")?;
    let (particles, mut phases) = ellipsoids::ellipsoids(shape, 0.08);
    let mut mask = Volume::filled(shape, particles.spacing(), 0u8);
    let mut steps = mask.clone();
    for (at, &particle) in particles.data().iter().enumerate() {
        mask.data_mut()[at] = u8::from(particle != 0);
        let scatter = ellipsoids::scatter(!(at as u64));
        steps.data_mut()[at] = (scatter * 255.0) as u8;
        if particle != 0 && scatter < 0.005 {
            phases.data_mut()[at] = 3;
        }
    }
    drop(particles);

    let mut separated = step("separate", || {
        separate_with_doubts(&Compute::Cpu, mask, None, &Settings::default(), &Silent)
    })?;
    println!(
        "  {} particles, {} of them doubtful, checksum {:016x}",
        separated.particles.data().iter().max().unwrap_or(&0),
        separated.doubtful.len(),
        checksum(separated.particles.data())
    );
    let log_odds = LogOdds {
        steps: &steps,
        step_nats: 1.0 / 32.0,
    };
    let settings = weak_regions::Settings::default();
    step("weak regions", || {
        let particles = &mut separated.particles;
        reassign_weak_regions(&mut phases, particles, 0, log_odds, &settings, &Silent)
    })?;
    println!(
        "  checksums {:016x} {:016x}",
        checksum(separated.particles.data()),
        checksum(phases.data())
    );
    Ok(())
}

/// Prints what a step takes.
fn step<T>(name: &str, step: impl FnOnce() -> T) -> T {
    memory::forget_peak();
    let (processor, wall) = (clock::processor_seconds(), Instant::now());
    let result = step();
    println!(
        "{name}: {:.1} s, {:.1} s of processor time, at most {:.2} GB",
        wall.elapsed().as_secs_f64(),
        clock::processor_seconds() - processor,
        memory::peak_gb()
    );
    result
}

fn checksum<T: bytemuck::NoUninit>(values: &[T]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytemuck::cast_slice(values));
    hasher.finish()
}
