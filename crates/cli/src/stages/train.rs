//! A network that learns phases from the registered training maps.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use corelith_core::{Raster, Table, Values, seed_of};
use corelith_io::{Role, SemMap};
use corelith_unet::{CheckpointStore, CurvePoint, LabelledPlane, Model, ModelCard};

use super::{Fingerprint, Stage, import, register};
use crate::session::Session;

/// Folder of the trained model, relative to the results.
pub const MODEL: &str = "models/phases";

/// Weights and card, in the folder of a model.
pub const WEIGHTS: &str = "weights.safetensors";
const CARD: &str = "card.json";
const CURVE: &str = "curve.csv";
const CHECKPOINT: &str = "checkpoint.safetensors";

/// Trains the network.
pub struct Train;

/// A training map with the CT position of each of its pixels.
struct Plane {
    name: String,
    coordinates: [Raster<f32>; 3],
    classes: Raster<u8>,
}

fn read_plane(session: &Session, map: &SemMap) -> anyhow::Result<Plane> {
    let name = map.name();
    Ok(Plane {
        coordinates: register::read_coordinates(session, &name)?,
        classes: import::read_classes(session, map)?,
        name,
    })
}

impl Stage for Train {
    fn name(&self) -> String {
        "train".to_owned()
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let mut fingerprint = Fingerprint::new("train", 1)
            .settings(&session.project.training)?
            .settings(&(session.seed, session.compute.name()))?
            .after(&session.out, "import")?;
        for map in register::names_of(session, Role::Training) {
            fingerprint = fingerprint.after(&session.out, &register::stage_name(&map))?;
        }
        Ok(fingerprint)
    }

    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>> {
        let ct = session.ct()?;
        let planes = session
            .project
            .maps_of(Role::Training)
            .map(|map| read_plane(session, map))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let labelled: Vec<LabelledPlane<'_>> = planes
            .iter()
            .map(|plane| LabelledPlane {
                name: &plane.name,
                coords: plane.coordinates.each_ref(),
                classes: &plane.classes,
            })
            .collect();
        let checkpoint = Checkpoint {
            path: session.result(MODEL).join(CHECKPOINT),
        };
        let trained = corelith_unet::train(
            &ct,
            &labelled,
            session.minerals.len(),
            session.minerals.background(),
            &session.project.training,
            &session.compute,
            seed_of(session.seed, "train"),
            Some(&checkpoint),
            &session.terminal,
        )?;
        let card = trained.model.card();
        session.say(&format!(
            "  {} steps on {} labelled voxels of {}",
            card.steps,
            card.labelled_voxels,
            card.maps.join(", ")
        ));
        let paths = [WEIGHTS, CARD, CURVE].map(|file| Path::new(MODEL).join(file));
        corelith_io::write_bytes(&session.result(&paths[0]), &trained.model.to_bytes()?)?;
        corelith_io::write_json(&session.result(&paths[1]), card)?;
        corelith_io::write_csv(&session.result(&paths[2]), &curve_table(&trained.curve))?;
        checkpoint.remove();
        Ok(paths.into())
    }
}

/// The state of a training run in a file beside the model, until the model is whole.
struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    fn remove(&self) {
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

    fn save(&self, state: &[u8]) {
        if let Err(error) = corelith_io::write_bytes(&self.path, state) {
            tracing::warn!("no checkpoint: {error}");
        }
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
pub fn read_model(folder: &Path) -> anyhow::Result<Model> {
    let path = folder.join(WEIGHTS);
    let bytes = std::fs::read(&path)
        .with_context(|| format!("cannot read the model {}", path.display()))?;
    Model::from_bytes(&bytes).with_context(|| format!("{} is no model", path.display()))
}

/// The card of the model trained on this project, if there is one.
pub fn read_card(session: &Session) -> Option<ModelCard> {
    corelith_io::read_json(&session.result(MODEL).join(CARD)).ok()
}

/// The training curve of the model trained on this project; empty without one.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read_curve(session: &Session) -> anyhow::Result<Vec<CurvePoint>> {
    let path = session.result(MODEL).join(CURVE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let table = corelith_io::read_csv(&path)?;
    let numbers = |name: &str| -> anyhow::Result<Vec<f64>> {
        match table.column(name).map(|column| &column.values) {
            Some(Values::F64(values)) => Ok(values.clone()),
            Some(Values::U64(values)) => Ok(values.iter().map(|&v| v as f64).collect()),
            _ => anyhow::bail!("{} has no numbers in a column `{name}`", path.display()),
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
