//! The network of `benches/peers/torch_unet.py`: width 16, 3 levels, one patch of 64^3 voxels; and
//! its convolutions and norm alone; a random forest. On the CPU and on the adapter that `auto` takes.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::hint::black_box;

use burn::module::Module as _;
use burn::tensor::{Device, Distribution, Tensor};
use corelith_core::{PlacedMap, Raster, Silent, Spacing, Volume};
use corelith_gpu::{Compute, DeviceChoice};
use corelith_unet::{
    Classes, Forest, Network, Optimizer, Scan, SegmentSettings, StepSize, burn_device, conv,
    norm_activation, pointwise, pretrained_phases, segment,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

const SIDE: usize = 64;

/// Name and device of the CPU, and of a GPU when there is one.
fn devices() -> Vec<(String, Device)> {
    let mut devices = vec![("cpu".to_owned(), Device::flex())];
    if let Ok(compute @ Compute::Faster(_)) = Compute::select(DeviceChoice::Auto)
        && let Ok(device) = burn_device(&compute)
    {
        devices.push((compute.name(), device));
    }
    devices
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), device)
}

/// Waits for the device; an error shows as a time that cannot be true.
fn wait(device: &Device) {
    black_box(device.sync()).ok();
}

fn layers(criterion: &mut Criterion) {
    for (name, device) in devices() {
        let tracked = device.clone().autodiff();
        let mut group = criterion.benchmark_group(format!("conv3d/{name}"));
        for [ci, co] in [[1, 16], [16, 16], [32, 16], [32, 32]] {
            let x = random([1, ci, SIDE, SIDE, SIDE], &tracked);
            let weight = random([co, ci, 3, 3, 3], &tracked);
            // Elements are multiply-adds, so that half of the arithmetic rate is shown.
            let products = (27 * ci * co * SIDE.pow(3)) as u64;
            group.throughput(Throughput::Elements(products));
            group.bench_function(format!("{ci}_to_{co}"), |b| {
                b.iter(|| {
                    black_box(conv(x.clone(), weight.clone()));
                    wait(&device);
                });
            });
            group.throughput(Throughput::Elements(3 * products));
            let (x, weight) = (x.require_grad(), weight.require_grad());
            group.bench_function(format!("{ci}_to_{co}_with_gradients"), |b| {
                b.iter(|| {
                    black_box(conv(x.clone(), weight.clone()).backward());
                    wait(&device);
                });
            });
        }
        group.finish();

        let mut group = criterion.benchmark_group(format!("pointwise/{name}"));
        for [ci, co] in [[16, 6], [128, 32]] {
            let x = random([1, ci, SIDE, SIDE, SIDE], &tracked).require_grad();
            let weight = random([co, ci], &tracked).require_grad();
            let bias = random([co], &tracked).require_grad();
            group.throughput(Throughput::Elements(3 * (ci * co * SIDE.pow(3)) as u64));
            group.bench_function(format!("{ci}_to_{co}_with_gradients"), |b| {
                b.iter(|| {
                    let out = pointwise(x.clone(), weight.clone(), bias.clone());
                    black_box(out.backward());
                    wait(&device);
                });
            });
        }
        group.finish();

        let mut group = criterion.benchmark_group(format!("norm/{name}"));
        let x = random([1, 16, SIDE, SIDE, SIDE], &tracked).require_grad();
        let (gamma, beta) = (random([16], &tracked), random([16], &tracked));
        let (gamma, beta) = (gamma.require_grad(), beta.require_grad());
        group.throughput(Throughput::Elements((16 * SIDE.pow(3)) as u64));
        group.bench_function("forward", |b| {
            b.iter(|| {
                black_box(norm_activation(x.clone(), gamma.clone(), beta.clone()));
                wait(&device);
            });
        });
        group.bench_function("with_gradients", |b| {
            b.iter(|| {
                let out = norm_activation(x.clone(), gamma.clone(), beta.clone());
                black_box(out.backward());
                wait(&device);
            });
        });
        group.finish();
    }
}

