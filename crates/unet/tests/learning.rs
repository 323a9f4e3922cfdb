//! Training and inference on a volume whose truth is known: bright balls with a dark core.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use corelith_core::{PlacedMap, Progress, Raster, Silent, Spacing, Volume};
use corelith_gpu::{Compute, Fault, GpuError, assert_launched, test_context};
use corelith_unet::{
    Augmentation, Beginning, CheckpointError, CheckpointStore, Classes, LabelledVolume, Model,
    PretrainingInput, Scan, SegmentSettings, Segmentation, Settings, Trained, TrainingInput,
    UnetError, pretrain, probabilities, segment, train,
};

const SHAPE: [usize; 3] = [24, 40, 40];

/// 0 resin, 1 core, 2 rim, of balls on a grid.
fn class_at(x: usize, y: usize, z: usize) -> u8 {
    let off = |p: usize| (p % 20) as f64 - 9.5;
    let r = (off(x).powi(2) + off(y).powi(2) + ((z % 12) as f64 - 5.5).powi(2)).sqrt();
    if r < 2.5 {
        1
    } else if r < 5.5 {
        2
    } else {
        0
    }
}

fn ct() -> Volume<u16> {
    Volume::from_fn(SHAPE, Spacing::isotropic(2.0), |x, y, z| {
        let grey = [10_000, 16_000, 20_000][usize::from(class_at(x, y, z))];
        // Cheap noise without a pattern that a network could learn.
        let hash = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 7;
        (grey + (hash % 1600) as u32 - 800) as u16
    })
}

/// A map of two pixels a voxel at height `z`.
fn map_at(z: usize) -> PlacedMap {
    let (rows, cols) = (2 * SHAPE[1], 2 * SHAPE[2]);
    let vox = |p: usize| p as f32 / 2.0 - 0.25;
    PlacedMap {
        name: "map".to_owned(),
        coords_vox: [
            Raster::from_fn(rows, cols, |col, _| vox(col)),
            Raster::from_fn(rows, cols, |_, row| vox(row)),
            Raster::filled(rows, cols, z as f32),
        ],
        classes: Raster::from_fn(rows, cols, |col, row| class_at(col / 2, row / 2, z)),
        pixel_um: 1.0,
    }
}

fn classes() -> Classes {
    Classes {
        names: ["resin", "core", "rim"].map(str::to_owned).to_vec(),
        background: 0,
    }
}

fn settings(steps: usize) -> Settings {
    Settings {
        width: 8,
        levels: 2,
        patch_vox: [12, 32, 32],
        steps,
        learning_rate: 5e-3,
        mean_decay: 0.9,
        held_out: 0.35,
        augmentation: Augmentation {
            blur_vox: 0.0,
            ..Augmentation::default()
        },
        ..Settings::default()
    }
}

fn run(
    steps: usize,
    store: Option<&dyn CheckpointStore>,
    progress: &dyn Progress,
) -> Result<Trained, UnetError> {
    run_from(None, steps, store, progress)
}

fn run_from(
    start: Option<&Model>,
    steps: usize,
    store: Option<&dyn CheckpointStore>,
    progress: &dyn Progress,
) -> Result<Trained, UnetError> {
    let maps = [map_at(5), map_at(16)];
    let ct = ct();
    let starts: Vec<(Beginning, Model)> = start
        .map(|model| (Beginning::Given, model.clone()))
        .into_iter()
        .collect();
    train(
        &TrainingInput {
            scan: Scan::measure(&ct)?,
            maps: &maps,
            classes: &classes(),
            phantoms: &[],
            starts: &starts,
            began: Instant::now(),
        },
        &settings(steps),
        &Compute::Cpu,
        7,
        store,
        progress,
    )
}

fn dice(found: &Volume<u8>, class: u8) -> f64 {
    let (mut both, mut total) = (0, 0);
    let [nz, ny, nx] = SHAPE;
    for z in 0..nz {
        for y in 0..ny {
            for x in 0..nx {
                let (f, t) = (found.at(x, y, z) == class, class_at(x, y, z) == class);
                both += 2 * usize::from(f && t);
                total += usize::from(f) + usize::from(t);
            }
        }
    }
    both as f64 / total as f64
}

