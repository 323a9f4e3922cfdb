use burn::module::Module as _;
use burn::tensor::Device;
use corelith_core::Spacing;
use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::random::rng;
use crate::weights::{NamedArray, from_safetensors, parameters, to_safetensors, with_parameters};
use crate::{Classes, GreyStatistics, Settings, UnetError};

/// What a model is, what it was trained on, and how well it did. Travels with the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of the program that trained it.
    pub version: String,
    /// How it was built and trained.
    pub settings: Settings,
    /// What it tells apart.
    pub classes: Classes,
    /// Voxels of the scan that it was trained on.
    pub spacing: Spacing,
    /// Grey values of that scan.
    pub grey: GreyStatistics,
    /// Commands that made it, the first from random weights or from those that the program brings.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Names of the maps that it was trained on, or how many phantoms.
    pub trained_on: Vec<String>,
    /// Labelled voxels that it was trained on.
    pub labelled_voxels: usize,
    /// Labelled voxels that were held out.
    pub held_out_voxels: usize,
    /// Weights of the network.
    pub parameters: usize,
    /// Steps trained.
    pub steps: usize,
    /// Seconds of training.
    pub seconds: f64,
    /// Device that it was trained on.
    pub device: String,
    /// Seed of all random numbers.
    pub seed: u64,
    /// What was added to the score of resin in the end, so that as much is particle as the labels
    /// say.
    #[serde(default)]
    pub resin_offset: f64,
    /// Dice of every class over the held-out voxels; none for a class that they lack.
    pub held_out_dice: Vec<Option<f64>>,
}

/// A trained network: its weights on the host, and its card.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    card: ModelCard,
    arrays: Vec<NamedArray>,
}

/// The model of phases that comes with this crate: learned from phantoms of lithium slag, each
/// with a look of its own, by `corelith pretrain`. Its card stands beside it.
///
/// # Errors
/// As [`Model::from_bytes`].
pub fn pretrained_phases() -> Result<Model, UnetError> {
    Model::from_bytes(include_bytes!("../pretrained/phases/weights.safetensors"))
}

/// The model that tells touching particles apart, from such phantoms in three packings, by
/// `corelith pretrain --task particles`. It sees means over 2 x 2 x 2 voxels.
///
/// # Errors
/// As [`Model::from_bytes`].
pub fn pretrained_particles() -> Result<Model, UnetError> {
    Model::from_bytes(include_bytes!(
        "../pretrained/particles/weights.safetensors"
    ))
}

impl Model {
    pub(crate) fn new(card: ModelCard, network: &Network) -> Self {
        Self {
            card,
            arrays: parameters(network),
        }
    }

    /// What the model is.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Adds a command to those that made it.
    pub fn made_by(&mut self, command: String) {
        self.card.commands.push(command);
    }

    /// Weights and card as one safetensors file.
    ///
    /// # Errors
    /// [`UnetError::Card`] or [`UnetError::Weights`] when they cannot be written down.
    pub fn to_bytes(&self) -> Result<Vec<u8>, UnetError> {
        to_safetensors(&self.arrays, serde_json::to_string(&self.card)?)
    }

    /// Reads what [`Model::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`UnetError::Card`] or [`UnetError::Weights`] when the bytes are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnetError> {
        let (arrays, card) = from_safetensors(bytes)?;
        let model = Self {
            card: serde_json::from_str(&card)?,
            arrays,
        };
        model.card.settings.check()?;
        // Building the network once finds weights that do not fit it.
        model.network(&Device::flex())?;
        Ok(model)
    }

    /// The network on a device, for inference.
    pub(crate) fn network(&self, device: &Device) -> Result<Network, UnetError> {
        let Settings { width, levels, .. } = self.card.settings;
        let start = Network::new(
            width,
            levels,
            self.card.classes.count(),
            &mut rng(0, "shape"),
            device,
        );
        Ok(with_parameters(start, &self.arrays)?.no_grad())
    }

    /// `network` with these weights, of the last layer only the rows of classes that both know by
    /// name.
    pub(crate) fn transferred(
        &self,
        network: Network,
        settings: &Settings,
        classes: &Classes,
    ) -> Result<Network, UnetError> {
        let [expected, found] = [settings, &self.card.settings].map(|s| [s.width, s.levels]);
        if expected != found {
            return Err(UnetError::Architecture { expected, found });
        }
        self.blended(network, 1.0, classes)
    }

    /// `network` with weights that consist to a `share` of these; of the last layer only the rows
    /// of classes that both know by name. Both are of one architecture.
    pub(crate) fn blended(
        &self,
        network: Network,
        share: f64,
        classes: &Classes,
    ) -> Result<Network, UnetError> {
        let mut arrays = parameters(&network);
        for array in &mut arrays {
            let Some(known) = self.arrays.iter().find(|a| a.name == array.name) else {
                continue;
            };
            if Network::is_head(&array.name) {
                let row = array.values.len() / classes.count();
                for (to, name) in classes.names.iter().enumerate() {
                    let known_names = &self.card.classes.names;
                    if let Some(from) = known_names.iter().position(|k| k == name) {
                        let known = &known.values[from * row..][..row];
                        blend(&mut array.values[to * row..][..row], known, share);
                    }
                }
            } else {
                blend(&mut array.values, &known.values, share);
            }
        }
        with_parameters(network, &arrays)
    }
}

/// Takes `values` to a `share` from `known`.
fn blend(values: &mut [f32], known: &[f32], share: f64) {
    for (value, known) in values.iter_mut().zip(known) {
        *value += share as f32 * (known - *value);
    }
}