fn network(criterion: &mut Criterion) {
    for (name, device) in devices() {
        let mut group = criterion.benchmark_group(format!("unet/{name}"));
        group.sample_size(10);
        let network =
            |device: &Device| Network::new(16, 3, 6, &mut ChaCha8Rng::seed_from_u64(1), device);
        let patch = random([1, 1, SIDE, SIDE, SIDE], &device);
        let frozen = network(&device).no_grad();
        group.bench_function("infer", |b| {
            b.iter(|| {
                black_box(frozen.forward(patch.clone()));
                wait(&device);
            });
        });
        let mut training = Some(network(&device.clone().autodiff()));
        let mut optimizer = Optimizer::new(training.as_ref().unwrap(), &device);
        group.bench_function("train_step", |b| {
            b.iter(|| {
                let network = training.take().unwrap();
                let out = network.forward(patch.clone().autodiff());
                let gradients = out.square().mean().backward();
                training = Some(optimizer.step(
                    network,
                    gradients,
                    StepSize {
                        step: 100,
                        learning_rate: 1e-3,
                        weight_decay: 0.01,
                        gradient_norm: 1.0,
                        mean_decay: 0.99,
                    },
                ));
                wait(&device);
            });
        });
        group.finish();
    }
}

/// 1 in every other cube.
fn is_solid(x: usize, y: usize, z: usize) -> usize {
    (x / 16 + y / 16 + z / 16) % 2
}

/// Cubes and noise.
fn cubes() -> Volume<u16> {
    Volume::from_fn([96; 3], Spacing::isotropic(2.3), |x, y, z| {
        let noise = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 1023;
        (9000 + 9000 * is_solid(x, y, z) + noise) as u16
    })
}

/// The processor, and the adapter that `auto` takes.
fn computes() -> Vec<Compute> {
    let gpu = Compute::select(DeviceChoice::Auto)
        .ok()
        .and_then(|compute| compute.gpu().cloned());
    [Compute::Cpu]
        .into_iter()
        .chain(gpu.map(Compute::Gpu))
        .collect()
}

/// The cubes, segmented by the shipped network.
fn segmentation(criterion: &mut Criterion) {
    let ct = cubes();
    let scan = Scan::measure(&ct).unwrap();
    let model = pretrained_phases().unwrap();
    let mut group = criterion.benchmark_group("segmentation");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ct.len() as u64));
    for compute in computes() {
        group.bench_function(compute.name(), |b| {
            b.iter(|| {
                segment(
                    &scan,
                    &model,
                    &SegmentSettings::default(),
                    &compute,
                    &Silent,
                )
            });
        });
    }
    group.finish();
}

/// The cubes, segmented by a forest that learned from one of their slices.
fn forest(criterion: &mut Criterion) {
    let ct = cubes();
    let scan = Scan::measure(&ct).unwrap();
    let map = PlacedMap {
        name: "map".to_owned(),
        coords_vox: [
            Raster::from_fn(96, 96, |column, _| column as f32),
            Raster::from_fn(96, 96, |_, row| row as f32),
            Raster::filled(96, 96, 40.0),
        ],
        classes: Raster::from_fn(96, 96, |column, row| is_solid(column, row, 40) as u8),
        pixel_um: 2.3,
    };
    let classes = Classes {
        names: ["resin", "mineral"].map(str::to_owned).to_vec(),
        background: 0,
    };
    let forest = Forest::train(&scan, &[map], &classes, 1, &Silent).unwrap();
    let mut group = criterion.benchmark_group("forest");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ct.len() as u64));
    for compute in computes() {
        group.bench_function(compute.name(), |b| {
            b.iter(|| forest.segment(&scan, &compute, &Silent));
        });
    }
    group.finish();
}

criterion_group!(benches, layers, network, segmentation, forest);
criterion_main!(benches);
