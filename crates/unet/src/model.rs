use burn::module::Module as _;
use burn::tensor::Device;
use corelith_core::Spacing;
use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::random::rng;
use crate::weights::{NamedArray, from_safetensors, parameters, to_safetensors, with_parameters};
use crate::{GreyStatistics, Settings, UnetError};

/// What a model is, what it was trained on, and how well it did. Travels with the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of the program that trained it.
    pub version: String,
    /// How it was built and trained.
    pub settings: Settings,
    /// Number of classes.
    pub classes: usize,
    /// Class of resin, epoxy or air.
    pub background: u8,
    /// Voxels of the scan that it was trained on.
    pub spacing: Spacing,
    /// Grey values of that scan.
    pub grey: GreyStatistics,
    /// Names of the maps that it was trained on.
    pub maps: Vec<String>,
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
    /// Dice of every class over the held-out voxels; none for a class that they lack.
    pub held_out_dice: Vec<Option<f64>>,
}

/// A trained network: its weights on the host, and its card.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    card: ModelCard,
    arrays: Vec<NamedArray>,
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
            self.card.classes,
            &mut rng(0, "shape"),
            device,
        );
        Ok(with_parameters(start, &self.arrays)?.no_grad())
    }
}
