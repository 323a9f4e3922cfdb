//! Instructions that steps on the processor take, on one thread, counted by Valgrind: times tell of the machine
//! and of what else runs there, counts of the code alone.
//!
//! A step that takes a tenth more than `instructions.csv` says fails. `CORELITH_WRITE_INSTRUCTIONS=yes` writes
//! the table anew; `CORELITH_TEST_VALGRIND=no` leaves this out.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_core::{CtFromMap, PlacedMap, Raster, Silent, Spacing, Volume};
use corelith_gpu::Compute;
use corelith_registration::joint_histogram::{CpuVolume, FixedPose};
use corelith_registration::{QuantisedVolume, Samples};
use corelith_stats::imaging::components::{Connectivity, Values, label, statistics};
use corelith_stats::imaging::distance::squared_distance;
use corelith_stats::imaging::separation::{self, separate};
use corelith_unet::{Classes, Forest, Network, Optimizer, Scan, StepSize};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// How much more than the table says is too much.
const MARGIN: f64 = 1.1;

/// Names a step for the process that Valgrind runs.
const STEP: &str = "CORELITH_COUNTED_STEP";
/// How often that process does it.
const TIMES: &str = "CORELITH_COUNTED_TIMES";

/// A step: makes ready what it works on, and does it so many times.
type Step = fn(usize);

const STEPS: [(&str, Step); 9] = [
    ("components, 26 neighbours, 96^3", |times| {
        components(Values::Binary, times);
    }),
    ("components by value, 26 neighbours, 96^3", |times| {
        components(Values::Multi, times);
    }),
    ("sizes and centres, 96^3", sizes),
    ("distances, 64^3", distances),
    ("touching particles taken apart, 64^3", apart),
    ("joint histograms, 32 poses", histograms),
    ("the network applied, 24^3", inference),
    ("a training step, 16^3", training),
    ("the forest applied, 24^3", forest),
];

/// Smooth blobs of three values, about half of them solid.
fn blobs(side: usize) -> Volume<u8> {
    Volume::from_fn([side; 3], Spacing::isotropic(1.0), |x, y, z| {
        let wave = |v: usize, f: f64, p: f64| (v as f64 * f + p).sin();
        let sum = wave(x, 0.21, 0.3) * wave(y, 0.17, 1.1)
            + wave(y, 0.23, 0.7) * wave(z, 0.19, 2.0)
            + wave(z, 0.22, 0.1) * wave(x, 0.16, 0.5);
        if sum > 0.1 {
            1 + ((x + y) / 16 % 3) as u8
        } else {
            0
        }
    })
}

fn repeat<T>(times: usize, mut step: impl FnMut() -> T) {
    for _ in 0..times {
        black_box(step());
    }
}

fn components(values: Values, times: usize) {
    let volume = blobs(96);
    repeat(times, || {
        label(&volume, Connectivity::TwentySix, values, &Silent).unwrap()
    });
}

fn sizes(times: usize) {
    let found = label(&blobs(96), Connectivity::Six, Values::Multi, &Silent).unwrap();
    repeat(times, || statistics(&found.labels));
}

fn distances(times: usize) {
    let mask = blobs(64);
    repeat(times, || squared_distance(&mask, &Silent).unwrap());
}

fn apart(times: usize) {
    let mask = blobs(64);
    repeat(times, || {
        separate(
            mask.clone(),
            None,
            &separation::Settings::default(),
            &Silent,
        )
        .unwrap()
    });
}