#[test]
fn two_planes_teach_the_volume() {
    let trained = run(120, None, &Silent).unwrap();
    let card = trained.model.card();
    assert_eq!(card.steps, 120);
    assert!(card.held_out_voxels > 0);
    let (first, last) = (&trained.curve[0], trained.curve.last().unwrap());
    assert!(last.loss < 0.5 * first.loss, "{first:?} {last:?}");

    let tiles = SegmentSettings {
        tile_vox: [16, 24, 24],
        overlap_vox: 4,
        mirrors: true,
        probabilities: true,
    };
    let ct = ct();
    let scan = Scan::measure(&ct).unwrap();
    let found = segment(&scan, &trained.model, &tiles, &Compute::Cpu, &Silent).unwrap();
    for class in 1..3 {
        let dice = dice(&found.phases, class);
        assert!(dice > 0.85, "class {class}: {dice}");
    }
    let alone = probabilities(&scan, &trained.model, &tiles, &Compute::Cpu, &Silent).unwrap();
    let probabilities = found.probabilities.unwrap();
    assert!(alone == probabilities, "the same without phases");
    for (i, &class) in found.phases.data().iter().enumerate() {
        let [resin, core, rim] = [0, 1, 2].map(|c: usize| i32::from(probabilities[c].data()[i]));
        let expected = if resin >= core + rim {
            0
        } else if core > rim {
            1
        } else {
            2
        };
        let undecided = (resin - core - rim).abs() <= 3 || (core - rim).abs() <= 2;
        assert!(
            undecided || class == expected,
            "{class}: {resin} {core} {rim}"
        );
    }

    let bytes = trained.model.to_bytes().unwrap();
    let read = Model::from_bytes(&bytes).unwrap();
    let again = segment(&scan, &read, &tiles, &Compute::Cpu, &Silent).unwrap();
    assert!(
        again.phases == found.phases,
        "a stored model segments alike"
    );
    assert_eq!(read.card().settings, trained.model.card().settings);
    assert!(Model::from_bytes(&bytes[..bytes.len() / 2]).is_err());
}

#[test]
fn pretrained_weights_give_a_head_start() {
    let volume = LabelledVolume {
        ct: ct(),
        classes: Volume::from_fn(SHAPE, Spacing::isotropic(2.0), class_at),
    };
    // Another order of the classes: the last layer goes by name.
    let names = Classes {
        names: ["rim", "resin", "core"].map(str::to_owned).to_vec(),
        background: 1,
    };
    let renamed = LabelledVolume {
        ct: volume.ct.clone(),
        classes: volume.classes.map(|&class| [1, 2, 0][usize::from(class)]),
    };
    let trained = |volume: &LabelledVolume, classes: &Classes, steps| {
        pretrain(
            &PretrainingInput {
                volumes: std::slice::from_ref(volume),
                watched: std::slice::from_ref(volume),
                classes,
                starts: &[],
            },
            &settings(steps),
            &Compute::Cpu,
            3,
            None,
            &Silent,
        )
    };
    let model = trained(&renamed, &names, 120).unwrap().model;
    let dice = &model.card().held_out_dice;
    assert!(dice.iter().all(|d| d.unwrap() > 0.7), "{dice:?}");

    let loss = |start: Option<&Model>| {
        let short = run_from(start, 4, None, &Silent).unwrap();
        short.curve[0].loss
    };
    let (with, without) = (loss(Some(&model)), loss(None));
    assert!(with < 0.6 * without, "{with} against {without}");

    let few = Classes {
        names: vec!["resin".to_owned(), "core".to_owned()],
        background: 0,
    };
    let error = trained(&volume, &few, 1).unwrap_err().to_string();
    assert!(error.contains("labelled 2"), "{error}");
}

/// Keeps the last state, and asks to stop after some steps.
#[derive(Default)]
struct Interrupted {
    state: RefCell<Option<Vec<u8>>>,
}

impl CheckpointStore for Interrupted {
    fn load(&self) -> Option<Vec<u8>> {
        self.state.borrow().clone()
    }

    fn save(&self, state: &[u8]) -> Result<(), CheckpointError> {
        *self.state.borrow_mut() = Some(state.to_vec());
        Ok(())
    }
}

/// Stops a training after some units of its progress.
#[derive(Default)]
struct StopAfter {
    units: u64,
    training: AtomicBool,
    done: AtomicU64,
}

impl Progress for StopAfter {
    fn start(&self, step: &str, _length: u64) {
        self.training.store(step == "train", Ordering::Relaxed);
    }
    fn advance(&self, by: u64) {
        if self.training.load(Ordering::Relaxed) {
            self.done.fetch_add(by, Ordering::Relaxed);
        }
    }
    fn remark(&self, _text: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        self.training.load(Ordering::Relaxed) && self.done.load(Ordering::Relaxed) >= self.units
    }
}

fn file(trained: &Trained) -> Vec<u8> {
    trained.model.to_bytes().unwrap()
}

