//! How a model was chosen, and what it is measured against: for its card.

use serde::{Deserialize, Serialize};

/// Weights that a network begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beginning {
    /// Random ones.
    Random,
    /// Those of [`pretrained_phases`](crate::pretrained_phases): they know minerals by name.
    Phases,
    /// Those of a model that was given.
    Given,
}

impl Beginning {
    /// What it is, after "begins with".
    pub fn words(self) -> &'static str {
        match self {
            Self::Random => "random weights",
            Self::Phases => "the weights that know slag",
            Self::Given => "the weights of the model that was given",
        }
    }
}

/// What a network learns from, and how.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Where its weights come from.
    pub beginning: Beginning,
    /// Share of the patches that show phantoms, 0 to 1.
    pub rehearsal: f64,
    /// Factor on the strength of augmentation.
    pub augmentation: f64,
}

/// How well a candidate did when it was compared with others, after so many steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// What was tried.
    pub recipe: Recipe,
    /// Steps that it was trained.
    pub steps: usize,
    /// Cross-entropy of the voxels of the blocks that were kept back whose pixels agree, or of all where none
    /// do, nats; none where nothing was kept back.
    pub loss: Option<f64>,
    /// Whether it went on: the first, in order of preference, that none clearly beat.
    pub kept: bool,
}

/// How a model was chosen on the blocks that were kept back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The recipe that was trained to the end.
    pub recipe: Recipe,
    /// Comparisons of candidates by successive halving (Jamieson and Talwalkar 2016), in order;
    /// none where there was one candidate or nothing to judge by.
    pub race: Vec<Standing>,
    /// Share of the weights of the start in those that were kept.
    pub start_share: f64,
    /// The loss of [`Standing`] for every share that was tried; empty where it was given.
    pub start_shares: Vec<(f64, Option<f64>)>,
}

/// A random forest on the same labels, judged by the same voxels: what a network must beat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Yardstick {
    /// Dice of every class by the forest; none for a class that the voxels lack.
    pub forest_dice: Vec<Option<f64>>,
    /// Dice of all minerals together, by the forest.
    pub forest_foreground: f64,
    /// Mean Dice over the minerals that the voxels hold, by the forest.
    pub forest_mean: Option<f64>,
    /// Mean Dice over minerals of at least 1 % of the solid and all minerals together, by the forest.
    pub forest_figure: f64,
    /// Dice of all minerals together, by the model, with the forest's share in it.
    pub network_foreground: f64,
    /// Mean Dice over the minerals that the voxels hold, by the model.
    pub network_mean: Option<f64>,
    /// The same by the model.
    pub network_figure: f64,
}

impl Yardstick {
    /// What the user should know where the network does not beat the forest.
    pub fn warning(&self) -> Option<String> {
        (self.network_figure < self.forest_figure).then(|| {
            format!(
                "the network does not beat a random forest on the blocks of the maps that were \
                 kept back (mean Dice {:.3} against {:.3}): train it longer, on more maps, or \
                 look at the registration of the maps",
                self.network_figure, self.forest_figure
            )
        })
    }
}
