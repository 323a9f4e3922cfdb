//! Labels of the GPU against those of the processor: equal, voxel by voxel.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::time::Duration;

use corelith_core::{Silent, Spacing, Volume};
use corelith_gpu::{
    Clock, Compute, Fault, GpuContext, GpuError, LONGEST_SUBMISSION, assert_launched,
    low_limits_context, short_submissions_context, small_bindings_context, test_context,
};
use corelith_stats::imaging::components::{
    Components, ComponentsError, Connectivity, Values, label, label_gpu, label_gpu_in_slabs,
    label_on, label_with_statistics_gpu, label_with_statistics_on, statistics,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CONNECTIVITIES: [Connectivity; 3] = [
    Connectivity::Six,
    Connectivity::Eighteen,
    Connectivity::TwentySix,
];

fn random(shape: [usize; 3], density: f64, classes: u8, seed: u64) -> Volume<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Volume::from_fn(shape, Spacing::isotropic(1.0), |_, _, _| {
        let is_set = random.random_bool(density);
        u8::from(is_set) * random.random_range(1..=classes)
    })
}

/// A path one voxel wide that winds through the whole volume: long chains of joins.
fn serpentine(n: usize) -> Volume<u8> {
    Volume::from_fn([n; 3], Spacing::isotropic(1.0), |x, y, z| {
        let in_slice = y % 2 == 0 || x == if y % 4 == 1 { n - 1 } else { 0 };
        let turn = if z % 4 == 1 { n - 1 } else { 0 };
        u8::from(if z % 2 == 0 {
            in_slice
        } else {
            (x, y) == (turn, turn)
        })
    })
}

/// The first voxel that is labelled otherwise, or the counts where these differ.
fn first_difference(found: &Components, expected: &Components) -> Option<String> {
    assert_eq!(found.labels.shape(), expected.labels.shape());
    let (found_ids, expected_ids) = (found.labels.data(), expected.labels.data());
    let at = (0..expected_ids.len()).find(|&i| found_ids[i] != expected_ids[i]);
    at.map(|i| format!("voxel {i}: {}, expected {}", found_ids[i], expected_ids[i]))
        .or_else(|| {
            (found.count != expected.count)
                .then(|| format!("{} components, expected {}", found.count, expected.count))
        })
}

#[track_caller]
fn assert_parity(gpu: &GpuContext, volume: &Volume<u8>) {
    for connectivity in CONNECTIVITIES {
        for values in [Values::Binary, Values::Multi] {
            let expected = label(volume, connectivity, values, &Silent).unwrap();
            let found = label_gpu(volume, connectivity, values, &Silent, gpu).unwrap();
            let difference = first_difference(&found, &expected);
            assert_eq!(
                difference,
                None,
                "{:?} {connectivity:?} {values:?}",
                volume.shape()
            );
        }
    }
}

#[test]
fn random_volumes_of_every_density() {
    let Some(gpu) = test_context() else { return };
    for (index, density) in [0.05, 0.25, 0.5, 0.75, 0.98].into_iter().enumerate() {
        for classes in [1, 3] {
            let seed = index as u64;
            assert_parity(&gpu, &random([7, 12, 150], density, classes, seed));
        }
    }
    assert_launched(
        &gpu,
        &[
            "label_runs",
            "label_merge",
            "label_flatten",
            "label_scan",
            "label_number",
            "label_write",
        ],
    );
}

#[test]
fn thin_single_empty_full_and_winding_volumes() {
    let Some(gpu) = test_context() else { return };
    for shape in [[1, 1, 1], [1, 30, 260], [40, 1, 9], [13, 50, 1], [0, 3, 3]] {
        assert_parity(&gpu, &random(shape, 0.5, 2, 7));
    }
    let spacing = Spacing::isotropic(1.0);
    assert_parity(&gpu, &Volume::filled([5, 6, 130], spacing, 0));
    assert_parity(&gpu, &Volume::filled([5, 6, 130], spacing, 4));
    assert_parity(&gpu, &serpentine(24));
    let chequered = Volume::from_fn([20, 21, 70], spacing, |x, y, z| ((x + y + z) % 2) as u8);
    assert_parity(&gpu, &chequered);
}

