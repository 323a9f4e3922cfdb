//! Training and inference on a volume whose truth is known: bright balls with a dark core.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::time::Instant;

use corelith_core::{PlacedMap, Progress, Raster, Silent, Spacing, Volume};
use corelith_gpu::Compute;
use corelith_unet::{
    Application, Augmentation, Beginning, CheckpointStore, Classes, LabelledVolume, Model,
    PretrainingInput, Scan, SegmentSettings, SegmentedSlice, Settings, Trained, TrainingInput,
    UnetError, Wanted, pretrain, segment, train,
};

mod gpu;
mod resuming;

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
    run_by(&settings(steps), start, store, progress)
}

fn run_by(
    settings: &Settings,
    start: Option<&Model>,
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
        settings,
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
fn a_forest_has_a_share_unless_told_beforehand() {
    let share = |forest_share: Option<f64>| {
        let settings = Settings {
            forest_share,
            ..settings(2)
        };
        let trained = run_by(&settings, None, None, &Silent).unwrap();
        trained.model.card().forest_share
    };
    assert!(share(None) >= 0.5, "the network has learned nothing");
    assert_eq!(share(Some(0.25)), 0.25);
    assert_eq!(share(Some(0.0)), 0.0);
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
    let application = Application {
        scan: &scan,
        model: &trained.model,
        settings: &tiles,
        compute: &Compute::Cpu,
        slices: 0..ct.shape()[0],
    };
    let probabilities = found.probabilities.unwrap();
    let alone = Wanted {
        decisions: false,
        probabilities: true,
    };
    let take = |slice: &SegmentedSlice, z: usize| {
        let classes = slice.probabilities.chunks(slice.probabilities.len() / 3);
        for (alone, both) in classes.zip(&probabilities) {
            assert!(alone == both.slice(z), "the same without phases");
        }
        Ok::<_, UnetError>(())
    };
    application.for_each_slice(alone, &Silent, take).unwrap();
    let weights = &card.decision_weights;
    for (i, &class) in found.phases.data().iter().enumerate() {
        let [resin, core, rim] = [0, 1, 2].map(|c: usize| i32::from(probabilities[c].data()[i]));
        let [weighed_core, weighed_rim] = [weights[1] * core as f32, weights[2] * rim as f32];
        let expected = if resin >= core + rim {
            0
        } else if weighed_core > weighed_rim {
            1
        } else {
            2
        };
        let step = weights[1].max(weights[2]);
        let undecided =
            (resin - core - rim).abs() <= 3 || (weighed_core - weighed_rim).abs() <= 2.0 * step;
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

/// A list of many minerals, of which the maps hold two: the same network, and the labels of the list.
#[test]
fn names_that_nothing_shows_change_nothing_but_numbers() {
    let number = [7, 200, 250];
    let mut long = Classes {
        names: (0..255).map(|row| format!("mineral {row}")).collect(),
        background: 7,
    };
    for (name, row) in classes().names.into_iter().zip(number) {
        long.names[usize::from(row)] = name;
    }
    let ct = ct();
    let scan = Scan::measure(&ct).unwrap();
    let trained = |classes: &Classes, number: [u8; 3]| {
        let maps = [5, 16].map(|z| {
            let map = map_at(z);
            let classes = map.classes.map(|&class| number[usize::from(class)]);
            PlacedMap { classes, ..map }
        });
        let phantom = LabelledVolume {
            ct: ct.clone(),
            classes: Volume::from_fn(SHAPE, ct.spacing(), |x, y, z| {
                number[usize::from(class_at(x, y, z))]
            }),
        };
        train(
            &TrainingInput {
                scan,
                maps: &maps,
                classes,
                phantoms: &[phantom],
                starts: &[],
                began: Instant::now(),
            },
            &settings(3),
            &Compute::Cpu,
            7,
            None,
            &Silent,
        )
        .unwrap()
    };
    let of_long = trained(&long, number);
    let card = of_long.model.card();
    assert_eq!(card.learned, number);
    assert_eq!(card.classes, long);
    let of_short = trained(&classes(), [0, 1, 2]).model;
    assert_eq!(card.parameters, of_short.card().parameters);
    for (row, short) in number.into_iter().zip(0..) {
        let row = usize::from(row);
        let (dice, weights) = (&card.held_out_dice, &card.decision_weights);
        assert_eq!(dice[row], of_short.card().held_out_dice[short]);
        assert_eq!(weights[row], of_short.card().decision_weights[short]);
    }
    let read = Model::from_bytes(&of_long.model.to_bytes().unwrap()).unwrap();
    let tiles = SegmentSettings {
        probabilities: true,
        ..SegmentSettings::default()
    };
    let found = segment(&scan, &read, &tiles, &Compute::Cpu, &Silent).unwrap();
    let expected = segment(&scan, &of_short, &tiles, &Compute::Cpu, &Silent).unwrap();
    let numbered = expected.phases.map(|&class| number[usize::from(class)]);
    assert!(found.phases == numbered);
    assert!(found.evidence == expected.evidence);
    let (found, expected) = (
        found.probabilities.unwrap(),
        expected.probabilities.unwrap(),
    );
    for (row, volume) in found.iter().enumerate() {
        match number.iter().position(|&number| usize::from(number) == row) {
            Some(class) => assert!(*volume == expected[class]),
            None => assert!(volume.data().iter().all(|&p| p == 0)),
        }
    }
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

fn file(trained: &Trained) -> Vec<u8> {
    trained.model.to_bytes().unwrap()
}
