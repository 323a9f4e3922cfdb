//! Several measured samples on one page.

use std::path::{Path, PathBuf};

use corelith_report::{Comparison, SampleResult};
use corelith_stats::liberation::{CurveDifference, MineralLiberation, difference_table};
use corelith_stats::measurements::Measurements;

use crate::page_files::write_page;
use crate::stage::measure::MEASUREMENTS;
use crate::stage::report::{SUMMARY, Summary};
use crate::{Error, Project};

/// The page.
const PAGE: &str = "comparison.html";
/// Differences of class shares and curves, beside the page.
const DIFFERENCES_CSV: &str = "differences.csv";

/// Compares measured samples, each a project file or its folder of results, for the target of the
/// first one; nothing is measured again. Writes a page and its tables into `out`, and returns where
/// the page is.
///
/// # Errors
/// When a sample has not been measured, lacks the mineral, or a file cannot be written.
pub fn compare(inputs: &[PathBuf], out: &Path) -> Result<PathBuf, Error> {
    let measured = inputs
        .iter()
        .map(|input| Measured::read(input))
        .collect::<Result<Vec<_>, _>>()?;
    let mineral = match measured.first() {
        Some(first) => first.summary.target.clone(),
        None => String::new(),
    };
    let samples = measured
        .into_iter()
        .map(|sample| sample.result(&mineral))
        .collect::<Result<Vec<_>, _>>()?;
    let curves: Vec<&MineralLiberation> = samples.iter().map(|s| &s.liberation).collect();
    let differences = CurveDifference::of_pairs(&curves);
    let names: Vec<&str> = samples.iter().map(|s| s.name.as_str()).collect();
    corelith_io::write_csv(
        &out.join(DIFFERENCES_CSV),
        &difference_table(&names, &differences),
    )?;
    let page = corelith_report::compare(&Comparison {
        program: format!("corelith {}", env!("CARGO_PKG_VERSION")),
        samples,
        mineral,
        differences,
        table: DIFFERENCES_CSV.to_owned(),
    });
    write_page(out, PAGE, &page)?;
    Ok(out.join(PAGE))
}

/// What is known of one sample.
struct Measured {
    input: PathBuf,
    summary: Summary,
    found: Measurements,
}

/// The version of the program that wrote a summary, where it is another than this.
fn other_version(summary: &Path) -> Option<String> {
    let summary: serde_json::Value = corelith_io::read_json(summary).ok()?;
    let version = summary.get("version")?.as_str()?;
    (version != env!("CARGO_PKG_VERSION")).then(|| version.to_owned())
}

impl Measured {
    fn read(input: &Path) -> Result<Self, Error> {
        let folder = if input.is_dir() {
            input.to_owned()
        } else {
            Project::read(input)?.folder.join("results")
        };
        let file = |name: &str| {
            let path = folder.join(name);
            if path.exists() {
                return Ok(path);
            }
            Err(Error::NotMeasured {
                input: input.to_owned(),
                path,
            })
        };
        let (summary, found) = (file(SUMMARY)?, file(MEASUREMENTS)?);
        let read = |summary: &Path, found: &Path| {
            Ok(Self {
                input: input.to_owned(),
                summary: corelith_io::read_json(summary)?,
                found: corelith_io::read_cbor(found)?,
            })
        };
        read(&summary, &found).map_err(|reason| Error::Unreadable {
            input: input.to_owned(),
            other_version: other_version(&summary),
            reason: Box::new(reason),
        })
    }

    fn result(self, mineral: &str) -> Result<SampleResult, Error> {
        let Self {
            input,
            summary,
            found,
        } = self;
        let minerals = &found.liberation.minerals;
        let Some(liberation) = minerals.iter().find(|m| m.name == mineral) else {
            return Err(Error::NoMineral {
                input,
                mineral: mineral.to_owned(),
                known: minerals.iter().map(|m| m.name.clone()).collect(),
            });
        };
        let share = summary.minerals.get(mineral);
        Ok(SampleResult {
            particles: found.particles.len() as u64,
            median_diameter_um: summary
                .particles
                .median_equivalent_diameter_um
                .unwrap_or(f64::NAN),
            modal_volume_pct: share.and_then(|m| m.modal_volume_pct).unwrap_or(f64::NAN),
            sizes: found
                .sizes_of(liberation.class)
                .map_or_else(Vec::new, |sizes| sizes.sizes.clone()),
            liberation: liberation.clone(),
            name: summary.name,
            fraction_um: summary.fraction_um,
        })
    }
}