#[test]
fn a_stopped_run_goes_on_exactly() {
    let whole = run(12, None, &Silent).unwrap();
    let store = Interrupted::default();
    let stop = StopAfter {
        units: 400,
        ..StopAfter::default()
    };
    let stopped = run(12, Some(&store), &stop);
    assert!(matches!(stopped, Err(UnetError::Cancelled(_))));
    assert!(store.load().is_some());
    let resumed = run(12, Some(&store), &Silent).unwrap();
    // Numbers in JSON come back with an error of a unit in the last place.
    let same_losses = |resumed: &Trained| {
        assert_eq!(resumed.curve.len(), whole.curve.len());
        for (a, b) in resumed.curve.iter().zip(&whole.curve) {
            assert!((a.loss / b.loss - 1.0).abs() < 1e-14, "{a:?} {b:?}");
        }
    };
    same_losses(&resumed);
    assert_eq!(file(&resumed), file(&whole));

    // A killed run leaves the state of the last point of its curve.
    let first = First::default();
    run(12, Some(&first), &Silent).unwrap();
    let resumed = run(12, Some(&first), &Silent).unwrap();
    same_losses(&resumed);
    assert_eq!(file(&resumed), file(&whole));
}

/// Keeps the first state alone.
#[derive(Default)]
struct First(RefCell<Option<Vec<u8>>>);

impl CheckpointStore for First {
    fn load(&self) -> Option<Vec<u8>> {
        self.0.borrow().clone()
    }

    fn save(&self, state: &[u8]) -> Result<(), CheckpointError> {
        self.0.borrow_mut().get_or_insert_with(|| state.to_vec());
        Ok(())
    }
}

/// Keeps nothing.
struct Full;

impl CheckpointStore for Full {
    fn load(&self) -> Option<Vec<u8>> {
        None
    }

    fn save(&self, _state: &[u8]) -> Result<(), CheckpointError> {
        Err("no space left".into())
    }
}

#[test]
fn a_state_that_cannot_be_kept_is_told() {
    let trained = run(2, Some(&Full), &Silent).unwrap();
    let of_state = |trained: &Trained| {
        let warnings = trained.warnings.iter();
        warnings.filter(|w| w.contains("no space left")).count()
    };
    assert_eq!(of_state(&trained), 1, "{:?}", trained.warnings);
    let stop = StopAfter {
        ..StopAfter::default()
    };
    let error = run(2, Some(&Full), &stop).unwrap_err();
    assert!(matches!(error, UnetError::Checkpoint { .. }), "{error}");
    assert_eq!(of_state(&run(2, None, &Silent).unwrap()), 0);
}

#[test]
fn phantoms_teach_a_class_that_the_planes_lack() {
    // Planes between the cores of the balls show rims alone.
    let maps = [map_at(1), map_at(10)];
    let phantom = LabelledVolume {
        ct: ct(),
        classes: Volume::from_fn(SHAPE, Spacing::isotropic(2.0), class_at),
    };
    let core = |phantoms: &[LabelledVolume]| {
        let ct = ct();
        let scan = Scan::measure(&ct).unwrap();
        let trained = train(
            &TrainingInput {
                scan,
                maps: &maps,
                classes: &classes(),
                phantoms,
                starts: &[],
                began: Instant::now(),
            },
            // Blocks of the planes alone cannot tell that phantoms help.
            &Settings {
                rehearsal: Some(0.5),
                ..settings(120)
            },
            &Compute::Cpu,
            7,
            None,
            &Silent,
        )
        .unwrap();
        let tiles = SegmentSettings {
            tile_vox: [16, 24, 24],
            overlap_vox: 4,
            ..SegmentSettings::default()
        };
        let found = segment(&scan, &trained.model, &tiles, &Compute::Cpu, &Silent).unwrap();
        dice(&found.phases, 1)
    };
    assert!(core(&[]) < 0.1);
    let taught = core(&[phantom]);
    assert!(taught > 0.7, "{taught}");
}

#[test]
fn threads_do_not_change_the_weights() {
    let on = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| file(&run(3, None, &Silent).unwrap()))
    };
    assert_eq!(on(1), on(3));
}

/// A model that has seen a few patches.
fn young_model() -> Model {
    run(4, None, &Silent).unwrap().model
}

/// A corner of the volume, in tiles that overlap.
fn small_ct() -> Volume<u16> {
    let ct = ct();
    Volume::from_fn([12, 20, 24], ct.spacing(), |x, y, z| ct.at(x, y, z))
}

