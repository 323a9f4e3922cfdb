use std::borrow::Cow;
use std::time::Instant;

use corelith_core::{PlacedMap, Progress};
use corelith_gpu::Compute;
use rayon::prelude::*;

use super::chance::{is_clearly_lower, mean_loss};
use super::checkpoint::CheckpointStore;
use super::clock::Clock;
use super::examples::{InVolumes, LabelledVolume, OnPlanes, Rehearsed};
use super::fit::{Beside, Fit, Origin};
use super::held_out::HeldOut;
use super::outcome::Trained;
use super::plan::Plan;
use super::pretrain::{self, greys_of};
use super::recipe::candidates;
use crate::UnetError;
use crate::forest::{Forest, Lessons};
use crate::labelling::{Split, gather_all, scattered, split_labels, without_contradicted};
use crate::model::{Beginning, Model};
use crate::network::{Classes, Scan, Settings, Start};

/// Thin across the planes, wide along them, because labels lie on the planes alone.
const PATCH_VOX: [usize; 3] = [24, 96, 96];

/// Most boxes of held-out voxels: each point of the curve takes seconds.
const WATCHED_BOXES: usize = 96;

/// Most boxes of labelled voxels by which the rims are set in the end.
const RIM_BOXES: usize = 64;

/// Share of a map from which on it is told that it is not learned from.
const TOLD_SHARE: f64 = 0.005;

/// Share of the time, where that is limited, after which no further forest is tried.
const FOREST_TIME: f64 = 0.15;

/// What a network of phases is to be learned from.
#[derive(Debug, Clone, Copy)]
pub struct TrainingInput<'a> {
    /// The scan.
    pub scan: Scan<'a>,
    /// Mineral maps and where they lie in it. Unmeasured pixels are no labels, and neither is what the scan
    /// does not have: where particles were torn out of a section or pressed into it.
    pub maps: &'a [PlacedMap],
    /// What the maps tell apart.
    pub classes: &'a Classes,
    /// Volumes that look like the scan and are labelled throughout, for patches beside those of
    /// the maps; may be none.
    pub phantoms: &'a [LabelledVolume],
    /// Models whose weights are tried to begin with, of the last layer only the rows of classes
    /// with the same name.
    pub starts: &'a [(Beginning, Model)],
    /// When the stage began: [`Settings::minutes`] count from here, so that they hold the making of
    /// phantoms.
    pub began: Instant,
}

/// Trains a network on the voxels that the maps pass through.
///
/// What the settings leave open (start, share of patches that show phantoms, share of the start in
/// the kept weights) is chosen on blocks of labels that are not learned from: candidates run a
/// short race, and the winner goes on. A random forest learns beside, and the model holds both unless one
/// alone clearly does better on these blocks. The card tells of it.
///
/// A state that `checkpoints` holds
/// of the same run is taken up. Same input, settings, seed and kind of device: same weights, unless
/// [`Settings::minutes`] ends the run.
///
/// # Errors
/// When a setting is out of range, when the start has another architecture, when no label lies in
/// the volume, when a phantom has no contrast or does not fit the classes, when the device fails,
/// when the training diverges, or when the user stops it.
pub fn train(
    input: &TrainingInput<'_>,
    settings: &Settings,
    compute: &Compute,
    seed: u64,
    checkpoints: Option<&dyn CheckpointStore>,
    progress: &dyn Progress,
) -> Result<Trained, UnetError> {
    settings.check()?;
    let TrainingInput {
        scan,
        maps,
        classes,
        phantoms,
        starts,
        began,
    } = *input;
    let shape = scan.ct.shape();
    let told = told(input);
    let (maps, left_out) = without_damage(maps, &scan, classes.background);
    let labels = gather_all(&maps, shape, classes.count(), &told)?;
    let numbered = numbered_anew(phantoms, &told, classes);
    let phantoms = &*numbered;
    let all = classes;
    let classes = &all.only(&told);
    let labels = split_labels(labels, settings.held_out, seed);
    let plan = Plan::new(settings, PATCH_VOX, shape);
    let greys = greys_of(phantoms, classes)?;
    let rehearsed = phantoms.first().map(|phantom| phantom.ct.shape());
    tracing::info!(
        "{} labelled voxels, {} held out, patches of {:?}, {} steps",
        labels.training.voxels.len(),
        labels.held_out.voxels.len(),
        plan.patch,
        plan.steps
    );
    let clock = Clock::new(began, settings.minutes);
    let held_out = HeldOut::new(&scan, &labels.held_out, settings, classes, WATCHED_BOXES);
    let beside = if held_out.count() > 0 {
        let told = TrainingInput {
            classes,
            phantoms,
            ..*input
        };
        Some(beside(&told, &labels, &held_out, &clock, seed, progress)?)
    } else {
        None
    };
    let fit = Fit {
        settings,
        plan,
        recipes: candidates(
            settings,
            &beginnings(settings, starts),
            !phantoms.is_empty(),
        ),
        classes,
        key: serde_json::to_string(&(
            settings,
            seed,
            shape,
            scan.grey,
            &greys,
            compute.gpu().map(|_| compute.name()),
            starts
                .iter()
                .map(|(_, model)| model.card())
                .collect::<Vec<_>>(),
        ))?,
        examples: &Rehearsed {
            planes: OnPlanes::new(scan, &labels.training),
            // They look like the scan: what is one grey value there is the same here.
            phantoms: InVolumes::new(phantoms, vec![scan.grey; phantoms.len()], classes.count()),
            phantom_patch: pretrain::patch_of(settings, rehearsed.unwrap_or_default()),
        },
        origin: Origin {
            classes: all,
            told,
            spacing: scan.ct.spacing(),
            grey: scan.grey,
            scans: None,
            names: maps.iter().map(|map| map.name.clone()).collect(),
            labelled_voxels: labels.training.voxels.len(),
            held_out_voxels: labels.held_out.voxels.len(),
        },
        held_out,
        rims: Some(HeldOut::new(
            &scan,
            &labels.training,
            settings,
            classes,
            RIM_BOXES,
        )),
        scattered: Some(HeldOut::new(
            &scan,
            &scattered(shape, classes.count(), seed),
            settings,
            classes,
            usize::MAX,
        )),
        beside,
        clock,
        starts,
        compute,
        seed,
    };
    let mut trained = fit.run(checkpoints, progress)?;
    trained.warnings.splice(0..0, left_out);
    Ok(trained)
}

