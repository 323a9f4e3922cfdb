//! Several measured samples on one page.

use std::path::{Path, PathBuf};

use corelith_core::{Table, Values};
use corelith_report::{Comparison, SampleDifference, SampleResult};
use corelith_stats::liberation::{Basis, Estimate, LIBERATION_CLASSES, MineralLiberation};
use corelith_stats::measurements::Measurements;
use serde::de::DeserializeOwned;

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
    let samples = inputs
        .iter()
        .map(|input| Measured::read(input))
        .collect::<Result<Vec<_>, _>>()?;
    let mineral = match samples.first() {
        Some(first) => first.summary.target.clone(),
        None => String::new(),
    };
    let of_mineral = samples
        .iter()
        .map(|sample| sample.liberation(&mineral))
        .collect::<Result<Vec<_>, _>>()?;
    let pairs = (0..samples.len()).flat_map(|a| (a + 1..samples.len()).map(move |b| (a, b)));
    let differences: Vec<SampleDifference> = pairs
        .map(|(against, of)| {
            let [a, b] = [against, of].map(|i| of_mineral[i].on(Basis::Volume3d));
            let minus = |x: &[Estimate; LIBERATION_CLASSES], y: &[Estimate; LIBERATION_CLASSES]| {
                std::array::from_fn(|k| x[k].minus_independent(&y[k]))
            };
            SampleDifference {
                of,
                against,
                share: minus(&b.share, &a.share),
                at_least: minus(&b.at_least, &a.at_least),
            }
        })
        .collect();
    corelith_io::write_csv(
        &out.join(DIFFERENCES_CSV),
        &difference_table(&samples, &differences),
    )?;
    let results = samples.iter().zip(&of_mineral);
    let page = corelith_report::compare(&Comparison {
        program: format!("corelith {}", env!("CARGO_PKG_VERSION")),
        samples: results.map(|(s, m)| s.result(&mineral, m)).collect(),
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
    Ok(path)
}

/// What is known of one sample.
struct Measured {
    input: PathBuf,
    summary: Summary,
    found: Measurements,
}

impl Measured {
    fn read(input: &Path) -> Result<Self, Error> {
        let folder = if input.is_dir() {
            input.to_owned()
        } else {
            Project::read(input)?.folder.join("results")
        };
        Ok(Self {
            input: input.to_owned(),
            summary: measured(&folder, SUMMARY, input)?,
            found: measured(&folder, MEASUREMENTS, input)?,
        })
    }

    fn liberation(&self, mineral: &str) -> Result<&MineralLiberation, Error> {
        let minerals = &self.found.liberation.minerals;
        minerals
            .iter()
            .find(|m| m.name == mineral)
            .ok_or_else(|| Error::NoMineral {
                input: self.input.clone(),
                mineral: mineral.to_owned(),
                known: minerals.iter().map(|m| m.name.clone()).collect(),
            })
    }

    fn result(&self, mineral: &str, found: &MineralLiberation) -> SampleResult {
        let (summary, volume) = (&self.summary, found.on(Basis::Volume3d));
        let bias = found
            .bias
            .iter()
            .find(|b| b.basis == Basis::Area2dRandom && b.against == Basis::Volume3d);
        let share = summary.minerals.get(mineral);
        let none = [Estimate::NONE; LIBERATION_CLASSES];
        SampleResult {
            name: summary.name.clone(),
            fraction_um: summary.fraction_um.clone(),
            particles: summary.particles.count as u64,
            median_diameter_um: summary
                .particles
                .median_equivalent_diameter_um
                .unwrap_or(f64::NAN),
            modal_volume_pct: share
                .and_then(|share| share.modal_volume_pct)
                .unwrap_or(f64::NAN),
            mean: volume.mean,
            bias_mean: bias.map_or(Estimate::NONE, |b| b.mean),
            at_least: volume.at_least,
            bias: bias.map_or(none, |b| b.at_least),
            sizes: self
                .found
                .sizes_of(found.class)
                .map_or_else(Vec::new, |sizes| sizes.sizes.clone()),
        }
    }
}

/// A file of the results, when it is there.
fn measured<T: DeserializeOwned>(folder: &Path, file: &str, input: &Path) -> Result<T, Error> {
    let path = folder.join(file);
    if !path.exists() {
        return Err(Error::NotMeasured {
            input: input.to_owned(),
            path,
        });
    }
    corelith_io::read_json(&path).map_err(|reason| Error::OtherVersion { path, reason })
}

/// One row a pair of samples and class: shares of the class, curves at its lower bound.
fn difference_table(samples: &[Measured], differences: &[SampleDifference]) -> Table {
    let rows: Vec<_> = differences
        .iter()
        .flat_map(|d| (0..LIBERATION_CLASSES).map(move |k| (d, k)))
        .collect();
    let text = |of: fn(&SampleDifference) -> usize| {
        let names = rows
            .iter()
            .map(|(d, _)| samples[of(d)].summary.name.clone());
        Values::Text(names.collect())
    };
    let mut table = Table::new();
    table.push("sample", text(|d| d.of));
    table.push("against", text(|d| d.against));
    let bounds = rows.iter().map(|(_, k)| 10.0 * *k as f64);
    table.push("liberation_lower_pct", Values::F64(bounds.collect()));
    type Of = fn(&SampleDifference, usize) -> Estimate;
    let curves: [(&str, Of); 2] = [
        ("share", |d, k| d.share[k]),
        ("at_least", |d, k| d.at_least[k]),
    ];
    for (what, of) in curves {
        let column = |end: fn(&Estimate) -> f64| {
            Values::F64(rows.iter().map(|(d, k)| end(&of(d, *k))).collect())
        };
        table.push(format!("{what}_difference_points"), column(|e| e.value));
        table.push(format!("{what}_difference_low_points"), column(|e| e.low));
        table.push(format!("{what}_difference_high_points"), column(|e| e.high));
        let beyond = rows.iter().map(|(d, k)| of(d, *k).excludes_zero());
        table.push(
            format!("{what}_beyond_chance"),
            Values::Bool(beyond.collect()),
        );
    }
    table
}
