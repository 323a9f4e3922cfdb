//! Networks learned from phantoms with exact truth.

mod task;

use std::path::Path;

use corelith_core::{Progress, seed_of};
use corelith_gpu::Compute;
use corelith_phantom::phantom;
use corelith_unet::{Beginning, LabelledVolume, ModelCard, PretrainingInput, Settings, Start};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::Error;
use crate::model_folder::{Checkpoint, read_model, write_model};
pub use task::Task;

/// One phantom is watched for each so many that are learned from.
const LEARNED_FOR_WATCHED: usize = 10;

/// How a network is learned from phantoms.
#[derive(Debug, Clone)]
pub struct Pretraining {
    /// What it learns.
    pub task: Task,
    /// Phantoms to learn from, each with settings of its own; 1 or more.
    pub phantoms: usize,
    /// Training steps; 1 or more.
    pub steps: usize,
    /// Weights to go on from.
    pub from: Start,
    /// Seed of everything random.
    pub seed: u64,
}

impl Pretraining {
    /// Trains the network and writes it into `folder`; takes up a run that was stopped there.
    ///
    /// # Errors
    /// When the start is no model, the device fails, a file cannot be written, or the user asks to
    /// stop.
    pub fn run(
        &self,
        folder: &Path,
        compute: &Compute,
        progress: &dyn Progress,
    ) -> Result<ModelCard, Error> {
        let watched = self.phantoms.div_ceil(LEARNED_FOR_WATCHED);
        progress.say(&format!("{} phantoms", self.phantoms + watched));
        let volumes = (0..self.phantoms + watched)
            .map(|i| labelled_phantom(self.task, self.seed, i, progress))
            .collect::<Result<Vec<_>, _>>()?;
        let (watched, learned) = volumes.split_at(watched);
        let starts = match &self.from {
            Start::Random => Vec::new(),
            Start::Auto | Start::Pretrained => vec![(Beginning::Given, self.task.pretrained()?)],
            Start::Folder(folder) => vec![(Beginning::Given, read_model(folder)?)],
        };
        let mut settings = Settings {
            start: self.from.clone(),
            // Phantoms hold every class, so that nothing of the start need be kept by force.
            start_share: Some(0.0),
            steps: self.steps,
            ..Settings::default()
        };
        self.task.adapt(&mut settings);
        let classes = self.task.classes()?;
        let checkpoint = Checkpoint::of(folder);
        let mut trained = corelith_unet::pretrain(
            &PretrainingInput {
                volumes: learned,
                watched,
                classes: &classes,
                starts: &starts,
            },
            &settings,
            compute,
            seed_of(self.seed, "pretrain"),
            Some(&checkpoint),
            progress,
        )?;
        for warning in &trained.warnings {
            progress.say(&format!("warning: {warning}"));
        }
        trained.model.made_by(self.command());
        write_model(folder, &trained)?;
        checkpoint.remove();
        Ok(trained.model.card().clone())
    }

    /// The command, without the names of folders.
    fn command(&self) -> String {
        let from = match &self.from {
            Start::Random => "",
            Start::Auto | Start::Pretrained => " --from pretrained",
            Start::Folder(_) => " --from MODEL",
        };
        let task = match self.task {
            Task::Phases => "",
            Task::Particles => " --task particles",
        };
        format!(
            "corelith pretrain{task} --phantoms {} --steps {} --seed {}{from}",
            self.phantoms, self.steps, self.seed
        )
    }
}

/// The `i`-th phantom: everything is drawn around what the task is to know.
fn labelled_phantom(
    task: Task,
    seed: u64,
    i: usize,
    progress: &dyn Progress,
) -> Result<LabelledVolume, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, &format!("phantom look {i}")));
    let settings = task.settings(i, &mut rng);
    let made = phantom(&settings, seed_of(seed, &format!("phantom {i}")), progress)?;
    task.labelled(made, progress)
}
