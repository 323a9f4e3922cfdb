//! The files of a model: weights, card, training curve, and the state of a run that is not over.

use std::path::{Path, PathBuf};

use corelith_core::{Table, Values};
use corelith_unet::{CheckpointError, CheckpointStore, CurvePoint, Model, ModelCard, Trained};

use crate::Error;

/// Weights and card.
pub const WEIGHTS: &str = "weights.safetensors";
const CARD: &str = "card.json";
const CURVE: &str = "curve.csv";
const PICTURE: &str = "curve.svg";
const CHECKPOINT: &str = "checkpoint.safetensors";

/// The files of a model that is whole.
pub const FILES: [&str; 4] = [WEIGHTS, CARD, CURVE, PICTURE];

/// Writes a model, its card and its training curve into a folder.
///
/// # Errors
/// When a file cannot be written.
pub fn write_model(folder: &Path, trained: &Trained) -> Result<(), Error> {
    corelith_io::write_bytes(&folder.join(WEIGHTS), &trained.model.to_bytes()?)?;
    corelith_io::write_json(&folder.join(CARD), trained.model.card())?;
    corelith_io::write_csv(&folder.join(CURVE), &curve_table(&trained.curve))?;
    let picture = corelith_report::training_curve(&trained.curve);
    corelith_io::write_bytes(&folder.join(PICTURE), picture.as_bytes())?;
    Ok(())
}

/// The state of a training run in a file beside the model, until the model is whole.
pub struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    /// In the folder of a model.
    pub fn of(folder: &Path) -> Self {
        Self {
            path: folder.join(CHECKPOINT),
        }
    }

    /// Removes the state, once the model is whole.
    pub fn remove(&self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!("{} stays: {error}", self.path.display());
        }
    }
}

impl CheckpointStore for Checkpoint {
    fn load(&self) -> Option<Vec<u8>> {
        std::fs::read(&self.path).ok()
    }

    fn save(&self, state: &[u8]) -> Result<(), CheckpointError> {
        Ok(corelith_io::write_bytes(&self.path, state)?)
    }
}

fn curve_table(curve: &[CurvePoint]) -> Table {
    let number = |f: fn(&CurvePoint) -> f64| Values::F64(curve.iter().map(f).collect());
    let mut table = Table::new();
    table.push(
        "step",
        Values::U64(curve.iter().map(|p| p.step as u64).collect()),
    );
    table.push("seconds", number(|p| p.seconds));
    table.push("learning_rate", number(|p| p.learning_rate));
    table.push("loss", number(|p| p.loss));
    table.push(
        "held_out_loss",
        number(|p| p.held_out_loss.unwrap_or(f64::NAN)),
    );
    table.push(
        "held_out_dice",
        number(|p| p.held_out_dice.unwrap_or(f64::NAN)),
    );
    table
}

/// Reads the model in a folder such as `models/phases`.
///
/// # Errors
/// When there is none, or it is not one of this program.
pub fn read_model(folder: &Path) -> Result<Model, Error> {
    let path = folder.join(WEIGHTS);
    let bytes = std::fs::read(&path).map_err(|reason| corelith_io::Error::Read {
        path: path.clone(),
        reason,
    })?;
    Model::from_bytes(&bytes).map_err(|reason| Error::Model { path, reason })
}

/// The card of the model in a folder, if there is one.
pub fn read_card(folder: &Path) -> Option<ModelCard> {
    corelith_io::read_json(&folder.join(CARD)).ok()
}

/// The training curve of the model in a folder; empty without one.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read_curve(folder: &Path) -> Result<Vec<CurvePoint>, Error> {
    let path = folder.join(CURVE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let table = corelith_io::read_csv(&path)?;
    let numbers = |name: &str| -> Result<Vec<f64>, Error> {
        match table.column(name).map(|column| &column.values) {
            Some(Values::F64(values)) => Ok(values.clone()),
            Some(Values::U64(values)) => Ok(values.iter().map(|&v| v as f64).collect()),
            _ => Err(corelith_io::Error::Csv {
                path: path.clone(),
                problem: format!("no numbers in a column `{name}`; train again"),
            }
            .into()),
        }
    };
    let (steps, seconds) = (numbers("step")?, numbers("seconds")?);
    let (rates, losses) = (numbers("learning_rate")?, numbers("loss")?);
    let (held_out_losses, dice) = (numbers("held_out_loss")?, numbers("held_out_dice")?);
    let present = |value: f64| value.is_finite().then_some(value);
    Ok((0..table.rows())
        .map(|i| CurvePoint {
            step: steps[i] as usize,
            seconds: seconds[i],
            learning_rate: rates[i],
            loss: losses[i],
            held_out_loss: present(held_out_losses[i]),
            held_out_dice: present(dice[i]),
        })
        .collect())
}
