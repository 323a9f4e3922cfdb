//! Joint histograms for a batch of poses: nanoseconds a sample and pose, on the CPU and on the
//! adapter that `auto` takes.

use corelith_core::CtFromMap;
use corelith_gpu::{Compute, DeviceChoice};
use corelith_registration::joint_histogram::{CpuVolume, FixedPose, GpuVolume};
use corelith_registration::{QuantisedVolume, Samples};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const SIDE: usize = 96;
const SAMPLES: i32 = 64;
const POSES: usize = 256;

fn joint_histogram(criterion: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let greys = (0..SIDE * SIDE * SIDE).map(|_| rng.random()).collect();
    let Ok(volume) = QuantisedVolume::from_bytes(greys, [SIDE; 3], 1) else {
        return;
    };
    let half = SAMPLES / 2;
    let samples = Samples::pack(
        0,
        0,
        (0..SAMPLES * SAMPLES).map(|i| (i % SAMPLES - half, i / SAMPLES - half, (i % 6) as u32)),
    );
    let middle = SIDE as f64 / 2.0;
    let poses: Vec<FixedPose> = (0..POSES)
        .map(|i| {
            let (s, c) = (i as f64).to_radians().sin_cos();
            let pose = CtFromMap::from([
                [0.9 * c, -0.9 * s, middle],
                [0.9 * s, 0.9 * c, middle],
                [0.05, 0.02, middle],
            ]);
            FixedPose::new(&pose, &samples, 1)
        })
        .collect();
    let mut group = criterion.benchmark_group("joint_histogram");
    group.throughput(Throughput::Elements((samples.len() * poses.len()) as u64));
    let in_cells = CpuVolume::new(&volume);
    group.bench_function("cpu", |b| b.iter(|| in_cells.histograms(&samples, &poses)));
    if let Ok(Compute::Faster(context)) = Compute::select(DeviceChoice::Auto)
        && let Ok(on_device) = GpuVolume::new(&context, &volume, context.max_binding_bytes())
    {
        group.bench_function(context.name(), |b| {
            b.iter(|| on_device.histograms(&samples, &poses, POSES));
        });
    }
    group.finish();
}

criterion_group!(benches, joint_histogram);
criterion_main!(benches);