fn histograms(times: usize) {
    const SIDE: usize = 48;
    let greys = (0..SIDE.pow(3) as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    let volume = QuantisedVolume::from_bytes(greys.collect(), [SIDE; 3], 1).unwrap();
    let volume = CpuVolume::new(&volume);
    let grid = (0..32 * 32).map(|i| (i % 32 - 16, i / 32 - 16, (i % 6) as u32));
    let samples = Samples::pack(0, 0, grid);
    let middle = SIDE as f64 / 2.0;
    let pose = |i: i32| {
        let (s, c) = f64::from(i).to_radians().sin_cos();
        let pose = CtFromMap::from([
            [0.9 * c, -0.9 * s, middle],
            [0.9 * s, 0.9 * c, middle],
            [0.05, 0.02, middle],
        ]);
        FixedPose::new(&pose, &samples, 1)
    };
    let poses: Vec<FixedPose> = (0..32).map(pose).collect();
    repeat(times, || volume.histograms(&samples, &poses));
}

fn network(device: &Device) -> Network {
    Network::new(16, 2, 6, &mut ChaCha8Rng::seed_from_u64(1), device)
}

fn patch(side: usize, device: &Device) -> Tensor<5> {
    let greys: Vec<f32> = (0..side.pow(3)).map(|i| (i * 37 % 101) as f32).collect();
    Tensor::from_data(TensorData::new(greys, [1, 1, side, side, side]), device)
}

fn inference(times: usize) {
    let device = Device::flex();
    let (network, patch) = (network(&device).no_grad(), patch(24, &device));
    repeat(times, || network.forward(patch.clone()).into_data());
}

fn training(times: usize) {
    let device = Device::flex();
    let mut network = Some(network(&device.clone().autodiff()));
    let mut optimizer = Optimizer::new(network.as_ref().unwrap(), &device);
    let patch = patch(16, &device);
    repeat(times, || {
        let former = network.take().unwrap();
        let out = former.forward(patch.clone().autodiff());
        let gradients = out.square().mean().backward();
        let step = StepSize {
            step: 100,
            learning_rate: 1e-3,
            weight_decay: 0.01,
            gradient_norm: 1.0,
            mean_decay: 0.99,
        };
        network = Some(optimizer.step(former, gradients, step));
    });
}

fn forest(times: usize) {
    const SIDE: usize = 24;
    let is_solid = |x: usize, y: usize, z: usize| (x / 8 + y / 8 + z / 8) % 2;
    let ct = Volume::from_fn([SIDE; 3], Spacing::isotropic(2.3), |x, y, z| {
        let noise = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 1023;
        (9000 + 9000 * is_solid(x, y, z) + noise) as u16
    });
    let scan = Scan::measure(&ct).unwrap();
    let map = PlacedMap {
        name: "map".to_owned(),
        coords_vox: [
            Raster::from_fn(SIDE, SIDE, |column, _| column as f32),
            Raster::from_fn(SIDE, SIDE, |_, row| row as f32),
            Raster::filled(SIDE, SIDE, 10.0),
        ],
        classes: Raster::from_fn(SIDE, SIDE, |column, row| is_solid(column, row, 10) as u8),
        pixel_um: 2.3,
    };
    let classes = Classes {
        names: ["resin", "mineral"].map(str::to_owned).to_vec(),
        background: 0,
    };
    let forest = Forest::train(&scan, &[map], &classes, 1, &Silent).unwrap();
    repeat(times, || {
        forest.segment(&scan, &Compute::Cpu, &Silent).unwrap()
    });
}

/// Instructions of a process that does a step so many times.
fn counted(step: &str, times: usize) -> u64 {
    let output = Command::new("valgrind")
        .args([
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
        ])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "no_step_takes_a_tenth_more", "--test-threads=1"])
        .env(STEP, step)
        .env(TIMES, times.to_string())
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .expect(
            "Valgrind is not there (Debian: apt-get install valgrind). CORELITH_TEST_VALGRIND=no \
             leaves this test out.",
        );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{step}: {said}");
    let count = said.lines().find_map(|line| line.split_once("refs:"));
    let count = count.unwrap_or_else(|| panic!("no count in {said}")).1;
    count.trim().replace(',', "").parse().unwrap()
}

#[test]
fn no_step_takes_a_tenth_more() {
    if let Ok(wanted) = env::var(STEP) {
        let (_, step) = STEPS.iter().find(|(name, _)| *name == wanted).unwrap();
        step(env::var(TIMES).unwrap().parse().unwrap());
        return;
    }
    if env::var("CORELITH_TEST_VALGRIND").is_ok_and(|value| value == "no") {
        return;
    }
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/instructions.csv");
    let known = fs::read_to_string(&table).unwrap_or_default();
    let known: BTreeMap<&str, f64> = known
        .lines()
        .filter_map(|line| line.rsplit_once(';'))
        .filter_map(|(name, count)| Some((name, count.parse().ok()?)))
        .collect();
    let (mut now, mut wrong) = ("step;millions of instructions\n".to_owned(), Vec::new());
    for (name, _) in STEPS {
        // What comes before and after a step, and what only its first time takes, is in both.
        let millions = (counted(name, 2) - counted(name, 1)) as f64 / 1e6;
        now.push_str(&format!("{name};{millions:.1}\n"));
        match known.get(name) {
            None => wrong.push(format!("{name} is not in the table")),
            Some(before) if millions > MARGIN * before => {
                wrong.push(format!("{name}: {millions:.1} million, {before} before"));
            }
            Some(_) => {}
        }
    }
    println!("{now}");
    if env::var("CORELITH_WRITE_INSTRUCTIONS").is_ok_and(|yes| yes == "yes") {
        fs::write(&table, now).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
