//! A network that learns phases from the registered training maps.

use std::path::{Path, PathBuf};
use std::time::Instant;

use corelith_core::{Minerals, PlacedMap, seed_of};
use corelith_io::{Role, SemMap};
use corelith_unet::{Classes, Model, ModelCard, Scan, Settings, Start, TrainingInput};

use super::model_folder::{self, Checkpoint, FILES, WEIGHTS, read_model, write_model};
use super::{Fingerprint, Stage, import, register, rehearsal};
use crate::session::Session;

/// Folder of the trained model, relative to the results.
pub const MODEL: &str = "models/phases";

/// Trains the network.
pub struct Train;

fn read_map(session: &Session, map: &SemMap) -> anyhow::Result<PlacedMap> {
    let name = map.name();
    Ok(PlacedMap {
        coords_vox: register::read_coordinates(session, &name)?,
        classes: import::read_classes(session, map)?,
        pixel_um: session.project.sem.pixel_size_um_of(map),
        name,
    })
}

impl Stage for Train {
    fn name(&self) -> String {
        "train".to_owned()
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let mut fingerprint = Fingerprint::new("train", 3)
            .settings(&session.project.training)?
            .settings(&(session.seed, session.compute.name()))?
            .after(&session.out, "import")?;
        if let Start::Folder(folder) = &session.project.training.start {
            let weights = session.project.folder.join(folder).join(WEIGHTS);
            fingerprint = fingerprint.checksum(&corelith_io::record_file(&weights)?.sha256);
        }
        for map in register::names_of(session, Role::Training) {
            fingerprint = fingerprint.after(&session.out, &register::stage_name(&map))?;
        }
        Ok(fingerprint)
    }

    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>> {
        let began = Instant::now();
        let ct = session.ct()?;
        let scan = Scan::measure(&ct)?;
        let maps = session
            .project
            .maps_of(Role::Training)
            .map(|map| read_map(session, map))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let phantoms = rehearsal::phantoms(session, &scan, &maps)?;
        let checkpoint = Checkpoint::of(&session.result(MODEL));
        let start = start_model(session)?;
        let mut trained = corelith_unet::train(
            &TrainingInput {
                scan,
                maps: &maps,
                classes: &classes_of(&session.minerals),
                phantoms: &phantoms,
                start: start.as_ref(),
                began,
            },
            &session.project.training,
            &session.compute,
            seed_of(session.seed, "train"),
            Some(&checkpoint),
            &session.terminal,
        )?;
        for warning in &trained.warnings {
            session.say(&format!("warning: {warning}"));
        }
        let card = trained.model.card();
        session.say(&format!(
            "  {} steps on {} labelled voxels of {}",
            card.steps,
            card.labelled_voxels,
            card.trained_on.join(", ")
        ));
        trained.model.made_by(command(session));
        write_model(&session.result(MODEL), &trained)?;
        checkpoint.remove();
        Ok(FILES.map(|file| Path::new(MODEL).join(file)).into())
    }
}

/// The command, without the names of files.
fn command(session: &Session) -> String {
    let mut text = format!("corelith train --seed {}", session.seed);
    let settings = &session.project.training;
    if settings.minutes > 0.0 {
        text.push_str(&format!(" --minutes {}", settings.minutes));
    }
    if let Start::Folder(_) = settings.start {
        text.push_str(" --from MODEL");
    }
    text
}

/// The classes of a mineral list.
pub fn classes_of(minerals: &Minerals) -> Classes {
    Classes {
        names: minerals.rows().iter().map(|m| m.name.clone()).collect(),
        background: minerals.background(),
    }
}

/// The model that the settings ask to start from.
fn start_model(session: &Session) -> anyhow::Result<Option<Model>> {
    let settings = &session.project.training;
    match &settings.start {
        Start::Random => Ok(None),
        Start::Folder(folder) => read_model(&session.project.folder.join(folder)).map(Some),
        Start::Auto | Start::Pretrained => {
            let model = corelith_unet::pretrained_phases()?;
            let of = |s: &Settings| (s.width, s.levels);
            let (has, wanted) = (of(&model.card().settings), of(settings));
            if has != wanted {
                session.say(&format!(
                    "  starts from random weights: the pretrained ones have (width, levels) of \
                     {has:?}, the settings ask for {wanted:?}"
                ));
                return Ok(None);
            }
            Ok(Some(model))
        }
    }
}

/// The card of the model trained on this project, if there is one.
pub fn read_card(session: &Session) -> Option<ModelCard> {
    model_folder::read_card(&session.result(MODEL))
}
