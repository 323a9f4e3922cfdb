//! A training from candidates to the model.

use std::time::Instant;

use burn::tensor::Device;
use corelith_core::{Progress, Spacing};
use corelith_gpu::Compute;

use super::chance::BlockLoss;
use super::checkpoint::{Checkpoint, CheckpointError, CheckpointStore};
use super::clock::Clock;
use super::examples::{Examples, LabelledVolume};
use super::held_out::HeldOut;
use super::outcome::Trained;
use super::plan::Plan;
use super::queue::PatchQueue;
use super::race::Race;
use super::runner::{Course, Runner};
use super::weighing::Weighing;
use crate::UnetError;
use crate::forest::{Forest, Lessons};
use crate::kernels::{burn_device, guarded};
use crate::labelling::Split;
use crate::model::{Beginning, Model, Recipe, ScanRange};
use crate::network::{Classes, GreyStatistics, Network, Scan, Settings};
use crate::random::rng;

/// Units of the progress: a run ends by steps or by the clock, so they are shares of the run.
const PROGRESS_UNITS: u64 = 1000;

/// What errors of the device say was done.
pub(crate) const TASK: &str = "training";

/// What the examples of a run are, for the card.
pub(crate) struct Origin<'a> {
    /// The classes that labels are numbers of.
    pub classes: &'a Classes,
    /// Numbers of those that are told apart, ascending.
    pub told: Vec<u8>,
    pub spacing: Spacing,
    pub grey: GreyStatistics,
    /// What the scans look like, where there are several.
    pub scans: Option<ScanRange>,
    pub names: Vec<String>,
    pub labelled_voxels: usize,
    pub held_out_voxels: usize,
}

/// A random forest that learned from the same labels.
pub(crate) struct Beside<'a> {
    /// Its probabilities of every class at the voxels that are held out, voxel by voxel.
    pub found: Vec<f32>,
    /// What these lose.
    pub losses: Vec<BlockLoss>,
    /// The probabilities of a forest that knows the labels alone and no context: the yardstick.
    pub floor: Vec<f32>,
    /// Which classes it has learned of.
    pub knows: Vec<bool>,
    /// What it learns from.
    pub scan: Scan<'a>,
    pub labels: &'a Split,
    pub phantoms: &'a [LabelledVolume],
    pub context: bool,
    /// Seconds that it took.
    pub seconds: f64,
}

impl Beside<'_> {
    /// The forest that the model keeps: where it has proved good on what is held out, that teaches
    /// it too.
    pub fn of_all_labels(
        &self,
        classes: &Classes,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Forest, UnetError> {
        let lessons = Lessons {
            labels: &self.labels.all(),
            phantoms: self.phantoms,
            context: self.context,
        };
        Ok(Forest::fit(&self.scan, lessons, classes, seed, progress)?)
    }
}

/// What a run learns, from what, and where.
pub(crate) struct Fit<'a> {
    pub settings: &'a Settings,
    pub plan: Plan,
    /// What is told apart.
    pub classes: &'a Classes,
    pub examples: &'a dyn Examples,
    /// What is tried, the preferred one first; at least one.
    pub recipes: Vec<Recipe>,
    pub origin: Origin<'a>,
    pub held_out: HeldOut,
    /// Labels by which the rims of particles are set in the end; none leaves them as learned.
    pub rims: Option<HeldOut>,
    /// Voxels from all over the scan, by which minerals are weighed where they are decided; none takes
    /// those that are held out.
    pub scattered: Option<HeldOut>,
    /// A random forest beside.
    pub beside: Option<Beside<'a>>,
    /// The models that recipes begin with.
    pub starts: &'a [(Beginning, Model)],
    pub compute: &'a Compute,
    pub seed: u64,
    pub clock: Clock,
    /// Everything that the run depends on; a state of another run is not taken up.
    pub key: String,
}

/// A part of a candidate's training.
struct Leg<'a> {
    /// Steps that end it.
    until: usize,
    /// Share of the time that ends it too; none in the last one.
    share: Option<f64>,
    weighing: &'a Weighing,
    device: &'a Device,
}

/// Where a run keeps and tells how far it is.
struct Told<'a> {
    checkpoints: Option<&'a dyn CheckpointStore>,
    progress: &'a dyn Progress,
    /// Units of progress so far.
    shown: u64,
    warnings: Vec<String>,
}