#[test]
fn slabs_do_not_change_the_labels() {
    let Some(gpu) = test_context() else { return };
    for volume in [random([11, 14, 60], 0.4, 2, 3), serpentine(13)] {
        for connectivity in CONNECTIVITIES {
            for values in [Values::Binary, Values::Multi] {
                let expected = label(&volume, connectivity, values, &Silent).unwrap();
                for slices in [1, 3, 11] {
                    let found =
                        label_gpu_in_slabs(&volume, connectivity, values, &Silent, &gpu, slices)
                            .unwrap();
                    let difference = first_difference(&found, &expected);
                    assert_eq!(difference, None, "{connectivity:?} {values:?} {slices}");
                }
            }
        }
    }
}

#[test]
fn statistics_of_the_gpu_are_those_of_the_processor() {
    let Some(gpu) = test_context() else { return };
    let spacing = Spacing::isotropic(1.0);
    // Sums of products of coordinates past 32 bits: one run, and many.
    let long = Volume::filled([1, 1, 30_000], spacing, 1);
    let high = Volume::filled([900, 40, 40], spacing, 1);
    let empty = Volume::filled([3, 4, 5], spacing, 0);
    // So many components that their sums are found in several turns, and that a workgroup meets more
    // than it has slots for; and so many that ask for the same slots.
    let specks = random([11, 14, 160], 0.3, 3, 8);
    let lines = Volume::from_fn([9, 17, 300], spacing, |x, y, _| {
        u8::from(x % 2 == 0 && y % 2 == 0)
    });
    for volume in [long, high, empty, specks, lines] {
        for values in [Values::Binary, Values::Multi] {
            let connectivity = Connectivity::Six;
            let expected = label(&volume, connectivity, values, &Silent).unwrap();
            for slices in [7, 1000] {
                let (found, components) =
                    label_with_statistics_gpu(&volume, connectivity, values, &Silent, &gpu, slices)
                        .unwrap();
                assert_eq!(first_difference(&found, &expected), None);
                assert!(
                    components == statistics(&expected.labels),
                    "{slices} slices"
                );
            }
        }
    }
    assert_launched(&gpu, &["label_statistics"]);
}

#[test]
fn kernels_are_timed_on_demand() {
    let Some(gpu) = test_context() else { return };
    let volume = random([8, 32, 128], 0.5, 1, 4);
    let run = || label_gpu(&volume, Connectivity::Six, Values::Binary, &Silent, &gpu).unwrap();
    let (found, times) = gpu.time_kernels(run);
    assert!(found == run());
    let stems: Vec<&str> = times.iter().map(|time| time.stem).collect();
    let expected = ["runs", "merge", "flatten", "scan", "number", "write"];
    assert_eq!(stems, expected.map(|step| format!("label_{step}")));
    assert!(times.iter().any(|time| !time.duration.is_zero()));
    let has_queries = gpu
        .device()
        .features()
        .contains(wgpu::Features::TIMESTAMP_QUERY);
    assert!(has_queries || times.iter().all(|time| time.clock == Clock::Wall));
}

#[test]
fn the_least_limits_that_adapters_have_do() {
    let Some(gpu) = low_limits_context() else {
        return;
    };
    assert_eq!(gpu.max_binding_bytes(), 128 << 20);
    assert_parity(&gpu, &random([7, 12, 150], 0.4, 3, 2));
    // Labels of more than a binding holds: in two slabs.
    let large = random([33, 1024, 1024], 0.3, 2, 6);
    let expected = label(&large, Connectivity::TwentySix, Values::Multi, &Silent).unwrap();
    gpu.take_counts();
    let (found, components) = label_with_statistics_on(
        &Compute::Gpu(gpu.clone()),
        large,
        Connectivity::TwentySix,
        Values::Multi,
        &Silent,
    )
    .unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    assert!(components == statistics(&expected.labels));
    let counts = gpu.take_counts();
    assert_eq!(counts.launches["label_merge"], 2);
    assert!(counts.longest_planned <= LONGEST_SUBMISSION, "{counts:?}");
}

