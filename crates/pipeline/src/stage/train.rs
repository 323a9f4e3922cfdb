//! A network that learns phases from the registered training maps.

use std::path::{Path, PathBuf};
use std::time::Instant;

use corelith_core::{Minerals, PlacedMap, Volume, seed_of};
use corelith_unet::{
    Beginning, CheckpointStore, Classes, Model, ModelCard, Scan, Settings, Start, Trained,
    TrainingInput,
};
use serde::Serialize;

use super::rehearsal;
use crate::model_folder::{Checkpoint, FILES, WEIGHTS, write_model};
use crate::results::{Before, CorrectedCt, StoredModel, StoredPlacement, check_room};
use crate::resume::{Stage, StageFiles};
use crate::{Context, Error};

/// Folder of the trained model, relative to the results.
pub const MODEL: &str = "models/phases";

/// Weights that a training begins with.
#[derive(Serialize)]
pub enum StartWeights {
    /// Random ones.
    Random,
    /// Those that come with the program, by their checksum. Random ones are tried beside them where
    /// the settings leave it open.
    Pretrained(String),
    /// Those of a model.
    Model(StoredModel),
}

impl StartWeights {
    /// Those that settings ask for; `path` tells where a folder lies that they name.
    ///
    /// # Errors
    /// When there is no model in the folder.
    pub fn of(start: &Start, path: impl Fn(&Path) -> PathBuf) -> Result<Self, Error> {
        Ok(match start {
            Start::Random => Self::Random,
            Start::Auto | Start::Pretrained => {
                Self::Pretrained(corelith_unet::pretrained_phases_sha256())
            }
            Start::Folder(folder) => Self::Model(StoredModel::in_folder(&path(folder))?),
        })
    }
}

/// Trains the network.
#[derive(Serialize)]
pub struct Train<'a> {
    /// The CT volume.
    pub ct: &'a CorrectedCt,
    /// The maps to learn from.
    pub maps: &'a [&'a StoredPlacement],
    /// The mineral list, without densities.
    pub minerals: &'a Minerals,
    /// Weights to begin with.
    pub start: &'a StartWeights,
    /// How it learns.
    #[serde(serialize_with = "without_path")]
    pub settings: &'a Settings,
    /// Seed of the run.
    pub seed: u64,
}

/// The path of weights says nothing: [`Train::start`] has what they hold.
fn without_path<S: serde::Serializer>(settings: &Settings, to: S) -> Result<S::Ok, S::Error> {
    let start = match &settings.start {
        Start::Folder(_) => Start::default(),
        start => start.clone(),
    };
    Settings {
        start,
        ..settings.clone()
    }
    .serialize(to)
}

impl Stage for Train<'_> {
    const VERSION: u32 = 11;
    type Outputs = StoredModel;

    fn name(&self) -> String {
        "train".to_owned()
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let ct = self.ct.read(context.progress)?;
        check_room(Before::Segmentation, ct.shape(), context)?;
        let maps = self
            .maps
            .iter()
            .map(|map| map.read().cloned())
            .collect::<Result<Vec<PlacedMap>, _>>()?;
        let folder = context.result(MODEL);
        let checkpoint = Checkpoint::of(&folder);
        let lesson = Lesson {
            ct: &ct,
            maps: &maps,
            minerals: self.minerals,
            start: self.start,
            settings: self.settings,
            seed: self.seed,
        };
        let mut trained = lesson.learn(Some(&checkpoint), context)?;
        trained.model.made_by(lesson.command());
        write_model(&folder, &trained)?;
        checkpoint.remove();
        Ok(FILES.map(|file| Path::new(MODEL).join(file)).into())
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        let weights = files.get(Path::new(MODEL).join(WEIGHTS))?;
        Ok(StoredModel::written(weights))
    }
}

