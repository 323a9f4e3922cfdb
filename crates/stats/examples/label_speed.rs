//! Times connected component labelling of a raw volume, for `benches/peers/cc3d_golden.py time`.
//!
//! `label_speed RAW NZ NY NX CONNECTIVITY binary|multi|statistics REPEATS` reads bytes, x fastest,
//! and prints the least processor time of a repeat in seconds, and the least wall time;
//! `statistics` times those of the labels alone. `RAYON_NUM_THREADS` sets the threads.

use corelith_core::{Silent, Spacing, Volume};
use corelith_stats::imaging::components::{Connectivity, Values, label, statistics};

#[path = "shared/clock.rs"]
mod clock;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [raw, nz, ny, nx, connectivity, task, repeats] = arguments.as_slice() else {
        return Err("label_speed RAW NZ NY NX CONNECTIVITY binary|multi|statistics REPEATS".into());
    };
    let shape = [nz.parse()?, ny.parse()?, nx.parse()?];
    let volume = Volume::new(std::fs::read(raw)?, shape, Spacing::isotropic(1.0))?;
    let connectivity = match connectivity.as_str() {
        "6" => Connectivity::Six,
        "18" => Connectivity::Eighteen,
        _ => Connectivity::TwentySix,
    };
    let values = match task.as_str() {
        "multi" => Values::Multi,
        _ => Values::Binary,
    };
    let labelled = match task.as_str() {
        "statistics" => Some(label(&volume, connectivity, values, &Silent)?.labels),
        _ => None,
    };
    let mut best = (f64::INFINITY, f64::INFINITY);
    for _ in 0..repeats.parse()? {
        let (processor, wall) = (clock::processor_seconds(), std::time::Instant::now());
        // Released after the clocks are read.
        let (found, measured);
        if let Some(labels) = &labelled {
            measured = statistics(labels);
            std::hint::black_box(&measured);
        } else {
            found = label(&volume, connectivity, values, &Silent)?;
            std::hint::black_box(&found);
        }
        let (processor, wall) = (
            clock::processor_seconds() - processor,
            wall.elapsed().as_secs_f64(),
        );
        best = (best.0.min(processor), best.1.min(wall));
    }
    println!("{} {}", best.0, best.1);
    Ok(())
}
