//! How often damaged maps of phantoms are found, and maps of other samples are not.
//!
//!     damaged_sections PHANTOMS [SEED] [WIDTH_VOX]
//!
//! Every phantom gives one map of each kind of damage, and as many of another phantom of its sort.
//! A line a map goes to stdout as CSV, then a table.

use std::error::Error;

use corelith_core::{Raster, Silent, UNMEASURED, seed_of};
use corelith_gpu::Compute;
use corelith_phantom::{
    DamageSettings, PhantomMap, PhantomSettings, Scene, damaged, fill_resin, phantom,
};
use corelith_registration::{MapInput, PreparedCt, Registration, Settings, Status, register};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A map that is found within so many voxels is a success.
const SUCCESS_VOX: f64 = 1.2;

/// Kinds of damage, by name.
fn kinds() -> Vec<(&'static str, DamageSettings)> {
    let sound = DamageSettings::default();
    vec![
        ("sound", sound.clone()),
        (
            "torn out 25 %",
            DamageSettings {
                torn_out: 0.25,
                ..sound.clone()
            },
        ),
        (
            "added 25 %",
            DamageSettings {
                added: 0.25,
                ..sound.clone()
            },
        ),
        (
            "torn out and added 12 %, scratches",
            DamageSettings {
                torn_out: 0.12,
                added: 0.12,
                scratches: 4,
                ..sound.clone()
            },
        ),
        (
            "frames within 3 px",
            DamageSettings {
                frames: [3, 3],
                frame_shift_px: 3.0,
                frame_brightness: 0.1,
                ..sound.clone()
            },
        ),
        (
            "missing frame, unmeasured 15 %",
            DamageSettings {
                frames: [3, 2],
                missing_frames: 1,
                unmeasured: 0.15,
                ..sound.clone()
            },
        ),
        (
            "charging",
            DamageSettings {
                charging: 1.0,
                ..sound.clone()
            },
        ),
        (
            "torn out 10 %, scratches, frames within 2 px",
            DamageSettings {
                torn_out: 0.1,
                scratches: 3,
                frames: [3, 3],
                frame_shift_px: 2.0,
                frame_brightness: 0.1,
                ..sound
            },
        ),
    ]
}

/// What came of one map.
struct Trial {
    kind: &'static str,
    fillers: bool,
    own: bool,
    tre_vox: f64,
    found: Registration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: Option<u64>| match arguments.next() {
        Some(text) => Ok(text.parse()?),
        None => default.ok_or_else(|| -> Box<dyn Error> {
            "usage: damaged_sections PHANTOMS [SEED] [WIDTH_VOX]".into()
        }),
    };
    let (phantoms, seed, width) = (number(None)?, number(Some(1))?, number(Some(160))?);
    println!(
        "phantom,kind,own,fillers,found,tre_vox,probability,lead_nats,misfit_share,score,\
         uncertainty_vox,seconds"
    );
    let mut trials = Vec::new();
    for index in 0..phantoms {
        of_phantom(seed, index, width as usize, &mut trials)?;
    }
    table(&trials);
    Ok(())
}