/// What `auto` does: the sooner of both, after a race on a sample.
#[test]
fn the_faster_place_finds_the_same() {
    let Some(gpu) = test_context() else { return };
    let volume = random([70, 128, 128], 0.3, 2, 8);
    let (connectivity, values) = (Connectivity::TwentySix, Values::Multi);
    let expected = label(&volume, connectivity, values, &Silent).unwrap();
    let compute = Compute::Faster(gpu.clone());
    gpu.take_counts();
    let found = label_on(&compute, volume.clone(), connectivity, values, &Silent).unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    // The race of two runs; what follows is the whole volume again or none of it.
    let launches = gpu.take_counts().launches["label_write"];
    let remarks = compute.take_remarks();
    assert_eq!(launches, 3 - remarks.len() as u64, "{remarks:?}");
    // A second time there is no race.
    label_on(&compute, volume, connectivity, values, &Silent).unwrap();
    assert_eq!(gpu.take_counts().all_launches() == 0, remarks.len() == 1);
    assert!(compute.take_notes().is_empty() && compute.take_remarks().is_empty());
}

/// Steps that are cut into several submissions: slices, and rows of 32768 blocks of 1024 voxels.
#[test]
fn steps_that_are_cut_give_the_same() {
    let Some(gpu) = short_submissions_context(Duration::from_micros(30)) else {
        return;
    };
    let volume = random([17, 40, 150], 0.4, 3, 2);
    assert_parity(&gpu, &volume);
    let (connectivity, values) = (Connectivity::Six, Values::Multi);
    let (found, components) =
        label_with_statistics_gpu(&volume, connectivity, values, &Silent, &gpu, 17).unwrap();
    assert!(components == statistics(&found.labels));
    let counts = gpu.take_counts();
    assert!(counts.launches["label_merge"] > 3, "{counts:?}");
    assert!(counts.launches["label_statistics"] > 3, "{counts:?}");
    // Two rows of blocks.
    let large = random([34, 1024, 1024], 0.3, 2, 6);
    let expected = label(&large, Connectivity::Six, Values::Binary, &Silent).unwrap();
    let found = label_gpu(&large, Connectivity::Six, Values::Binary, &Silent, &gpu).unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    assert_eq!(gpu.take_counts().launches["label_write"], 2);
}

#[test]
fn what_goes_to_the_device_and_back_is_counted() {
    let Some(gpu) = test_context() else { return };
    let volume = random([6, 20, 128], 0.5, 1, 4);
    label_gpu(&volume, Connectivity::Six, Values::Binary, &Silent, &gpu).unwrap();
    let counts = gpu.take_counts();
    let voxels = volume.len() as u64;
    let runs = volume
        .data()
        .chunks(128)
        .flat_map(|row| row.chunk_by(|a, b| a == b))
        .filter(|run| run[0] != 0)
        .count() as u64;
    // Up go two bits a voxel, and a number for every 64; down goes a label a run. Beside them
    // parameters and the number of components.
    let up = voxels / 4 + voxels / 16;
    assert!((up..up + 2048).contains(&counts.bytes_up), "{counts:?}");
    assert_eq!(counts.bytes_down, 4 * runs + 4);
    assert_eq!(counts.all_launches(), 6);
    // The kernels, and a copy for each of two readbacks, which the host waits for.
    assert_eq!((counts.submits, counts.polls), (3, 2));
    // Values, starts, runs before words, labels, labels of runs, roots, numbers, parameters, and staging
    // for one number and for all runs.
    assert_eq!(counts.buffers, 12);
}

