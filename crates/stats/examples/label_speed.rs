//! Times connected component labelling of a raw volume, for `benches/peers/cc3d_golden.py time`.
//!
//! `label_speed RAW NZ NY NX CONNECTIVITY binary|multi REPEATS` reads bytes, x fastest, and prints
//! the processor time of the fastest repeat in seconds, and its wall time. `RAYON_NUM_THREADS` sets
//! the threads.

use corelith_core::{Silent, Spacing, Volume};
use corelith_stats::components::{Connectivity, Values, label};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [raw, nz, ny, nx, connectivity, values, repeats] = arguments.as_slice() else {
        return Err("label_speed RAW NZ NY NX CONNECTIVITY binary|multi REPEATS".into());
    };
    let shape = [nz.parse()?, ny.parse()?, nx.parse()?];
    let volume = Volume::new(std::fs::read(raw)?, shape, Spacing::isotropic(1.0))?;
    let connectivity = match connectivity.as_str() {
        "6" => Connectivity::Six,
        "18" => Connectivity::Eighteen,
        _ => Connectivity::TwentySix,
    };
    let values = match values.as_str() {
        "multi" => Values::Multi,
        _ => Values::Binary,
    };
    let mut best = (f64::INFINITY, f64::INFINITY);
    for _ in 0..repeats.parse()? {
        let (processor, wall) = (processor_seconds(), std::time::Instant::now());
        let found = label(&volume, connectivity, values, &Silent)?;
        let (processor, wall) = (
            processor_seconds() - processor,
            wall.elapsed().as_secs_f64(),
        );
        std::hint::black_box(found.count);
        best = (best.0.min(processor), best.1.min(wall));
    }
    println!("{} {}", best.0, best.1);
    Ok(())
}

/// Seconds that the threads of this process have run, where the system says so.
fn processor_seconds() -> f64 {
    std::fs::read_dir("/proc/self/task").map_or(f64::NAN, |tasks| {
        let nanoseconds = |task: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            stat.split(' ').next()?.parse::<f64>().ok()
        };
        tasks.flatten().filter_map(nanoseconds).sum::<f64>() * 1e-9
    })
}
