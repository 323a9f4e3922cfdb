//! Times the network of `benches/peers/torch_unet.py`, and prints the same figures.
//!
//! `network_speed [REPEATS] [DEVICE]`: width 16, 3 levels, one patch of 64^3 voxels, on the CPU or
//! another device of `corelith devices`. `RAYON_NUM_THREADS` sets the threads.

use std::time::Instant;

use burn::module::Module as _;
use burn::tensor::{Device, Distribution, Tensor};
use corelith_gpu::{Compute, DeviceChoice};
use corelith_unet::{Network, Optimizer, StepSize, burn_device};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repeats: usize = std::env::args().nth(1).map_or(Ok(10), |n| n.parse())?;
    let choice = std::env::args()
        .nth(2)
        .map_or(Ok(DeviceChoice::Cpu), |name| name.parse())?;
    let compute = Compute::select(choice)?;
    let device = burn_device(&compute)?;
    println!("{}", compute.name());
    let network =
        |device: &Device| Network::new(16, 3, 6, &mut ChaCha8Rng::seed_from_u64(1), device);
    let patch = Tensor::<5>::random([1, 1, 64, 64, 64], Distribution::Default, &device);

    let frozen = network(&device).no_grad();
    report("infer", repeats, || {
        std::hint::black_box(frozen.forward(patch.clone()));
        device.sync().ok();
    });

    let mut training = network(&device.clone().autodiff());
    let mut optimizer = Optimizer::new(&training, &device);
    report("train_step", repeats, || {
        let out = training.forward(patch.clone().autodiff());
        let gradients = out.square().mean().backward();
        training = optimizer.step(
            training.clone(),
            gradients,
            StepSize {
                step: 100,
                learning_rate: 1e-3,
                weight_decay: 0.01,
                gradient_norm: 1.0,
                mean_decay: 0.99,
            },
        );
        device.sync().ok();
    });
    Ok(())
}

/// Runs `work` once, then `repeats` times, and prints the shortest times.
fn report(name: &str, repeats: usize, mut work: impl FnMut()) {
    work();
    let mut best = (f64::INFINITY, f64::INFINITY);
    for _ in 0..repeats {
        let (processor, wall) = (processor_seconds(), Instant::now());
        work();
        best.0 = best.0.min(processor_seconds() - processor);
        best.1 = best.1.min(wall.elapsed().as_secs_f64());
    }
    println!("{name}: processor {:.4} s, wall {:.4} s", best.0, best.1);
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
