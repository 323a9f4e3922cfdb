//! Exact distance transform: 128^3 voxels of blobs, one thread, all, and the adapter that `auto`
//! takes.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::hint::black_box;

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{Compute, DeviceChoice};
use corelith_stats::imaging::distance::{squared_distance, squared_distance_gpu};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const SIDE: usize = 128;

/// Smooth blobs, about half of them solid, of the size of particles.
fn blobs() -> Volume<u8> {
    let wave = |v: usize, f: f64| (v as f64 * f).sin();
    Volume::from_fn([SIDE; 3], Spacing::isotropic(1.0), |x, y, z| {
        let sum = wave(x, 0.11) * wave(y, 0.09) + wave(y, 0.12) * wave(z, 0.1) + wave(z, 0.11);
        u8::from(sum > 0.0)
    })
}

fn distance(criterion: &mut Criterion) {
    let mask = blobs();
    let mut group = criterion.benchmark_group("distance");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(mask.len() as u64));
    let run = || squared_distance(black_box(&mask), &Silent).unwrap();
    group.bench_function("all threads", |b| b.iter(run));
    let one_thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    group.bench_function("one thread", |b| one_thread.install(|| b.iter(run)));
    if let Ok(Compute::Faster(gpu)) = Compute::select(DeviceChoice::Auto) {
        let most = gpu.max_binding_bytes();
        group.bench_function(gpu.name(), |b| {
            b.iter(|| squared_distance_gpu(black_box(&mask), &Silent, &gpu, most).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, distance);
criterion_main!(benches);