fn segmented(model: &Model, compute: &Compute) -> Result<Segmentation, UnetError> {
    let settings = SegmentSettings {
        tile_vox: [8, 16, 16],
        overlap_vox: 2,
        mirrors: false,
        probabilities: true,
    };
    let ct = small_ct();
    segment(&Scan::measure(&ct)?, model, &settings, compute, &Silent)
}

/// The first voxel with a probability that is off by more than a step of 255, or with another class
/// though the probabilities are not that near to each other.
fn first_difference(found: &Segmentation, expected: &Segmentation) -> Option<usize> {
    let [found_shares, shares] = [found, expected].map(|s| s.probabilities.as_ref().unwrap());
    assert_eq!(found_shares.len(), shares.len());
    (0..expected.phases.len()).find(|&i| {
        let far = |(f, e): (&Volume<u8>, &Volume<u8>)| f.data()[i].abs_diff(e.data()[i]) > 1;
        let [resin, core, rim] = [0, 1, 2].map(|class: usize| i32::from(shares[class].data()[i]));
        let undecided = (resin - core - rim).abs() <= 4 || (core - rim).abs() <= 3;
        let differs = found.phases.data()[i] != expected.phases.data()[i];
        found_shares.iter().zip(shares).any(far) || (differs && !undecided)
    })
}

#[test]
fn the_gpu_segments_as_the_processor_does() {
    let Some(context) = test_context() else {
        return;
    };
    let model = young_model();
    let expected = segmented(&model, &Compute::Cpu).unwrap();
    assert!((1..3).any(|class| expected.phases.data().contains(&class)));
    let compute = Compute::Gpu(context.clone());
    let found = segmented(&model, &compute).unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    assert_eq!(compute.take_notes(), [""; 0]);
    assert_launched(&context, &["conv3d", "norm_apply"]);

    // One voxel that is off shows.
    let mut changed = found.clone();
    let shares = &mut changed.probabilities.as_mut().unwrap()[2].data_mut()[1234];
    *shares = shares.wrapping_add(3);
    assert_eq!(first_difference(&changed, &expected), Some(1234));

    // Too little memory: the processor, and the GPU again when there is some.
    context.inject(Some(Fault::OutOfMemoryInBurn));
    let found = segmented(&model, &compute).unwrap();
    assert!(found.phases == expected.phases && found.evidence == expected.evidence);
    let notes = compute.take_notes();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("on the processor"), "{notes:?}");
    let found = segmented(&model, &compute).unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    assert_eq!(compute.take_notes(), [""; 0]);
}

/// Trains for a few steps of small patches.
fn trained_on(compute: &Compute) -> Result<Trained, UnetError> {
    let ct = small_ct();
    let settings = Settings {
        width: 4,
        levels: 1,
        patch_vox: [8, 16, 16],
        ..settings(3)
    };
    let input = TrainingInput {
        scan: Scan::measure(&ct)?,
        maps: &[map_at(5)],
        classes: &classes(),
        phantoms: &[],
        starts: &[],
        began: Instant::now(),
    };
    train(&input, &settings, compute, 7, None, &Silent)
}

#[test]
fn the_gpu_learns_as_the_processor_does() {
    let Some(context) = test_context() else {
        return;
    };
    let expected = trained_on(&Compute::Cpu).unwrap();
    let compute = Compute::Gpu(context.clone());
    let found = trained_on(&compute).unwrap();
    let losses = |trained: &Trained| -> Vec<f64> {
        let point = trained.curve.last().unwrap();
        vec![point.loss, point.held_out_loss.unwrap()]
    };
    // Sums in another order, three times through the optimiser, which divides by their squares.
    for (found, expected) in losses(&found).iter().zip(losses(&expected)) {
        assert!(
            (found - expected).abs() < 0.01 * expected,
            "{found} {expected}"
        );
    }

    context.inject(Some(Fault::OutOfMemoryInBurn));
    let error = trained_on(&compute).unwrap_err();
    assert!(
        matches!(error, UnetError::Gpu(GpuError::OutOfMemory { .. })),
        "{error:?}"
    );
}

#[test]
fn a_lost_device_ends_training_and_segmentation_with_an_error() {
    let model = young_model();
    let is_lost = |error: &UnetError| matches!(error, UnetError::Gpu(GpuError::DeviceLost { .. }));
    for is_training in [false, true] {
        let Some(context) = test_context() else {
            return;
        };
        let compute = Compute::Gpu(context.clone());
        // Once all is set up, as a driver does it.
        segmented(&model, &compute).unwrap();
        context.device().destroy();
        let error = if is_training {
            trained_on(&compute).map(drop).unwrap_err()
        } else {
            segmented(&model, &compute).map(drop).unwrap_err()
        };
        assert!(is_lost(&error), "{error:?}");
    }
}