/// Places the maps of one phantom, and those of another.
fn of_phantom(
    run_seed: u64,
    index: u64,
    width: usize,
    trials: &mut Vec<Trial>,
) -> Result<(), Box<dyn Error>> {
    let kinds = kinds();
    let seed = seed_of(run_seed, &format!("damaged phantom {index}"));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut settings = if index.is_multiple_of(2) {
        PhantomSettings::slag_63_100()
    } else {
        PhantomSettings::slag_100_250()
    };
    settings.shape_vox = [5 * width / 8, width, width];
    settings.ct.noise = rng.random_range(0.04..=0.09);
    settings.maps.mirrored = 0.5;
    settings.maps.training = 0;
    settings.maps.validation = 0;
    let mut truth = phantom(&settings, seed, &Silent)?;
    let fillers = index % 3 == 2;
    if fillers {
        let grey = settings.ct.resin_grey + 4000.0;
        fill_resin(&mut truth.ct, &truth.phases, 0.04, grey as u16, seed);
    }
    let prepared = PreparedCt::new(&truth.ct, &Compute::Cpu)?;
    for own in [true, false] {
        for (number, (kind, damage)) in kinds.iter().enumerate() {
            settings.maps.training = kinds.len();
            settings.maps.pixel_um = rng.random_range(0.9..=2.4);
            settings.maps.width_fraction = rng.random_range(0.5..=0.8);
            settings.maps.scale_error_max = rng.random_range(0.01..=0.03);
            settings.maps.tilt_min_deg = rng.random_range(2.0..=8.0);
            settings.maps.tilt_max_deg = settings.maps.tilt_min_deg + 2.0;
            let scene_seed = if own {
                seed
            } else {
                seed_of(seed, &format!("another sample {number}"))
            };
            let map = Scene::new(&settings, scene_seed, &Silent)?.map(number, &Silent)?;
            let map = damaged(&map, damage, seed_of(seed, kind))?.map;
            let bse = map.bse.map(|&grey| f32::from(grey));
            let input = MapInput {
                name: kind,
                classes: &map.classes,
                minerals: &truth.minerals,
                bse: Some(&bse),
                pixel_size_um: settings.maps.pixel_um,
                whereabouts: None,
            };
            let found = register(&prepared, &input, &Settings::default(), seed, &Silent)?;
            let tre_vox = tre_vox(&found, &map);
            println!(
                "{index},{kind:?},{own},{fillers},{},{tre_vox:.3},{:.5},{:.3},{:.3},{:.3},{:.2},{:.1}",
                found.status == Status::Found,
                found.probability,
                found.lead_nats,
                found.misfit_share,
                found.score,
                found.uncertainty_vox,
                found.seconds
            );
            trials.push(Trial {
                kind,
                fillers,
                own,
                tre_vox,
                found,
            });
        }
    }
    Ok(())
}

/// Mean distance between found and true positions of the measured pixels.
fn tre_vox(found: &Registration, map: &PhantomMap) -> f64 {
    let coords: [Raster<f32>; 3] = found.coords(map.classes.rows(), map.classes.cols());
    let (mut sum, mut count) = (0.0, 0usize);
    for (i, &class) in map.classes.data().iter().enumerate() {
        if class != UNMEASURED {
            let square: f64 = (0..3)
                .map(|axis| {
                    let off = coords[axis].data()[i] - map.coords_vox[axis].data()[i];
                    f64::from(off).powi(2)
                })
                .sum();
            sum += square.sqrt();
            count += 1;
        }
    }
    sum / count.max(1) as f64
}

fn table(trials: &[Trial]) {
    println!("| maps | number | found | success | TRE median | TRE 90 % |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let own: Vec<&Trial> = trials.iter().filter(|t| t.own).collect();
    let mut groups: Vec<(&str, Vec<&Trial>)> = vec![("all", own.clone())];
    for (kind, _) in kinds() {
        let part = own.iter().copied().filter(|t| t.kind == kind).collect();
        groups.push((kind, part));
    }
    let part = own.iter().copied().filter(|t| t.fillers).collect();
    groups.push(("fillers in the resin", part));
    for (name, part) in groups {
        let found: Vec<&&Trial> = part
            .iter()
            .filter(|t| t.found.status == Status::Found)
            .collect();
        let succeeded = found.iter().filter(|t| t.tre_vox < SUCCESS_VOX).count();
        let mut tre: Vec<f64> = found.iter().map(|t| t.tre_vox).collect();
        tre.sort_by(f64::total_cmp);
        let at = |share: f64| tre.get((share * tre.len() as f64) as usize).copied();
        println!(
            "| {name} | {} | {} | {:.1} % | {:.2} | {:.2} |",
            part.len(),
            found.len(),
            100.0 * succeeded as f64 / part.len().max(1) as f64,
            at(0.5).unwrap_or(f64::NAN),
            at(0.9).unwrap_or(f64::NAN),
        );
    }
    let foreign = trials.iter().filter(|t| !t.own);
    let wrong = foreign
        .clone()
        .filter(|t| t.found.status == Status::Found)
        .count();
    println!(
        "\nMaps of other samples: {wrong} of {} found.",
        foreign.count()
    );
}
