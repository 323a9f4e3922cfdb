use serde::{Deserialize, Serialize};

use super::fit::CurvePoint;
use crate::UnetError;
use crate::network::weights::{NamedArray, from_safetensors, to_safetensors};

/// Why a state could not be kept.
pub type CheckpointError = Box<dyn std::error::Error + Send + Sync>;

/// Where a training run keeps its state, so that a killed run goes on where it was.
pub trait CheckpointStore {
    /// The last state that was saved, if there is one.
    fn load(&self) -> Option<Vec<u8>>;

    /// Keeps a state in place of the last one. The training goes on after a failure, and tells it.
    ///
    /// # Errors
    /// Whatever kept the state from being written.
    fn save(&self, state: &[u8]) -> Result<(), CheckpointError>;
}

/// Progress of a training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reached {
    /// Everything that the run depends on; another run's state is not taken up.
    pub key: String,
    /// Steps done.
    pub step: usize,
    /// Seconds spent.
    pub seconds: f64,
    /// The curve so far.
    pub curve: Vec<CurvePoint>,
}

pub(crate) fn encode(reached: &Reached, arrays: &[NamedArray]) -> Result<Vec<u8>, UnetError> {
    to_safetensors(arrays, serde_json::to_string(reached)?)
}

pub(crate) fn decode(state: &[u8]) -> Result<(Reached, Vec<NamedArray>), UnetError> {
    let (arrays, reached) = from_safetensors(state)?;
    Ok((serde_json::from_str(&reached)?, arrays))
}
