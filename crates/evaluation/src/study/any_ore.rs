//! The whole chain on phantoms of kinds drawn at random, beside a random forest and a mask.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use corelith_core::{PlacedMap, Progress, Volume, Within, seed_of, zero_or_more};
use corelith_gpu::{Compute, DeviceChoice};
use corelith_phantom::truth::{Overlaps, overlaps};
use corelith_phantom::{Kind, MapRole, Phantom, PhantomSettings, phantom};
use corelith_pipeline::stage::train::classes_of;
use corelith_pipeline::{Asked, Options, Sample};
use corelith_unet::{Forest, Scan};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::{Error, TRUTH, judge, write_phantom};

/// Share of the solid from which a mineral is judged by its Dice, and by its liberation, percent.
const COMMON_PCT: f64 = 1.0;
const MEASURED_PCT: f64 = 5.0;
/// A map that is found within so many voxels is a success.
const SUCCESS_VOX: f64 = 1.2;

/// What is tried.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Phantoms; the kinds take turns
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = value_parser!(u64).range(1..=1000))]
    pub phantoms: u64,
    /// Width of the phantoms, in voxels; their height is five eighths of it
    #[arg(long = "width", default_value_t = 176, value_name = "VOXELS", value_parser = value_parser!(u64).range(96..=1024))]
    pub width_vox: u64,
    /// Minutes of training of each
    #[arg(long, default_value_t = 12.0, value_name = "N", value_parser = zero_or_more)]
    pub minutes: f64,
    /// Folder of the phantoms and their results; a study that was stopped goes on there
    #[arg(
        short = 'o',
        long = "output",
        default_value = "any-ore",
        value_name = "FOLDER"
    )]
    pub folder: PathBuf,
}

/// One phantom.
#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    minerals: usize,
    /// Maps that were found within 1.2 voxels, of all.
    maps_placed: [usize; 2],
    foreground_dice: f64,
    forest_foreground_dice: f64,
    /// Mean Dice of the minerals above 1 % of the solid.
    mean_dice: f64,
    forest_mean_dice: f64,
    /// The mineral among these at which the network is worst beside the forest: Dice minus Dice.
    worst_against_forest: f64,
    /// F1 of particles at an overlap of half, and its mean from 0.5 to 0.95.
    particle_f1: f64,
    particle_f1_mean: f64,
    /// Largest distance of the 3D liberation curve of the target, percentage points.
    target_curve_points: f64,
    /// The same over all minerals above 5 % of the solid.
    worst_curve_points: f64,
}

/// A phantom of which a map was not found.
#[derive(Debug, Serialize)]
struct Refused {
    folder: PathBuf,
    reason: String,
}

/// The table, and what is missing in it.
#[derive(Debug, Serialize)]
pub struct AnyOreStudy {
    rows: Vec<Row>,
    refused: Vec<Refused>,
}

/// Runs every stage on phantoms that are drawn at random, and judges the results. The forest learns
/// from the same maps at their true places. A phantom with a map that is not found is listed apart.
///
/// # Errors
/// When a stage fails otherwise, a file cannot be written, or the user asks to stop.
pub fn any_ore(
    plan: &Plan,
    seed: u64,
    device: DeviceChoice,
    progress: &dyn Progress,
) -> Result<AnyOreStudy, Error> {
    let options = Options {
        device,
        asked: Asked {
            minutes: Some(plan.minutes),
            ..Asked::default()
        },
        ..Options::default()
    };
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for index in 0..plan.phantoms {
        let kind = Kind::ALL[index as usize % Kind::ALL.len()];
        progress.say(&format!(
            "phantom {} of {}: {}",
            index + 1,
            plan.phantoms,
            kind.name()
        ));
        let seed = seed_of(seed, &format!("any ore {index}"));
        let made = phantom(
            &settings(kind, plan.width_vox as usize, seed),
            seed,
            progress,
        )?;
        let folder = plan.folder.join(format!("{index:02}-{}", kind.name()));
        match row(kind, &made, &folder, &options, progress) {
            Ok(row) => rows.push(row),
            // That is a result too, and the others are worth having.
            Err(Error::Stage(error)) if error.is_negative_answer() => refused.push(Refused {
                folder,
                reason: error.to_string(),
            }),
            Err(error) => return Err(error),
        }
    }
    Ok(AnyOreStudy { rows, refused })
}

/// A phantom of the kind with two maps to learn from and one that is kept back.
fn settings(kind: Kind, width_vox: usize, seed: u64) -> PhantomSettings {
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "settings"));
    let shape_vox = [5 * width_vox / 8, width_vox, width_vox];
    let mut settings = PhantomSettings::drawn_at_random(kind, shape_vox, &mut rng);
    settings.maps.training = 2;
    settings.maps.validation = 1;
    settings.maps.mirrored = 0.5;
    settings.maps.pixel_um = settings.voxel_um * rng.random_range(0.5..1.1);
    settings
}

