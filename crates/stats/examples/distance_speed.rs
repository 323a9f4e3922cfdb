//! Times the distance transform of a raw mask, for `benches/peers/distances.py`.
//!
//! `distance_speed RAW NZ NY NX OUT` reads bytes, x fastest, prints the processor time in seconds
//! and the wall time, and writes the squared distances as 32 bit floats. `RAYON_NUM_THREADS` sets
//! the threads.

use corelith_core::{Silent, Spacing, Volume};
use corelith_stats::imaging::distance::squared_distance;

#[path = "shared/clock.rs"]
mod clock;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [raw, nz, ny, nx, out] = arguments.as_slice() else {
        return Err("distance_speed RAW NZ NY NX OUT".into());
    };
    let shape = [nz.parse()?, ny.parse()?, nx.parse()?];
    let mask = Volume::new(std::fs::read(raw)?, shape, Spacing::isotropic(1.0))?;
    let (processor, wall) = (clock::processor_seconds(), std::time::Instant::now());
    let found = squared_distance(&mask, &Silent)?;
    println!(
        "{} {}",
        clock::processor_seconds() - processor,
        wall.elapsed().as_secs_f64()
    );
    std::fs::write(out, bytemuck::cast_slice(found.data()))?;
    Ok(())
}
