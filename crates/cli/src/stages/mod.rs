//! The stages in order. Each reads files, writes files, and is skipped while nothing that it
//! depends on has changed.

mod fingerprint;
pub mod import;
pub mod measure;
pub mod model_folder;
pub mod networks;
mod record;
pub mod register;
pub mod rehearsal;
pub mod report;
pub mod segment;
pub mod summary;
pub mod train;
pub mod verdict;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::progress::duration_text;
use crate::session::Session;
pub use fingerprint::Fingerprint;
pub use record::StageRecord;

/// One stage of the data flow.
pub trait Stage {
    /// Name in messages and of the record: `register map_0`.
    fn name(&self) -> String;

    /// Everything that the result depends on: settings, input files, the stages before.
    ///
    /// # Errors
    /// When an input cannot be read, or a stage before has no result yet.
    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint>;

    /// Does the work; returns the files written, relative to the results folder.
    ///
    /// # Errors
    /// Whatever goes wrong; results of earlier runs are whole then.
    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>>;
}

/// Runs the stage unless its results still stand.
///
/// # Errors
/// Those of the stage.
pub fn bring_up_to_date(session: &Session, stage: &dyn Stage) -> anyhow::Result<()> {
    let name = stage.name();
    let fingerprint = stage.fingerprint(session)?.finish();
    if let Some(record) = StageRecord::load(&session.out, &name)
        && record.is_current(&session.out, &fingerprint)
    {
        session.say(&format!("{name}: unchanged, skipped"));
        return Ok(());
    }
    session.say(&name);
    let began = Instant::now();
    let result = stage.run(session);
    corelith_core::Progress::finish(&session.terminal);
    let outputs = result?;
    let seconds = began.elapsed().as_secs_f64();
    StageRecord::save(
        &session.out,
        &name,
        &fingerprint,
        seconds,
        &session.compute.name(),
        &outputs,
    )?;
    session.say(&format!("{name}: done in {}", duration_text(seconds)));
    Ok(())
}

/// Everything up to the trained model.
///
/// # Errors
/// Those of the stages.
pub fn through_training(session: &Session) -> anyhow::Result<()> {
    bring_up_to_date(session, &import::Import)?;
    register::all(session, None)?;
    bring_up_to_date(session, &train::Train)
}

/// Everything up to phases and particles; with a model of another result nothing is trained.
///
/// # Errors
/// Those of the stages.
pub fn through_segmentation(session: &Session, model: Option<&Path>) -> anyhow::Result<()> {
    if model.is_some() {
        bring_up_to_date(session, &import::Import)?;
    } else {
        let project = &session.project;
        project.segmentation.check(project.training.multiple())?;
        through_training(session)?;
    }
    bring_up_to_date(session, &segment::Segment { model })
}

/// Everything up to the tables.
///
/// # Errors
/// Those of the stages.
pub fn through_measure(session: &Session) -> anyhow::Result<()> {
    through_segmentation(session, None)?;
    bring_up_to_date(session, &measure::Measure)
}