fn row(
    kind: Kind,
    made: &Phantom,
    folder: &Path,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Row, Error> {
    let project = write_phantom(folder, kind.name(), "any", made, progress)?;
    let sample = Sample::open(&project, options, progress)?;
    sample.measure(progress)?;
    let judgement = judge(&sample, &folder.join(TRUTH), progress)?;
    sample.report(progress)?;

    let forest = of_forest(made, seed_of(sample.project().seed, "forest"), progress)?;
    let minerals = &made.minerals;
    let share_pct = |class: u8| {
        let name = minerals.name(class);
        let found = judgement.minerals.iter().find(|m| m.mineral == name);
        found.map_or(0.0, |m| m.share_pct)
    };
    let dice_of = |class: u8| {
        let name = minerals.name(class);
        let found = judgement.segmentation.dice.iter().find(|(n, _)| n == name);
        found.map_or(f64::NAN, |(_, dice)| *dice)
    };
    let common: Vec<u8> = minerals
        .solids()
        .filter(|&class| share_pct(class) >= COMMON_PCT)
        .collect();
    let mean = |of: &dyn Fn(u8) -> f64| {
        common.iter().map(|&class| of(class)).sum::<f64>() / common.len().max(1) as f64
    };
    let of_forest = |class: u8| forest.classes[usize::from(class)].dice();
    let worst = |worst: f64, class: &u8| worst.min(dice_of(*class) - of_forest(*class));
    let measured = judgement.minerals.iter();
    let measured = measured.filter(|mineral| mineral.share_pct >= MEASURED_PCT);
    let placed = judgement.registration_error_vox.iter();
    Ok(Row {
        kind: kind.name(),
        minerals: minerals.solids().count(),
        maps_placed: [
            placed
                .clone()
                .filter(|(_, error)| *error < SUCCESS_VOX)
                .count(),
            placed.count(),
        ],
        foreground_dice: judgement.segmentation.foreground_dice,
        forest_foreground_dice: forest.foreground.dice(),
        mean_dice: mean(&dice_of),
        forest_mean_dice: mean(&of_forest),
        worst_against_forest: common.iter().fold(f64::INFINITY, worst),
        particle_f1: judgement.segmentation.particle_f1,
        particle_f1_mean: judgement.segmentation.particle_f1_mean,
        target_curve_points: judgement.liberation.curve_points,
        worst_curve_points: measured.filter_map(|m| m.curve_points).fold(0.0, f64::max),
    })
}

/// A random forest from the training maps at their true places, on the whole volume.
fn of_forest(made: &Phantom, seed: u64, progress: &dyn Progress) -> Result<Overlaps, Error> {
    let scan = Scan::measure(&made.ct)?;
    let maps: Vec<PlacedMap> = made
        .maps
        .iter()
        .enumerate()
        .filter(|(_, map)| map.role == MapRole::Training)
        .map(|(i, map)| PlacedMap {
            name: format!("map_{i}"),
            classes: map.classes.clone(),
            coords_vox: map.coords_vox.clone(),
            pixel_um: made.pixel_size_um,
        })
        .collect();
    let minerals = &made.minerals;
    let classes = classes_of(minerals);
    let within = Within(progress);
    let forest = Forest::train(&scan, &maps, &classes, seed, &within)?;
    let found: Volume<u8> = forest.segment(&scan, &Compute::Cpu, &within)?;
    overlaps(
        found.data(),
        made.phases.data(),
        minerals.len(),
        minerals.background(),
    )
    .map_err(Error::Truth)
}

impl fmt::Display for AnyOreStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| kind | minerals | maps placed | particles, forest | mean Dice, forest | worst beside \
             forest | F1, mean | curve of the target, worst |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
        for row in &self.rows {
            let [placed, maps] = row.maps_placed;
            writeln!(
                f,
                "| {} | {} | {placed} of {maps} | {:.3}, {:.3} | {:.3}, {:.3} | {:+.3} | {:.3}, {:.3} | \
                 {:.1}, {:.1} |",
                row.kind,
                row.minerals,
                row.foreground_dice,
                row.forest_foreground_dice,
                row.mean_dice,
                row.forest_mean_dice,
                row.worst_against_forest,
                row.particle_f1,
                row.particle_f1_mean,
                row.target_curve_points,
                row.worst_curve_points,
            )?;
        }
        for Refused { folder, reason } in &self.refused {
            writeln!(f, "\n{}: {reason}", folder.display())?;
        }
        Ok(())
    }
}
