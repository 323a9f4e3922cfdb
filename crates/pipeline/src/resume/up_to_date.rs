use std::path::PathBuf;
use std::time::Instant;

use corelith_core::duration_text;
use serde::Serialize;

use super::StageRecord;
use super::record::{Done, StageFiles};
use crate::{Context, Error, tell_notes};

/// One stage of the data flow, with exactly what it depends on.
///
/// The fields of the type are all that [`Stage::run`] may use beside the context, and what they
/// serialise as is the fingerprint: no input can be forgotten. Files are there as
/// [`Content`](super::Content), which is their checksum and not their path. Neither the device nor
/// the number of threads is part of it: a result stands wherever it was computed.
pub trait Stage: Serialize {
    /// Raised when the algorithm changes, so that old results are redone.
    const VERSION: u32;

    /// Handles of what the stage has written.
    type Outputs;

    /// Name in messages and of the record: `register map_0`.
    fn name(&self) -> String;

    /// Does the work; returns the files written, relative to the results folder.
    ///
    /// # Errors
    /// Whatever goes wrong; results of earlier runs are whole then.
    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error>;

    /// Handles of the written files.
    ///
    /// # Errors
    /// When a file is not among them.
    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error>;
}

fn fingerprint<S: Stage>(stage: &S) -> Result<String, Error> {
    let inputs = serde_json::to_vec(&(stage.name(), S::VERSION, stage))?;
    Ok(corelith_io::sha256_of_bytes(&inputs))
}

/// The results of a stage, if they still stand.
pub fn standing<S: Stage>(stage: &S, context: &Context<'_>) -> Option<S::Outputs> {
    let files = standing_files(&stage.name(), &fingerprint(stage).ok()?, context)?;
    stage.outputs(&files).ok()
}

/// The files that a stage of this name and fingerprint has left, if they still stand.
fn standing_files(name: &str, fingerprint: &str, context: &Context<'_>) -> Option<StageFiles> {
    let record = StageRecord::load(context.out, name)?;
    let stands = record.is_current(context.out, fingerprint);
    stands.then(|| record.into_files(context.out, name))
}

/// Runs the stage unless its results still stand.
///
/// # Errors
/// Those of the stage; [`Error::NotUpToDate`] where it would have to run beside others.
pub fn up_to_date<S: Stage>(stage: &S, context: &Context<'_>) -> Result<S::Outputs, Error> {
    let (name, out) = (stage.name(), context.out);
    let fingerprint = fingerprint(stage)?;
    if let Some(files) = standing_files(&name, &fingerprint, context) {
        context.say(&format!("{name}: unchanged, skipped"));
        return stage.outputs(&files);
    }
    if context.beside_others {
        return Err(Error::NotUpToDate { stage: name });
    }
    context.say(&name);
    let earlier = StageRecord::begin(out, &name)?;
    let began = Instant::now();
    let result = stage.run(context);
    context.progress.finish();
    tell_notes(context.compute, context.progress);
    let files = result?;
    let seconds = began.elapsed().as_secs_f64();
    let done = Done {
        fingerprint,
        seconds,
        device: context.compute.name(),
        files: &files,
    };
    let record = StageRecord::finish(out, &name, done, earlier)?;
    context.say(&format!("{name}: done in {}", duration_text(seconds)));
    stage.outputs(&record.into_files(out, &name))
}
