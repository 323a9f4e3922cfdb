//! Training takes no more memory the longer it runs. Alone in its process, whose memory it reads.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]
#![cfg(target_os = "linux")]

use burn::tensor::{Device, Tensor};
use corelith_gpu::{Compute, test_context};
use corelith_unet::{Network, Optimizer, StepSize, burn_device};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

const WIDTH: usize = 4;
const SIDE: usize = 16;
/// Bytes of one of the many arrays that a step makes.
const ARRAY: usize = WIDTH * SIDE * SIDE * SIDE * size_of::<f32>();

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib << 10
}

/// What a device holds, in bytes: for the CPU this process, for a GPU what Burn has taken of it.
fn held(device: &Device) -> usize {
    match device.memory_pool_usage() {
        Some(usage) => usage.bytes_reserved as usize,
        None => resident(),
    }
}

/// Trains for `warm_up` steps, then for `steps` more; how many bytes the latter added.
fn growth(device: &Device, warm_up: usize, steps: usize) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut network = Network::new(WIDTH, 2, 3, &mut rng, &device.clone().autodiff());
    let mut optimizer = Optimizer::new(&network, device);
    let mut before = 0;
    for step in 0..warm_up + steps {
        if step == warm_up {
            before = held(device);
        }
        let input = Tensor::<5>::full([1, 1, SIDE, SIDE, SIDE], step as f32, device);
        let loss = network.forward(input.autodiff()).square().mean();
        network = optimizer.step(
            network,
            loss.backward(),
            StepSize {
                step,
                learning_rate: 1e-3,
                weight_decay: 0.01,
                gradient_norm: 1.0,
                mean_decay: 0.99,
            },
        );
        device.sync().unwrap();
    }
    held(device).saturating_sub(before)
}

#[test]
fn memory_stays_where_it_is_after_the_first_steps() {
    // An array that is kept every step, or every second, shows.
    let steps = 400;
    let found = growth(&Device::flex(), 50, steps);
    assert!(found < steps / 2 * ARRAY, "CPU: {found} bytes");
    let Some(context) = test_context() else {
        return;
    };
    let device = burn_device(&Compute::Gpu(context)).unwrap();
    let steps = 20;
    let found = growth(&device, 10, steps);
    assert!(found < steps / 2 * ARRAY, "GPU: {found} bytes");
}
