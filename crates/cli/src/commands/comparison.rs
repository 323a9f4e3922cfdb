//! Several measured samples on one page.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use corelith_report::{Comparison, SampleResult};
use corelith_stats::liberation::{CurveDifference, MineralLiberation, difference_table};
use corelith_stats::measurements::Measurements;

use crate::args::Global;
use crate::progress::Terminal;
use crate::project::Project;
use crate::stages::measure::MEASUREMENTS;
use crate::stages::summary::{SUMMARY, Summary};

/// Folder of the comparison unless `--out` names another.
const FOLDER: &str = "comparison";
/// The page.
const PAGE: &str = "comparison.html";
/// Differences of class shares and curves, beside the page.
const DIFFERENCES_CSV: &str = "differences.csv";

/// Compares samples by what was measured; nothing is measured again.
pub fn compare(global: &Global, inputs: &[PathBuf]) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let summaries: Vec<(PathBuf, Summary)> = inputs
        .iter()
        .map(|input| {
            let folder = results_of(input)?;
            let summary = corelith_io::read_json(&measured(&folder, SUMMARY, input)?)
                .with_context(|| other_version(&folder))?;
            Ok((folder, summary))
        })
        .collect::<anyhow::Result<_>>()?;
    let mineral = summaries[0].1.target.clone();
    let samples: Vec<SampleResult> = summaries
        .into_iter()
        .zip(inputs)
        .map(|((folder, summary), input)| sample(&folder, summary, &mineral, input))
        .collect::<anyhow::Result<_>>()?;
    let curves: Vec<&MineralLiberation> = samples.iter().map(|s| &s.liberation).collect();
    let differences = CurveDifference::of_pairs(&curves);
    let names: Vec<&str> = samples.iter().map(|s| s.name.as_str()).collect();
    let out = global.out.clone().unwrap_or_else(|| FOLDER.into());
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
    for (path, contents) in &page.files {
        corelith_io::write_bytes(&out.join(path), contents)?;
    }
    for (path, table) in &page.tables {
        corelith_io::write_csv(&out.join(path), table)?;
    }
    let path = out.join(PAGE);
    corelith_io::write_bytes(&path, page.html.as_bytes())?;
    if global.json {
        println!("{}", serde_json::json!({ "report": path }));
    } else {
        terminal.say(&format!("comparison: {}", path.display()));
    }
    Ok(())
}

/// The results folder that a project file or the folder itself stands for.
fn results_of(input: &Path) -> anyhow::Result<PathBuf> {
    if input.is_dir() {
        return Ok(input.to_owned());
    }
    Ok(Project::read(input)?.folder.join("results"))
}

/// The file, when it is there.
fn measured(folder: &Path, file: &str, input: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join(file);
    ensure!(
        path.exists(),
        "{} is not measured yet: {} is not there\nhelp: run `corelith run` on its project file \
         first, then compare",
        input.display(),
        path.display()
    );
    Ok(path)
}

/// What to do about results that cannot be read.
fn other_version(folder: &Path) -> String {
    format!(
        "the results in {} are of another version of this program\n\
         help: bring them up to date with `corelith run PROJECT`",
        folder.display()
    )
}

/// What was measured of the mineral in one sample.
fn sample(
    folder: &Path,
    summary: Summary,
    mineral: &str,
    input: &Path,
) -> anyhow::Result<SampleResult> {
    let path = measured(folder, MEASUREMENTS, input)?;
    let measurements: Measurements =
        corelith_io::read_cbor(&path).with_context(|| other_version(folder))?;
    let mut minerals = measurements.liberation.minerals.iter();
    let Some(liberation) = minerals.find(|m| m.name == mineral).cloned() else {
        let names: Vec<&str> = summary.minerals.keys().map(String::as_str).collect();
        bail!(
            "{} has no mineral {mineral}, which the first sample is about; it has {}",
            input.display(),
            names.join(", ")
        );
    };
    let share = summary.minerals.get(mineral);
    let sizes = measurements.sizes_of(liberation.class);
    Ok(SampleResult {
        particles: measurements.particles.len() as u64,
        median_diameter_um: summary
            .particles
            .median_equivalent_diameter_um
            .unwrap_or(f64::NAN),
        modal_volume_pct: share.and_then(|m| m.modal_volume_pct).unwrap_or(f64::NAN),
        sizes: sizes.map_or(Vec::new(), |found| found.sizes.clone()),
        name: summary.name,
        fraction_um: summary.fraction_um,
        liberation,
    })
}