/// The maps without what the scan contradicts, and what to tell of that.
fn without_damage(
    maps: &[PlacedMap],
    scan: &Scan<'_>,
    background: u8,
) -> (Vec<PlacedMap>, Vec<String>) {
    let cleaned = maps.par_iter();
    let cleaned: Vec<(PlacedMap, f64)> = cleaned
        .map(|map| without_contradicted(map, scan.ct, background))
        .collect();
    let told = cleaned
        .iter()
        .filter(|(_, share)| *share >= TOLD_SHARE)
        .map(|(map, share)| {
            format!(
                "map {}: {:.1} % of its pixels show what the scan does not have there (particles torn \
                 out or pressed in); they are not learned from",
                map.name,
                100.0 * share
            )
        })
        .collect();
    (cleaned.into_iter().map(|(map, _)| map).collect(), told)
}

/// Numbers of the classes that can be learned of, ascending: those of the maps and the phantoms, those that a
/// start knows by name, and resin. What a long list names beside would cost memory and time alone.
fn told(input: &TrainingInput<'_>) -> Vec<u8> {
    let TrainingInput {
        maps,
        classes,
        phantoms,
        starts,
        ..
    } = *input;
    let mut held = [false; 256];
    held[usize::from(classes.background)] = true;
    let of_maps = maps.iter().map(|map| map.classes.data());
    for labels in of_maps.chain(phantoms.iter().map(|phantom| phantom.classes.data())) {
        for &class in labels {
            held[usize::from(class)] = true;
        }
    }
    for name in starts
        .iter()
        .flat_map(|(_, model)| model.card().classes_told().names)
    {
        if let Some(class) = classes.names.iter().position(|known| *known == name) {
            held[class] = true;
        }
    }
    let mut told = classes.numbers();
    told.retain(|class| held[usize::from(*class)]);
    told
}

/// Phantoms with the classes `told`.
fn numbered_anew<'a>(
    phantoms: &'a [LabelledVolume],
    told: &[u8],
    classes: &Classes,
) -> Cow<'a, [LabelledVolume]> {
    if told.len() == classes.count() {
        return Cow::Borrowed(phantoms);
    }
    let number = |class: &u8| {
        told.binary_search(class)
            .map_or(*class, |number| number as u8)
    };
    let numbered = |phantom: &LabelledVolume| LabelledVolume {
        ct: phantom.ct.clone(),
        classes: phantom.classes.map(number),
    };
    Cow::Owned(phantoms.iter().map(numbered).collect())
}

/// A random forest that learns from the same labels, and from phantoms and in context unless it clearly
/// does worse so: these know what a few planes do not show.
fn beside<'a>(
    input: &TrainingInput<'a>,
    labels: &'a Split,
    held_out: &HeldOut,
    clock: &Clock,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Beside<'a>, UnetError> {
    let TrainingInput {
        scan,
        classes,
        phantoms,
        ..
    } = *input;
    let learned = |phantoms: &'a [LabelledVolume], context: bool| {
        let began = Instant::now();
        let lessons = Lessons {
            labels: &labels.training,
            phantoms,
            context,
        };
        let forest = Forest::fit(&scan, lessons, classes, seed, progress)?;
        let found = held_out.by_forest(&scan, &forest);
        let losses = held_out.losses(&found);
        tracing::debug!(
            "forest of {} phantoms{}: {:.4?} nats",
            phantoms.len(),
            if context { " in context" } else { "" },
            mean_loss(&losses)
        );
        Ok::<_, UnetError>(Beside {
            floor: found.clone(),
            found,
            losses,
            knows: forest.knows(),
            scan,
            labels,
            phantoms,
            context,
            seconds: began.elapsed().as_secs_f64(),
        })
    };
    let mut best = learned(&[], false)?;
    if !phantoms.is_empty() {
        for context in [false, true] {
            if !clock.is_within(FOREST_TIME) {
                break;
            }
            let beside = learned(phantoms, context)?;
            if !is_clearly_lower(&best.losses, &beside.losses) {
                let floor = best.floor;
                best = Beside { floor, ..beside };
            }
        }
    }
    Ok(best)
}

/// What there is to begin with: the models, and random weights where there is none or nobody asked
/// for one.
fn beginnings(settings: &Settings, starts: &[(Beginning, Model)]) -> Vec<Beginning> {
    let mut all: Vec<Beginning> = starts.iter().map(|(beginning, _)| *beginning).collect();
    if all.is_empty() || settings.start == Start::Auto {
        all.push(Beginning::Random);
    }
    all
}