fn on(gpu: &GpuContext, volume: &Volume<u8>) -> (Result<Components, ComponentsError>, Vec<String>) {
    let compute = Compute::Gpu(gpu.clone());
    let (connectivity, values) = (Connectivity::Eighteen, Values::Multi);
    let found = label_on(&compute, volume.clone(), connectivity, values, &Silent);
    (found, compute.take_notes())
}

#[test]
fn too_little_memory_halves_the_slabs_and_then_takes_the_processor() {
    let Some(gpu) = test_context() else { return };
    let volume = random([12, 20, 64], 0.4, 3, 11);
    let expected = label(&volume, Connectivity::Eighteen, Values::Multi, &Silent).unwrap();
    let (found, notes) = on(&gpu, &volume);
    assert_eq!(first_difference(&found.unwrap(), &expected), None);
    assert_eq!(notes, [""; 0]);

    let slice = 4 * 20 * 64;
    gpu.take_counts();
    gpu.inject(Some(Fault::OutOfMemory {
        above_bytes: 4 * slice,
    }));
    let (found, notes) = on(&gpu, &volume);
    assert_eq!(first_difference(&found.unwrap(), &expected), None);
    // 12 slices, then 6, then 3.
    assert_eq!(gpu.take_counts().launches["label_write"], 4);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("smaller bricks"), "{notes:?}");

    gpu.inject(Some(Fault::OutOfMemory { above_bytes: 8 }));
    let (found, notes) = on(&gpu, &volume);
    assert_eq!(first_difference(&found.unwrap(), &expected), None);
    assert_eq!(gpu.take_counts().all_launches(), 0);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("on the processor"), "{notes:?}");

    gpu.inject(None);
    let (found, notes) = on(&gpu, &volume);
    assert_eq!(first_difference(&found.unwrap(), &expected), None);
    assert_eq!(notes, [""; 0]);
}

#[test]
fn a_slice_past_the_limits_is_labelled_by_the_processor() {
    let Some(gpu) = small_bindings_context(4096) else {
        return;
    };
    let volume = random([3, 20, 64], 0.4, 3, 11);
    let expected = label(&volume, Connectivity::Eighteen, Values::Multi, &Silent).unwrap();
    let (found, notes) = on(&gpu, &volume);
    assert_eq!(first_difference(&found.unwrap(), &expected), None);
    assert!(notes[0].contains("on the processor"), "{notes:?}");
}

#[test]
fn a_lost_device_is_an_error_and_stays_one() {
    for after_submits in [0, 1, 2] {
        let Some(gpu) = test_context() else { return };
        gpu.inject(Some(Fault::Lost { after_submits }));
        let volume = random([12, 20, 64], 0.4, 3, 11);
        for _ in 0..2 {
            let (found, notes) = on(&gpu, &volume);
            let error = found.unwrap_err();
            assert!(
                matches!(error, ComponentsError::Gpu(GpuError::DeviceLost { .. })),
                "{error:?}"
            );
            assert!(
                error.to_string().contains("run the same command again"),
                "{error}"
            );
            assert_eq!(notes, [""; 0]);
        }
    }
}

#[test]
fn one_changed_voxel_is_seen() {
    let volume = random([5, 9, 40], 0.4, 1, 1);
    let expected = label(&volume, Connectivity::Six, Values::Binary, &Silent).unwrap();
    assert_eq!(first_difference(&expected, &expected), None);
    for voxel in [0, 777, expected.labels.len() - 1] {
        let mut changed = expected.clone();
        changed.labels.data_mut()[voxel] ^= 1;
        let difference = first_difference(&changed, &expected).unwrap();
        assert!(
            difference.starts_with(&format!("voxel {voxel}:")),
            "{difference}"
        );
    }
    let one_more = Components {
        count: expected.count + 1,
        ..expected.clone()
    };
    assert!(first_difference(&one_more, &expected).is_some());
}
