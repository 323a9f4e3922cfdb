//! A training from candidates to the model.

use std::time::Instant;

use burn::tensor::Device;
use corelith_core::{Progress, Spacing};
use corelith_gpu::Compute;

use super::checkpoint::{Checkpoint, CheckpointError, CheckpointStore};
use super::clock::Clock;
use super::examples::Examples;
use super::held_out::HeldOut;
use super::plan::Plan;
use super::race::Race;
use super::runner::{Course, CurvePoint, Runner};
use super::score::Score;
use super::weighing::Weighing;
use crate::UnetError;
use crate::forest::Forest;
use crate::kernels::{burn_device, guarded};
use crate::model::{Beginning, Choice, Model, ModelCard, Recipe, Yardstick};
use crate::network::weights::parameters;
use crate::network::{Classes, GreyStatistics, Network, Settings};
use crate::random::rng;

/// Units of the progress: a run ends by steps or by the clock, so they are shares of the run.
const PROGRESS_UNITS: u64 = 1000;

/// Shares of the start in the kept weights that are tried where the settings leave it open.
const START_SHARES: [f64; 4] = [0.0, 0.15, 0.3, 0.5];

/// What a larger share of the start may cost of the figure.
const START_LOSS: f64 = 0.005;

/// Shares of a random forest in the probabilities that are tried.
const FOREST_SHARES: [f32; 4] = [0.25, 0.5, 0.75, 1.0];

/// What a forest must add to the figure to be taken in: it takes as long to apply as a network.
const FOREST_GAIN: f64 = 0.005;

/// What errors of the device say was done.
pub(crate) const TASK: &str = "training";

/// Steps below which the user is told that the time was short.
const FEW_STEPS: usize = 50;

/// A trained model and how it came about.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// The training curve.
    pub curve: Vec<CurvePoint>,
    /// What the user should know, a sentence each.
    pub warnings: Vec<String>,
}

/// What the examples of a run are, for the card.
pub(crate) struct Origin {
    pub spacing: Spacing,
    pub grey: GreyStatistics,
    pub names: Vec<String>,
    pub labelled_voxels: usize,
    pub held_out_voxels: usize,
}

/// A random forest that learned from the same labels.
pub(crate) struct Beside {
    pub forest: Forest,
    /// Its probabilities of every class at the voxels that are held out, voxel by voxel.
    pub found: Vec<f32>,
}

