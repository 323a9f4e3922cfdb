//! Connected components: 256^3 voxels, binary and multi-label, one thread, all, and the GPU: with
//! the ways to and from it, and its kernels alone by timestamp queries.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::hint::black_box;
use std::time::Duration;

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{DeviceChoice, GpuContext};
use corelith_stats::imaging::components::{
    Connectivity, Values, label, label_gpu, label_with_statistics_gpu, statistics,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Smooth blobs, about half of them solid, of the size of particles.
fn blobs(n: usize) -> Volume<u8> {
    Volume::from_fn([n; 3], Spacing::isotropic(1.0), |x, y, z| {
        let wave = |v: usize, f: f64, p: f64| (v as f64 * f + p).sin();
        let sum = wave(x, 0.21, 0.3) * wave(y, 0.17, 1.1)
            + wave(y, 0.23, 0.7) * wave(z, 0.19, 2.0)
            + wave(z, 0.22, 0.1) * wave(x, 0.16, 0.5);
        if sum > 0.1 { 1 + (x / 64 % 3) as u8 } else { 0 }
    })
}

/// Independent voxels, half of them set.
fn noise(n: usize) -> Volume<u8> {
    let mut state = 1u64;
    Volume::from_fn([n; 3], Spacing::isotropic(1.0), |_, _, _| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 63) as u8
    })
}

fn labels(c: &mut Criterion) {
    let n = 256;
    let mut group = c.benchmark_group("label");
    group
        .sample_size(10)
        .throughput(Throughput::Elements((n * n * n) as u64));
    let one_thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let gpu = GpuContext::open(DeviceChoice::Auto).ok();
    for (name, volume) in [("blobs", blobs(n)), ("noise", noise(n))] {
        for (connectivity, neighbours) in [(Connectivity::Six, 6), (Connectivity::TwentySix, 26)] {
            for values in [Values::Binary, Values::Multi] {
                let id = |device: &str| {
                    BenchmarkId::new(device, format!("{name} {neighbours} {values:?}"))
                };
                let run = || label(black_box(&volume), connectivity, values, &Silent).unwrap();
                group.bench_function(id("all threads"), |b| b.iter(run));
                group.bench_function(id("one thread"), |b| {
                    one_thread.install(|| b.iter(run));
                });
                if let Some(gpu) = &gpu {
                    let run = || {
                        label_gpu(black_box(&volume), connectivity, values, &Silent, gpu).unwrap()
                    };
                    group.bench_function(id(&gpu.name()), |b| b.iter(run));
                    group.bench_function(id(&format!("{} kernels", gpu.name())), |b| {
                        b.iter_custom(|repeats| {
                            (0..repeats)
                                .flat_map(|_| gpu.time_kernels(run).1)
                                .map(|time| time.duration)
                                .sum::<Duration>()
                        });
                    });
                }
            }
        }
    }
    group.finish();
}

/// Sums over the voxels of every component.
fn sums(c: &mut Criterion) {
    let n = 256;
    let mut group = c.benchmark_group("statistics");
    group
        .sample_size(10)
        .throughput(Throughput::Elements((n * n * n) as u64));
    let volume = blobs(n);
    let (connectivity, values) = (Connectivity::Six, Values::Multi);
    let Ok(labels) = label(&volume, connectivity, values, &Silent) else {
        return;
    };
    let run = || statistics(black_box(&labels.labels));
    group.bench_function("all threads", |b| b.iter(run));
    if let Ok(gpu) = GpuContext::open(DeviceChoice::Auto) {
        let run = || label_with_statistics_gpu(&volume, connectivity, values, &Silent, &gpu, n);
        group.bench_function(format!("{} kernel", gpu.name()), |b| {
            b.iter_custom(|repeats| {
                (0..repeats)
                    .flat_map(|_| gpu.time_kernels(|| black_box(run().is_ok())).1)
                    .filter(|time| time.stem == "label_statistics")
                    .map(|time| time.duration)
                    .sum::<Duration>()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, labels, sums);
criterion_main!(benches);
