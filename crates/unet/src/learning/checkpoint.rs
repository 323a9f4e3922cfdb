use serde::{Deserialize, Serialize};

use super::race::Race;
use super::runner::{Reached, named_with};
use crate::UnetError;
use crate::model::Standing;
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

/// State of a run: where every candidate is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// Everything that the run depends on; another run's state is not taken up.
    pub key: String,
    /// Seconds of the stage.
    pub seconds: f64,
    pub standings: Vec<Standing>,
    /// Rounds of the race that are over.
    pub over: usize,
    pub runners: Vec<Reached>,
}

impl Checkpoint {
    /// The state of a race as bytes.
    pub fn encode(key: &str, seconds: f64, race: &Race) -> Result<Vec<u8>, UnetError> {
        let checkpoint = Self {
            key: key.to_owned(),
            seconds,
            standings: race.standings.clone(),
            over: race.over,
            runners: race.runners.iter().map(|r| r.reached.clone()).collect(),
        };
        let mut arrays = Vec::new();
        for (i, runner) in race.runners.iter().enumerate() {
            arrays.extend(runner.state().into_iter().map(|array| NamedArray {
                name: format!("{}{}", beginning(i), array.name),
                ..array
            }));
        }
        to_safetensors(&arrays, serde_json::to_string(&checkpoint)?)
    }

    /// What [`Checkpoint::encode`] gave, with the arrays of every runner.
    pub fn decode(state: &[u8]) -> Result<(Self, Vec<Vec<NamedArray>>), UnetError> {
        let (arrays, text) = from_safetensors(state)?;
        let checkpoint: Self = serde_json::from_str(&text)?;
        let of_runners = (0..checkpoint.runners.len())
            .map(|i| named_with(&beginning(i), arrays.clone()))
            .collect();
        Ok((checkpoint, of_runners))
    }
}

/// Beginning of the names of a runner's arrays.
fn beginning(runner: usize) -> String {
    format!("runner {runner}.")
}