/// What a run learns, from what, and where.
pub(crate) struct Fit<'a> {
    pub settings: &'a Settings,
    pub plan: Plan,
    pub classes: &'a Classes,
    pub examples: &'a dyn Examples,
    /// What is tried, the preferred one first; at least one.
    pub recipes: Vec<Recipe>,
    pub origin: Origin,
    pub held_out: HeldOut,
    /// Labels by which the rims of particles are set in the end; none leaves them as learned.
    pub rims: Option<HeldOut>,
    /// A random forest beside.
    pub beside: Option<Beside>,
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
        self.finish(race, &device, told.warnings)
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
    fn start_of(&self, recipe: Recipe) -> Option<&Model> {
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

    /// Trains one candidate to the end of a leg.
    fn advance(
        &mut self,
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
        let course = Course {
            settings: self.settings,
            compute: self.compute,
            plan: &self.plan,
            examples: self.examples,
            weighing,
            held_out: &self.held_out,
            device,
            seed: self.seed,
        };
        let patience = if share.is_some() {
            0
        } else {
            self.settings.patience
        };
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
            race.runners[i].step(&course, done);
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
                self.clock.reserve = self.cost_of_the_end(began.elapsed().as_secs_f64());
                told.progress.remark(&remark);
                told.keep(&self.key, self.clock.seconds(), race)?;
            }
        }
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
        seconds * (self.start_shares().len() as f64 + 1.0 + rims / boxes)
    }

    fn start_shares(&self) -> Vec<f64> {
        match self.settings.start_share {
            Some(share) => vec![share],
            None if self.held_out.count() == 0 => vec![0.0],
            None => START_SHARES.to_vec(),
        }
    }

    /// The model: how much of the start is kept, where the rims lie, and how good it is.
    fn finish(
        self,
        race: Race,
        device: &Device,
        mut warnings: Vec<String>,
    ) -> Result<Trained, UnetError> {
        let Race {
            runners, standings, ..
        } = race;
        let Some(runner) = runners.into_iter().next() else {
            return Err(UnetError::NoVolumes);
        };
        let mut network = runner.result(self.settings.patience)?;
        let mut choice = Choice {
            recipe: runner.reached.recipe,
            race: standings,
            start_share: 0.0,
            start_shares: Vec::new(),
        };
        if let Some(model) = self.start_of(choice.recipe) {
            let shares = self.start_shares();
            let mut tried = Vec::new();
            for &share in &shares {
                let blended = model.blended(network.clone(), share, self.classes)?;
                let score = match shares.len() {
                    1 => None,
                    _ => self.held_out.score(&blended, device),
                };
                let figure = score.map_or(0.0, |score| score.figure());
                choice.start_shares.push((share, figure));
                tried.push((share, figure, blended));
            }
            if let Some((share, blended)) = most_of_the_start(tried) {
                choice.start_share = share;
                network = blended;
            }
        }
        let resin_offset = self
            .rims
            .as_ref()
            .and_then(|rims| rims.resin_offset(&network, device))
            .unwrap_or(0.0);
        network = network.with_offset(usize::from(self.classes.background), resin_offset);
        let found = self.held_out.by_network(&network, device);
        let mut score = self.held_out.score_of(&found);
        let mut forest_share = 0.0;
        let mut yardstick = None;
        if let Some((alone, beside)) = score.clone().zip(self.beside.as_ref()) {
            let (share, mixed) = self.mixed(&found, alone, beside);
            yardstick = self
                .held_out
                .score_of(&beside.found)
                .map(|forest| yardstick_of(&mixed, &forest));
            (forest_share, score) = (share, Some(mixed));
        }
        warnings.extend(yardstick.as_ref().and_then(Yardstick::warning));
        let steps = runner.reached.step;
        if self.settings.minutes > 0.0 && steps < self.plan.steps.min(FEW_STEPS) {
            warnings.push(format!(
                "{} minutes were enough for {steps} training steps only: the network has hardly \
                 learned; give it more `minutes`",
                self.settings.minutes
            ));
        }
        let card = ModelCard {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: self.settings.clone(),
            classes: self.classes.clone(),
            spacing: self.origin.spacing,
            grey: self.origin.grey,
            commands: self
                .start_of(choice.recipe)
                .map_or_else(Vec::new, |model| model.card().commands.clone()),
            trained_on: self.origin.names,
            labelled_voxels: self.origin.labelled_voxels,
            held_out_voxels: self.origin.held_out_voxels,
            parameters: parameters(&network).iter().map(|a| a.values.len()).sum(),
            steps,
            seed: self.seed,
            resin_offset,
            held_out_dice: score.map_or_else(|| vec![None; self.classes.count()], |s| s.dice),
            choice: Some(choice),
            forest_share: f64::from(forest_share),
            yardstick,
        };
        let forest = self.beside.filter(|_| forest_share > 0.0);
        Ok(Trained {
            model: Model::new(card, &network, forest.map(|beside| beside.forest)),
            curve: runner.reached.curve,
            warnings,
        })
    }
}

/// The largest share of the start that does about as well as the best: what is held out says little
/// of rare minerals, of which the start knows more.
fn most_of_the_start(tried: Vec<(f64, f64, Network)>) -> Option<(f64, Network)> {
    let best = tried.iter().map(|(_, figure, _)| *figure);
    let least = best.fold(f64::NEG_INFINITY, f64::max) - START_LOSS;
    let good = tried.into_iter().filter(|(_, figure, _)| *figure >= least);
    let most = good.max_by(|a, b| a.0.total_cmp(&b.0));
    most.map(|(share, _, network)| (share, network))
}

fn yardstick_of(model: &Score, forest: &Score) -> Yardstick {
    Yardstick {
        forest_dice: forest.dice.clone(),
        forest_foreground: forest.foreground,
        forest_mean: forest.mean_dice(),
        forest_figure: forest.figure(),
        network_foreground: model.foreground,
        network_mean: model.mean_dice(),
        network_figure: model.figure(),
    }
}

impl Fit<'_> {
    /// The share of the forest that does best on what is held out, and how well, from what the
    /// network alone finds there.
    fn mixed(&self, network: &[f32], alone: Score, beside: &Beside) -> (f32, Score) {
        let least = alone.figure() + FOREST_GAIN;
        let mut best = (0.0, alone);
        for share in FOREST_SHARES {
            let both: Vec<f32> = network
                .iter()
                .zip(&beside.found)
                .map(|(network, forest)| network + share * (forest - network))
                .collect();
            let Some(score) = self.held_out.score_of(&both) else {
                continue;
            };
            if score.figure() >= least && score.figure() > best.1.figure() {
                best = (share, score);
            }
        }
        best
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
