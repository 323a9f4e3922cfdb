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
///
/// It is written as TOML, whose numbers come back as they were: JSON is read with an error of a unit
/// in the last place, and has no infinities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        let text = toml::to_string(&checkpoint).map_err(|error| UnetError::Checkpoint {
            source: error.into(),
        })?;
        to_safetensors(&arrays, text)
    }

    /// What [`Checkpoint::encode`] gave, with the arrays of every runner.
    pub fn decode(state: &[u8]) -> Result<(Self, Vec<Vec<NamedArray>>), UnetError> {
        let (arrays, text) = from_safetensors(state)?;
        let checkpoint: Self = toml::from_str(&text).map_err(|error| UnetError::Weights {
            problem: error.to_string(),
        })?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::chance::BlockLoss;
    use crate::learning::runner::CurvePoint;
    use crate::model::Recipe;

    #[test]
    fn numbers_come_back_as_they_were() {
        let number = |i: u32| f64::from_bits(0x3fb9_9999_9999_999a + 7919 * u64::from(i));
        let point = |i: u32| CurvePoint {
            step: i as usize,
            seconds: number(i),
            learning_rate: 1e-300 * number(i),
            loss: number(i + 1),
            held_out_loss: i.is_multiple_of(2).then(|| number(i + 2)),
            held_out_dice: None,
        };
        let standing = |loss| Standing {
            recipe: Recipe::PLAIN,
            steps: 3,
            loss,
            kept: false,
        };
        let reached = |curve: Vec<CurvePoint>| Reached {
            recipe: Recipe::PLAIN,
            step: 7,
            seconds: 0.1 + 0.2,
            curve,
            losses: vec![BlockLoss {
                loss: number(5),
                weight: number(6),
            }],
        };
        let state = Checkpoint {
            key: "{\"a\": [1.0, \"'''\"]}".to_owned(),
            seconds: 1.0 / 3.0,
            standings: vec![standing(None), standing(Some(number(9)))],
            over: 1,
            runners: vec![reached((0..200).map(point).collect()), reached(Vec::new())],
        };
        let text = toml::to_string(&state).unwrap();
        let read: Checkpoint = toml::from_str(&text).unwrap();
        assert_eq!(read, state);
    }
}