impl Fit<'_> {
    pub fn run(
        self,
        checkpoints: Option<&dyn CheckpointStore>,
        progress: &dyn Progress,
    ) -> Result<Trained, UnetError> {
        let compute = self.compute;
        guarded(compute, TASK, || self.learn(checkpoints, progress))?
    }

    fn learn(
        mut self,
        checkpoints: Option<&dyn CheckpointStore>,
        progress: &dyn Progress,
    ) -> Result<Trained, UnetError> {
        let device = burn_device(self.compute)?;
        let weighing = Weighing::new(
            &self.examples.totals(),
            usize::from(self.classes.background),
            self.settings.rarity,
        );
        if self.held_out.count() == 0 {
            // Nothing to choose by.
            self.recipes.truncate(1);
        }
        self.compile_kernels(&weighing, &device)?;
        let mut told = Told {
            checkpoints,
            progress,
            shown: 0,
            warnings: Vec::new(),
        };
        let mut race = self.race(&device, checkpoints)?;
        progress.start("train", PROGRESS_UNITS);
        while let Some(round) = race.round() {
            for i in 0..race.runners.len() {
                let until = round.points * self.plan.every;
                let leg = Leg {
                    until,
                    share: Some(round.share),
                    weighing: &weighing,
                    device: &device,
                };
                self.advance(&mut race, i, leg, &mut told)?;
            }
            race.end(round);
        }
        let leg = Leg {
            until: self.plan.steps,
            share: None,
            weighing: &weighing,
            device: &device,
        };
        self.advance(&mut race, 0, leg, &mut told)?;
        progress.finish();
        self.finish(race, &device, told.warnings, progress)
    }

    /// The candidates, at their start or where a checkpoint has them.
    fn race(
        &mut self,
        device: &Device,
        checkpoints: Option<&dyn CheckpointStore>,
    ) -> Result<Race, UnetError> {
        let found = checkpoints
            .and_then(CheckpointStore::load)
            .and_then(|state| Checkpoint::decode(&state).ok())
            .filter(|(found, _)| found.key == self.key && !found.runners.is_empty());
        let mut race = Race {
            runners: Vec::new(),
            standings: Vec::new(),
            over: 0,
        };
        let Some((found, arrays)) = found else {
            for &recipe in &self.recipes {
                race.runners
                    .push(Runner::new(recipe, self.network(recipe, device)?, device));
            }
            return Ok(race);
        };
        for (reached, arrays) in found.runners.into_iter().zip(arrays) {
            let recipe = reached.recipe;
            let mut runner = Runner::new(recipe, self.network(recipe, device)?, device);
            tracing::info!("going on after step {} of {recipe:?}", reached.step);
            runner.resume(reached, arrays, device)?;
            race.runners.push(runner);
        }
        self.clock.resume(found.seconds);
        race.standings = found.standings;
        race.over = found.over;
        Ok(race)
    }

    /// The model that a recipe begins with.
    pub(super) fn start_of(&self, recipe: Recipe) -> Option<&Model> {
        let of = |(beginning, _): &&(Beginning, Model)| *beginning == recipe.beginning;
        self.starts.iter().find(of).map(|(_, model)| model)
    }

    /// The weights that a recipe begins with.
    fn network(&self, recipe: Recipe, device: &Device) -> Result<Network, UnetError> {
        let network = Network::new(
            self.settings.width,
            self.settings.levels,
            self.classes.count(),
            &mut rng(self.seed, "weights"),
            &device.clone().autodiff(),
        );
        match self.start_of(recipe) {
            Some(model) => model.transferred(network, self.settings, self.classes),
            None => Ok(network),
        }
    }

    /// Makes a step and a judgement for nothing, so that a GPU has compiled all kernels: the time that the
    /// training may take is for learning.
    fn compile_kernels(&mut self, weighing: &Weighing, device: &Device) -> Result<(), UnetError> {
        if self.compute.gpu().is_none() {
            return Ok(());
        }
        let began = Instant::now();
        let recipe = self.recipes[0];
        let mut runner = Runner::new(recipe, self.network(recipe, device)?, device);
        let course = self.course(weighing, device);
        let mut rng = rng(self.seed, "kernels");
        let patch = self.examples.patch(&recipe, self.plan.patch, &mut rng);
        runner.step(&course, &patch, 0.0, began);
        runner.point(&course, 0.0, 0.0)?;
        self.clock.stop_for(began.elapsed());
        Ok(())
    }

    fn course<'a>(&'a self, weighing: &'a Weighing, device: &'a Device) -> Course<'a> {
        Course {
            settings: self.settings,
            compute: self.compute,
            plan: &self.plan,
            examples: self.examples,
            weighing,
            held_out: &self.held_out,
            device,
            seed: self.seed,
        }
    }

    /// Trains one candidate to the end of a leg.
    fn advance(
        &self,
        race: &mut Race,
        i: usize,
        leg: Leg<'_>,
        told: &mut Told<'_>,
    ) -> Result<(), UnetError> {
        let Leg {
            until,
            share,
            weighing,
            device,
        } = leg;
        let course = self.course(weighing, device);
        let patience = if share.is_some() {
            0
        } else {
            self.settings.patience
        };
        let reached = &race.runners[i].reached;
        let (recipe, steps) = (reached.recipe, reached.step..until);
        std::thread::scope(|scope| -> Result<(), UnetError> {
            let mut patches = PatchQueue::start(scope, course, recipe, steps);
            loop {
                let runner = &race.runners[i];
                let done = self.done(runner);
                let spent = share.is_some_and(|share| {
                    let limit = share * 60.0 * self.settings.minutes;
                    limit > 0.0 && runner.reached.seconds >= limit
                });
                let over = runner.reached.step >= until || done >= 1.0 || spent;
                if over || runner.is_stale(patience) {
                    break;
                }
                if told.progress.is_cancelled() {
                    told.save(&self.key, self.clock.seconds(), race)?
                        .map_err(|source| UnetError::Checkpoint { source })?;
                    told.progress.check()?;
                }
                let began = Instant::now();
                let Some(patch) = patches.next() else { break };
                race.runners[i].step(&course, &patch, done, began);
                let all: usize = race
                    .standings
                    .iter()
                    .filter(|s| !s.kept)
                    .map(|s| s.steps)
                    .sum();
                let steps = all + race.runners.iter().map(|r| r.reached.step).sum::<usize>();
                told.show(self.share(steps));
                let step = race.runners[i].reached.step;
                if step.is_multiple_of(self.plan.every) || step == self.plan.steps {
                    let began = Instant::now();
                    let remark = race.runners[i].point(&course, done, self.clock.seconds())?;
                    let end = self.cost_of_the_end(began.elapsed().as_secs_f64());
                    self.clock.reserve.set(end);
                    told.progress.remark(&remark);
                    told.keep(&self.key, self.clock.seconds(), race)?;
                }
            }
            Ok(())
        })?;
        if share.is_some() && race.runners[i].is_between_points() {
            let done = self.done(&race.runners[i]);
            race.runners[i].point(&course, done, self.clock.seconds())?;
        }
        Ok(())
    }

    /// Share of its run that a candidate has done, by steps or by the clock, whichever is further.
    fn done(&self, runner: &Runner) -> f64 {
        let by_steps = runner.reached.step as f64 / self.plan.steps as f64;
        let own = runner.reached.seconds;
        let by_clock = self.clock.left().map_or(0.0, |left| match left {
            // A first step is made in any case.
            0.0 => f64::from(u8::from(runner.reached.step > 0)),
            left => own / (own + left),
        });
        by_steps.max(by_clock)
    }

    /// Share of all that is done, from the steps of all candidates.
    fn share(&self, steps: usize) -> f64 {
        let limit = 60.0 * self.settings.minutes;
        let by_clock = self.clock.left().map_or(0.0, |left| 1.0 - left / limit);
        let most = self.plan.steps + 2 * self.recipes.len().saturating_sub(1) * self.plan.every;
        (steps as f64 / most as f64).max(by_clock).min(1.0)
    }

    /// Seconds that the end takes, from those of one judgement of what is held out.
    fn cost_of_the_end(&self, seconds: f64) -> f64 {
        let boxes = self.held_out.count().max(1) as f64;
        let rims = self.rims.as_ref().map_or(0, HeldOut::count) as f64;
        let forest = self.beside.as_ref().map_or(0.0, |beside| beside.seconds);
        let scattered = self.scattered.as_ref().map_or(0, HeldOut::count) as f64;
        seconds * (self.start_shares().len() as f64 + 1.0 + (rims + scattered) / boxes) + forest
    }
}

impl Told<'_> {
    fn show(&mut self, share: f64) {
        let units = (share * PROGRESS_UNITS as f64) as u64;
        self.progress.advance(units.saturating_sub(self.shown));
        self.shown = self.shown.max(units);
    }

    /// Keeps the state of the run; the inner error is that of the store.
    fn save(
        &self,
        key: &str,
        seconds: f64,
        race: &Race,
    ) -> Result<Result<(), CheckpointError>, UnetError> {
        match self.checkpoints {
            Some(store) => Ok(store.save(&Checkpoint::encode(key, seconds, race)?)),
            None => Ok(Ok(())),
        }
    }

    /// As [`Self::save`], but a failure of the store is a warning.
    fn keep(&mut self, key: &str, seconds: f64, race: &Race) -> Result<(), UnetError> {
        if let Err(error) = self.save(key, seconds, race)? {
            let text = format!(
                "the state of the training could not be saved ({error}): a run that is stopped \
                 starts anew"
            );
            self.progress.remark(&text);
            self.warnings = vec![text];
        }
        Ok(())
    }
}