/// What a network of phases learns from, read.
pub struct Lesson<'a> {
    /// The CT volume.
    pub ct: &'a Volume<u16>,
    /// The maps to learn from, placed.
    pub maps: &'a [PlacedMap],
    /// The mineral list.
    pub minerals: &'a Minerals,
    /// Weights to begin with.
    pub start: &'a StartWeights,
    /// How it learns.
    pub settings: &'a Settings,
    /// Seed of the run.
    pub seed: u64,
}

impl Lesson<'_> {
    /// Makes phantoms that look like the scan, where the settings ask for them, and trains the
    /// network.
    ///
    /// # Errors
    /// When the scan has no contrast, a setting is out of range, or the network cannot be trained.
    pub fn learn(
        &self,
        checkpoint: Option<&dyn CheckpointStore>,
        context: &Context<'_>,
    ) -> Result<Trained, Error> {
        let began = Instant::now();
        let scan = Scan::measure(self.ct)?;
        let phantoms = rehearsal::phantoms(
            &scan,
            self.maps,
            self.minerals,
            self.settings,
            self.seed,
            context,
        )?;
        let starts = self.starts(context)?;
        let trained = corelith_unet::train(
            &TrainingInput {
                scan,
                maps: self.maps,
                classes: &classes_of(self.minerals),
                phantoms: &phantoms,
                starts: &starts,
                began,
            },
            self.settings,
            context.compute,
            seed_of(self.seed, "train"),
            checkpoint,
            context.progress,
        )?;
        for warning in &trained.warnings {
            context.warn(warning);
        }
        let card = trained.model.card();
        say_what_is_not_told(card, self.minerals, context);
        context.say(&format!(
            "  {} steps on {} labelled voxels of {}",
            card.steps,
            card.labelled_voxels,
            card.trained_on.join(", ")
        ));
        Ok(trained)
    }

    /// The command of the program that does the same, without the names of files.
    fn command(&self) -> String {
        let mut text = format!("corelith train --seed {}", self.seed);
        if self.settings.minutes > 0.0 {
            text.push_str(&format!(" --minutes {}", self.settings.minutes));
        }
        if let StartWeights::Model(_) = self.start {
            text.push_str(" --from MODEL");
        }
        text
    }

    /// The models to start from.
    fn starts(&self, context: &Context<'_>) -> Result<Vec<(Beginning, Model)>, Error> {
        match self.start {
            StartWeights::Random => Ok(Vec::new()),
            StartWeights::Model(model) => Ok(vec![(Beginning::Given, model.read()?)]),
            StartWeights::Pretrained(_) => {
                let model = corelith_unet::pretrained_phases()?;
                let of = |s: &Settings| (s.width, s.levels);
                let (has, wanted) = (of(&model.card().settings), of(self.settings));
                if has != wanted {
                    context.say(&format!(
                        "  starts from random weights: the pretrained ones have (width, levels) \
                         of {has:?}, the settings ask for {wanted:?}"
                    ));
                    return Ok(Vec::new());
                }
                Ok(vec![(Beginning::Phases, model)])
            }
        }
    }
}

/// Names of minerals that are told one by one.
const FEW_NAMES: usize = 6;

/// Says which minerals of the list no voxel will be called, as nothing that was learned from shows them.
fn say_what_is_not_told(card: &ModelCard, minerals: &Minerals, context: &Context<'_>) {
    let told = card.told();
    let names = card.classes.names.iter().zip(0u8..);
    let left: Vec<&str> = names
        .filter(|(_, class)| !told.contains(class) && !minerals.is_ignored(*class))
        .map(|(name, _)| name.as_str())
        .collect();
    let which = match left.len() {
        0 => return,
        1..=FEW_NAMES => left.join(", "),
        many => format!("{many} of {} minerals", card.classes.count()),
    };
    context.say(&format!(
        "  no voxel will be called {which}: the maps to learn from show none"
    ));
}

/// The classes of a mineral list.
pub fn classes_of(minerals: &Minerals) -> Classes {
    Classes {
        names: minerals.rows().iter().map(|m| m.name.clone()).collect(),
        background: minerals.background(),
    }
}
