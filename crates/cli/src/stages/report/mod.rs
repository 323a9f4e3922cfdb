//! The headline numbers and the HTML page.

mod input;
mod provenance;

use std::path::PathBuf;

use super::measure::read_measurements;
use super::verdict::VERDICT;
use super::{Fingerprint, Stage, summary};
use crate::session::Session;

/// The page, relative to the results.
pub const PAGE: &str = "report.html";

/// The resolved settings, relative to the results.
pub const SETTINGS: &str = "settings.toml";

/// Writes `summary.json`, the resolved settings, the page and its figures.
pub struct Report;

impl Stage for Report {
    fn name(&self) -> String {
        "report".to_owned()
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let mut fingerprint = Fingerprint::new("report", 3)
            .settings(&session.project)?
            .after(&session.out, "measure")?;
        let verdict = session.result(VERDICT);
        if verdict.exists() {
            fingerprint = fingerprint.checksum(&corelith_io::record_file(&verdict)?.sha256);
        }
        Ok(fingerprint)
    }

    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>> {
        let measurements = read_measurements(session)?;
        let summary = summary::summarise(session, &measurements)?;
        corelith_io::write_json(&session.result(summary::SUMMARY), &summary)?;
        corelith_io::write_toml(&session.result(SETTINGS), &session.project)?;
        let input = input::report_input(session, &measurements)?;
        let page = corelith_report::build(&input, &session.terminal)?;
        let mut outputs = vec![
            PathBuf::from(summary::SUMMARY),
            SETTINGS.into(),
            PAGE.into(),
        ];
        for (path, contents) in &page.files {
            corelith_io::write_bytes(&session.result(path), contents)?;
            outputs.push(path.into());
        }
        for (path, table) in &page.tables {
            corelith_io::write_csv(&session.result(path), table)?;
            outputs.push(path.into());
        }
        corelith_io::write_bytes(&session.result(PAGE), page.html.as_bytes())?;
        Ok(outputs)
    }
}
