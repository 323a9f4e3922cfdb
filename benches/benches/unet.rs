//! The network of `benches/peers/torch_unet.py`: width 16, 3 levels, one patch of 64^3 voxels.

use std::hint::black_box;

use burn::module::Module as _;
use burn::tensor::{Device, Distribution, Tensor};
use corelith_unet::{Network, conv};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

const SIDE: usize = 64;

fn random(shape: [usize; 5], device: &Device) -> Tensor<5> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), device)
}

fn convolution(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conv3d");
    for channels in [[16, 16], [32, 16], [32, 32]] {
        let [ci, co] = channels;
        let device = Device::flex();
        let x = random([1, ci, SIDE, SIDE, SIDE], &device);
        let weight = random([co, ci, 3, 3, 3], &device);
        // Elements are multiply-adds, so that half of the arithmetic rate is shown.
        group.throughput(Throughput::Elements((27 * ci * co * SIDE.pow(3)) as u64));
        group.bench_function(format!("{ci}_to_{co}"), |b| {
            b.iter(|| black_box(conv(x.clone(), weight.clone())));
        });
    }
    group.finish();
}

fn network(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("unet");
    group.sample_size(10);
    let device = Device::flex();
    let network =
        |device: &Device| Network::new(16, 3, 6, &mut ChaCha8Rng::seed_from_u64(1), device);
    let patch = random([1, 1, SIDE, SIDE, SIDE], &device);
    let frozen = network(&device).no_grad();
    group.bench_function("infer", |b| {
        b.iter(|| black_box(frozen.forward(patch.clone())));
    });
    let training = network(&device.clone().autodiff());
    group.bench_function("forward_backward", |b| {
        b.iter(|| {
            let out = training.forward(patch.clone().autodiff());
            black_box(out.square().mean().backward())
        });
    });
    group.finish();
}

criterion_group!(benches, convolution, network);
criterion_main!(benches);
