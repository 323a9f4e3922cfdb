//! The headline numbers and the HTML page.

mod page;
mod provenance;
mod summary;
mod words;

use std::path::PathBuf;

use corelith_core::{Minerals, Role};
use serde::Serialize;

use super::measure::Measured;
use super::segment::Segmented;
use crate::page_files::write_page;
use crate::results::{StoredArtefacts, StoredEvening, StoredModel, StoredPlacement, StoredVolume};
use crate::resume::{Content, Stage, StageFiles};
use crate::{Context, Error, Project};

pub use provenance::InputFile;
pub use summary::{MapSummary, Summary};

/// The page, relative to the results.
pub const PAGE: &str = "report.html";
/// The headline numbers.
pub const SUMMARY: &str = "summary.json";
/// The resolved settings.
pub const SETTINGS: &str = "settings.toml";
/// The result against an exact truth, where someone has judged it.
pub const JUDGEMENT: &str = "truth.json";

/// Writes `summary.json`, the resolved settings, the page and its figures.
#[derive(Serialize)]
pub struct Report<'a> {
    /// The project, its paths as the file has them: the page shows it.
    pub project: &'a Project,
    /// The mineral list.
    pub minerals: &'a Minerals,
    /// What the user gave: the page lists it.
    pub inputs: &'a [InputFile],
    /// The CT volume.
    pub ct: &'a StoredVolume<u16>,
    /// How it was evened, where it was.
    pub evening: Option<&'a StoredEvening>,
    /// Its artefacts, where they were looked for.
    pub artefacts: Option<&'a StoredArtefacts>,
    /// The placed maps, in file order.
    pub maps: Vec<ReportedMap<'a>>,
    /// The model that segmented.
    pub model: &'a StoredModel,
    /// Phases and particles.
    pub segmented: &'a Segmented,
    /// All numbers.
    #[serde(serialize_with = "content_of")]
    pub measured: &'a Measured,
    /// [`JUDGEMENT`], where it is there.
    pub judgement: Option<Content>,
}

/// A map as the page shows it.
#[derive(Serialize)]
pub struct ReportedMap<'a> {
    /// What it is used for.
    pub role: Role,
    /// The map and its place.
    pub placed: &'a StoredPlacement,
    /// How it was placed.
    pub registration: &'a Content,
    /// Its outlines on the CT.
    pub overlay: &'a Content,
}

fn content_of<S: serde::Serializer>(measured: &&Measured, to: S) -> Result<S::Ok, S::Error> {
    measured.content().serialize(to)
}

impl Stage for Report<'_> {
    const VERSION: u32 = 8;
    type Outputs = Content;

    fn name(&self) -> String {
        "report".to_owned()
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let measurements = self.measured.read()?;
        let summary = page::summary(self, &measurements, context)?;
        corelith_io::write_json(&context.result(SUMMARY), &summary)?;
        corelith_io::write_toml(&context.result(SETTINGS), self.project)?;
        let input = page::input(self, &measurements, context)?;
        let page = corelith_report::build(&input, context.progress)?;
        let mut files = vec![PathBuf::from(SUMMARY), SETTINGS.into(), PAGE.into()];
        files.extend(write_page(context.out, PAGE, &page)?);
        Ok(files)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        files.get(SUMMARY)
    }
}
