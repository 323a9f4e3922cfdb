//! What a training ends in: how much of the start and of a forest is kept, where the rims lie, and how
//! good the model is.

use burn::tensor::Device;
use corelith_core::Progress;

use super::amounts::{calibration, decision_weights};
use super::chance::{BlockLoss, first_unbeaten, mean_loss};
use super::fit::{Beside, Fit};
use super::race::Race;
use super::runner::CurvePoint;
use super::score::Score;
use crate::UnetError;
use crate::forest::{Forest, pooled_voxel};
use crate::model::{Choice, Model, ModelCard, Yardstick};
use crate::network::weights::parameters;
use crate::network::{Network, spread};

/// Shares of the start in the kept weights that are tried where the settings leave it open: the larger first,
/// as what is held out says little of rare minerals, of which the start knows more.
const START_SHARES: [f64; 4] = [0.5, 0.3, 0.15, 0.0];

/// Parts into which the share of a random forest in what it and the network say is divided, where it is left open.
const FOREST_PARTS: u8 = 8;

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
            let mut blends = Vec::new();
            let mut losses: Vec<Vec<BlockLoss>> = Vec::new();
            for &share in &shares {
                let blended = model.blended(network.clone(), share, self.classes)?;
                if shares.len() > 1 {
                    let found = self.held_out.by_network(&blended, device);
                    losses.push(self.held_out.losses(&found));
                }
                blends.push(blended);
            }
            let kept = first_unbeaten(losses.iter().map(Vec::as_slice));
            let tried = shares.iter().zip(&losses);
            choice.start_shares = tried.map(|(share, l)| (*share, mean_loss(l))).collect();
            choice.start_share = shares[kept];
            network = blends.swap_remove(kept);
        }
        let resin_offset = self
            .rims
            .as_ref()
            .and_then(|rims| rims.resin_offset(&network, device))
            .unwrap_or(0.0);
        network = network.with_offset(usize::from(self.classes.background), resin_offset);
        let found = self.held_out.by_network(&network, device);
        let (forest_share, found) = match &self.beside {
            Some(beside) => self.together(&found, beside),
            None => (0.0, found),
        };
        let forest = match &self.beside {
            Some(beside) if forest_share > 0.0 => {
                Some(beside.of_all_labels(self.classes, self.seed, progress)?)
            }
            _ => None,
        };
        let all_over = self.found_all_over(&network, device, forest.as_ref(), forest_share);
        let background = usize::from(self.classes.background);
        let labelled = self.held_out.labelled_with(&found);
        let calibration = calibration(background, self.classes.count(), labelled);
        let all_over = all_over.as_ref().unwrap_or(&found);
        let decision_weights = decision_weights(background, &calibration, all_over);
        let score = self.held_out.score_weighted(&found, &decision_weights);
        let (all, told) = (self.origin.classes, &self.origin.told);
        let of_all = |dice: Vec<Option<f64>>| spread(told, all.count(), dice, None);
        let floor = self.beside.as_ref().and_then(|beside| {
            let forest = self.held_out.score_of(&beside.floor);
            forest.zip(score.as_ref())
        });
        let mut yardstick = floor.map(|(forest, model)| yardstick_of(model, &forest));
        if let Some(yardstick) = &mut yardstick {
            yardstick.forest_dice = of_all(std::mem::take(&mut yardstick.forest_dice));
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
            classes: all.clone(),
            learned: if told.len() < all.count() {
                told.clone()
            } else {
                Vec::new()
            },
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
            held_out_dice: of_all(score.map_or_else(Vec::new, |score| score.dice)),
            choice: Some(choice),
            decision_weights: spread(told, all.count(), decision_weights, 1.0),
            forest_share: f64::from(forest_share),
            yardstick,
        };
        Ok(Trained {
            model: Model::new(card, &network, forest),
            curve: runner.reached.curve,
            warnings,
        })
    }

    /// What the model finds in voxels from all over the scan; none without such voxels.
    fn found_all_over(
        &self,
        network: &Network,
        device: &Device,
        forest: Option<&Forest>,
        share: f32,
    ) -> Option<Vec<f32>> {
        let scattered = self.scattered.as_ref()?;
        let found = scattered.by_network(network, device);
        let Some((forest, beside)) = forest.zip(self.beside.as_ref()) else {
            return Some(found);
        };
        let of_forest = scattered.by_forest(&beside.scan, forest);
        Some(pooled_voxels(&found, &of_forest, share, &forest.knows()))
    }

    /// The share that a forest has, and what it and the network find where labels are held out.
    fn together(&self, network: &[f32], beside: &Beside<'_>) -> (f32, Vec<f32>) {
        let shares = match self.settings.forest_share {
            Some(share) => vec![share as f32],
            None => (0..=FOREST_PARTS)
                .map(|part| f32::from(part) / f32::from(FOREST_PARTS))
                .collect(),
        };
        let with = |share: f32| {
            let both = pooled_voxels(network, &beside.found, share, &beside.knows);
            let loss = mean_loss(&self.held_out.losses(&both)).unwrap_or(f64::INFINITY);
            tracing::debug!("share {share} of the forest: {loss:.4} nats");
            (share, both, loss)
        };
        let best = shares
            .into_iter()
            .map(with)
            .min_by(|a, b| a.2.total_cmp(&b.2));
        best.map_or_else(|| (0.0, network.to_vec()), |(share, both, _)| (share, both))
    }
}

/// Probabilities of many voxels that a network and a forest say together.
fn pooled_voxels(network: &[f32], forest: &[f32], share: f32, knows: &[bool]) -> Vec<f32> {
    network
        .chunks_exact(knows.len())
        .zip(forest.chunks_exact(knows.len()))
        .flat_map(|(network, forest)| pooled_voxel(network, forest, share, knows))
        .collect()
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
