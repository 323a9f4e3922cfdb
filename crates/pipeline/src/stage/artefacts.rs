//! What the scanner adds to the CT's greys, which the stages after it take out.

use std::path::PathBuf;

use corelith_core::Artefact;
use corelith_stats::imaging::artefacts::Artefacts;
use serde::Serialize;

use crate::results::{ArtefactsRecord, StoredArtefacts, StoredVolume};
use crate::resume::{Stage, StageFiles};
use crate::{Context, Error};

/// What was found, relative to the results.
const ARTEFACTS: &str = "import/ct_artefacts.json";

/// Measures the artefacts of the CT.
#[derive(Serialize)]
pub struct MeasureArtefacts<'a> {
    /// The CT volume.
    pub ct: &'a StoredVolume<u16>,
    /// What is looked for.
    pub wanted: &'a [Artefact],
}

impl MeasureArtefacts<'_> {
    /// Kind of the stage, and what tells it from others of the kind.
    pub const NAME: [&'static str; 2] = ["measure", "artefacts"];
}

impl Stage for MeasureArtefacts<'_> {
    const VERSION: u32 = 1;
    type Outputs = StoredArtefacts;

    fn name(&self) -> String {
        Self::NAME.join(" ")
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let ct = self.ct.read(context.progress)?;
        let record = ArtefactsRecord::of(Artefacts::measure(&ct, self.wanted));
        for said in record.said() {
            context.say(&format!("  {said}"));
        }
        corelith_io::write_json(&context.result(ARTEFACTS), &record)?;
        Ok(vec![ARTEFACTS.into()])
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(StoredArtefacts {
            record: files.get(ARTEFACTS)?,
        })
    }
}
