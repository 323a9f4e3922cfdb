//! What a training ends in: how much of the start and of a forest is kept, where the rims lie, and how
//! good the model is.

use burn::tensor::Device;
use corelith_core::Progress;

use super::amounts::decision_weights;
use super::fit::{Beside, Fit};
use super::race::Race;
use super::runner::CurvePoint;
use super::score::Score;
use crate::UnetError;
use crate::forest::with_share;
use crate::model::{Choice, Model, ModelCard, Yardstick};
use crate::network::Network;
use crate::network::weights::parameters;

/// Shares of the start in the kept weights that are tried where the settings leave it open.
const START_SHARES: [f64; 4] = [0.0, 0.15, 0.3, 0.5];

/// What a larger share of the start may cost of the figure.
const START_LOSS: f64 = 0.005;

/// Shares of a random forest in the probabilities that are tried.
const FOREST_SHARES: [f32; 4] = [0.25, 0.5, 0.75, 1.0];

/// What a forest must add to the figure to be taken in: it takes as long to apply as a network, less
/// than this may be chance on what is held out, and means of two that disagree lose what is rare and
/// blur what little of a mineral a particle holds.
const FOREST_GAIN: f64 = 0.05;

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

impl Fit<'_> {
    /// Shares of the start that are tried.
    pub(super) fn start_shares(&self) -> Vec<f64> {
        match self.settings.start_share {
            Some(share) => vec![share],
            None if self.held_out.count() == 0 => vec![0.0],
            None => START_SHARES.to_vec(),
        }
    }

    /// The model: how much of the start is kept, where the rims lie, and how good it is.
    pub(super) fn finish(
        self,
        race: Race,
        device: &Device,
        mut warnings: Vec<String>,
        progress: &dyn Progress,
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
        let alone = self.held_out.score_of(&found);
        let (forest_share, found) = match alone.zip(self.beside.as_ref()) {
            Some((alone, beside)) => self.mixed(found, &alone, beside),
            None => (0.0, found),
        };
        let decision_weights = self.decision_weights(&network, device, forest_share, &found);
        let score = self.held_out.score_weighted(&found, &decision_weights);
        let floor = self.beside.as_ref().and_then(|beside| {
            let forest = self.held_out.score_of(&beside.floor);
            forest.zip(score.as_ref())
        });
        let yardstick = floor.map(|(forest, model)| yardstick_of(model, &forest));
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
            scans: self.origin.scans,
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
            decision_weights,
            forest_share: f64::from(forest_share),
            yardstick,
        };
        let forest = match &self.beside {
            Some(beside) if forest_share > 0.0 => {
                Some(beside.of_all_labels(self.classes, self.seed, progress)?)
            }
            _ => None,
        };
        Ok(Trained {
            model: Model::new(card, &network, forest),
            curve: runner.reached.curve,
            warnings,
        })
    }

    /// Weights by which as much of each mineral is decided as the labels say. A forest has seen the
    /// labels that it learned from too well to be judged by them.
    fn decision_weights(
        &self,
        network: &Network,
        device: &Device,
        forest_share: f32,
        held_out: &[f32],
    ) -> Vec<f32> {
        let learned = self.rims.as_ref().filter(|_| forest_share == 0.0);
        let learned = learned.map(|rims| (rims, rims.by_network(network, device)));
        let learned = learned.iter();
        let voxels = self
            .held_out
            .labelled_with(held_out)
            .chain(learned.flat_map(|(rims, found)| rims.labelled_with(found)));
        let background = usize::from(self.classes.background);
        decision_weights(background, self.classes.count(), voxels)
    }

    /// The share of the forest that does best on what is held out, and the probabilities there, from
    /// what the network alone finds.
    fn mixed(&self, network: Vec<f32>, alone: &Score, beside: &Beside<'_>) -> (f32, Vec<f32>) {
        let least = alone.figure() + FOREST_GAIN;
        let mut best = (0.0, alone.figure(), None);
        for share in FOREST_SHARES {
            let both: Vec<f32> = network
                .chunks_exact(beside.knows.len())
                .zip(beside.found.chunks_exact(beside.knows.len()))
                .flat_map(|(network, forest)| mixture(network, forest, share, &beside.knows))
                .collect();
            let Some(score) = self.held_out.score_of(&both) else {
                continue;
            };
            if score.figure() >= least && score.figure() > best.1 {
                best = (share, score.figure(), Some(both));
            }
        }
        (best.0, best.2.unwrap_or(network))
    }
}

/// Probabilities of one voxel, of which the forest has a share.
fn mixture<'a>(
    network: &'a [f32],
    forest: &'a [f32],
    share: f32,
    knows: &'a [bool],
) -> impl Iterator<Item = f32> + use<'a> {
    let unknown = network.iter().zip(knows).filter(|(_, knows)| !**knows);
    let rest = 1.0 - unknown.map(|(p, _)| p).sum::<f32>();
    let each = network.iter().zip(forest).zip(knows);
    each.map(move |((&network, forest), knows)| match knows {
        true => with_share(network, rest, *forest, share),
        false => network,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forest_divides_what_it_knows_among_its_classes() {
        let network = [0.2, 0.3, 0.5];
        let forest = [0.6, 0.4, 0.0];
        let mixed = |share: f32, knows: [bool; 3]| -> Vec<f32> {
            mixture(&network, &forest, share, &knows).collect()
        };
        let near = |found: Vec<f32>, expected: [f32; 3]| {
            assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            let apart = found.iter().zip(expected).map(|(f, e)| (f - e).abs());
            assert!(apart.fold(0.0, f32::max) < 1e-6, "{found:?}");
        };
        near(mixed(1.0, [true; 3]), forest);
        near(mixed(0.5, [true; 3]), [0.4, 0.35, 0.25]);
        near(mixed(1.0, [true, true, false]), [0.3, 0.2, 0.5]);
        near(mixed(0.5, [true, true, false]), [0.25, 0.25, 0.5]);
    }
}
