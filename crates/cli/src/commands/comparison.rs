//! Several measured samples on one page.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use corelith_core::{Table, Values};
use corelith_report::{Comparison, SampleDifference, SampleResult, SizeLiberation};
use corelith_stats::liberation::{Basis, Estimate, LIBERATION_CLASSES};

use crate::args::Global;
use crate::output::print_json;
use crate::progress::Terminal;
use crate::project::Project;
use crate::stages::measure::{BIAS_CSV, CURVES_CSV, LIBERATION_CSV, SIZES_CSV};
use crate::stages::summary::{Interval, SUMMARY, Summary};

/// Folder of the comparison unless `--out` names another.
const FOLDER: &str = "comparison";
/// The page.
const PAGE: &str = "comparison.html";
/// Differences of class shares and curves, beside the page.
const DIFFERENCES_CSV: &str = "differences.csv";

/// What the tables of one sample say of the mineral in question.
struct Sample {
    summary: Summary,
    share: [Estimate; LIBERATION_CLASSES],
    at_least: [Estimate; LIBERATION_CLASSES],
    bias: [Estimate; LIBERATION_CLASSES],
    sizes: Vec<SizeLiberation>,
}

/// Compares samples by their tables; nothing is measured again.
pub fn compare(global: &Global, inputs: &[PathBuf]) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let summaries: Vec<(PathBuf, Summary)> = inputs
        .iter()
        .map(|input| {
            let folder = results_of(input)?;
            let summary = corelith_io::read_json(&measured(&folder, SUMMARY, input)?)
                .with_context(|| {
                    format!(
                        "the results in {} are of another version of this program\n\
                         help: bring them up to date with `corelith run PROJECT`",
                        folder.display()
                    )
                })?;
            Ok((folder, summary))
        })
        .collect::<anyhow::Result<_>>()?;
    let mineral = summaries[0].1.target.clone();
    let samples: Vec<Sample> = summaries
        .into_iter()
        .zip(inputs)
        .map(|((folder, summary), input)| Sample::read(&folder, summary, &mineral, input))
        .collect::<anyhow::Result<_>>()?;

    let pairs = (0..samples.len()).flat_map(|a| (a + 1..samples.len()).map(move |b| (a, b)));
    let differences: Vec<SampleDifference> = pairs
        .map(|(against, of)| {
            let (a, b) = (&samples[against], &samples[of]);
            let minus = |x: &[Estimate; LIBERATION_CLASSES], y: &[Estimate; LIBERATION_CLASSES]| {
                std::array::from_fn(|k| page_estimate(&x[k].minus_independent(&y[k])))
            };
            SampleDifference {
                of,
                against,
                share: minus(&b.share, &a.share),
                at_least: minus(&b.at_least, &a.at_least),
            }
        })
        .collect();
    let out = global.out.clone().unwrap_or_else(|| FOLDER.into());
    corelith_io::write_csv(
        &out.join(DIFFERENCES_CSV),
        &difference_table(&samples, &differences),
    )?;
    let page = corelith_report::compare(&Comparison {
        program: format!("corelith {}", env!("CARGO_PKG_VERSION")),
        samples: samples.iter().map(|s| s.result(&mineral)).collect(),
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
        print_json(&serde_json::json!({ "report": path }))?;
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

impl Sample {
    fn read(folder: &Path, summary: Summary, mineral: &str, input: &Path) -> anyhow::Result<Self> {
        if !summary.minerals.contains_key(mineral) {
            let names: Vec<&str> = summary.minerals.keys().map(String::as_str).collect();
            bail!(
                "{} has no mineral {mineral}, which the first sample is about; it has {}",
                input.display(),
                names.join(", ")
            );
        }
        let table = |file: &str| -> anyhow::Result<(PathBuf, Table)> {
            let path = measured(folder, file, input)?;
            let table = corelith_io::read_csv(&path)?;
            Ok((path, table))
        };
        let volume = Basis::Volume3d.name();
        let of_mineral = [("mineral", mineral), ("basis", volume)];
        let share_columns = ["share_pct", "share_low_pct", "share_high_pct"];
        let curve = |file: &str, is: &[(&str, &str)], columns: [&str; 3]| {
            let (path, table) = table(file)?;
            let rows = Rows::of(&path, &table, is)?;
            let found = rows.estimates(columns)?;
            let count = found.len();
            <[Estimate; LIBERATION_CLASSES]>::try_from(found).map_err(|_| {
                anyhow::anyhow!(
                    "{} has {count} rows for {mineral} where {LIBERATION_CLASSES} are expected\nhelp: measure \
                     the sample again",
                    path.display()
                )
            })
        };
        let (path, sizes) = table(SIZES_CSV)?;
        let sizes = Rows::of(&path, &sizes, &[("mineral", mineral)])?;
        let estimates = |stem: &str| -> anyhow::Result<Vec<_>> {
            let [value, low, high] = ["", "_low", "_high"].map(|end| format!("{stem}{end}_pct"));
            let found = sizes.estimates([&value, &low, &high])?;
            Ok(found.iter().map(page_estimate).collect())
        };
        let number = |column: &str| sizes.numbers(column);
        let (lower, upper) = (number("diameter_lower_um")?, number("diameter_upper_um")?);
        let (particles, share) = (number("particles")?, number("mineral_share_pct")?);
        let (mean, half, free) = (
            estimates("mean_liberation")?,
            estimates("at_least_50")?,
            estimates("at_least_90")?,
        );
        Ok(Self {
            share: curve(LIBERATION_CSV, &of_mineral, share_columns)?,
            at_least: curve(CURVES_CSV, &of_mineral, share_columns)?,
            bias: curve(
                BIAS_CSV,
                &[
                    ("mineral", mineral),
                    ("basis", Basis::Area2dRandom.name()),
                    ("against", volume),
                ],
                [
                    "difference_points",
                    "difference_low_points",
                    "difference_high_points",
                ],
            )?,
            sizes: (0..lower.len())
                .map(|i| SizeLiberation {
                    diameter_um: [lower[i], upper[i]],
                    particles: particles[i] as u64,
                    mineral_share_pct: share[i],
                    mean: mean[i],
                    at_least_50: half[i],
                    at_least_90: free[i],
                })
                .collect(),
            summary,
        })
    }

    fn result(&self, mineral: &str) -> SampleResult {
        let found = &self.summary.minerals[mineral];
        SampleResult {
            name: self.summary.name.clone(),
            fraction_um: self.summary.fraction_um.clone(),
            particles: self.summary.particles.count as u64,
            median_diameter_um: self
                .summary
                .particles
                .median_equivalent_diameter_um
                .unwrap_or(f64::NAN),
            modal_volume_pct: found.modal_volume_pct,
            mean: from_interval(&found.mean_liberation_pct[Basis::Volume3d.name()]),
            bias_mean: from_interval(&found.bias_2d_points),
            at_least: self.at_least.each_ref().map(page_estimate),
            bias: self.bias.each_ref().map(page_estimate),
            sizes: self.sizes.clone(),
        }
    }
}

fn page_estimate(e: &Estimate) -> corelith_report::Estimate {
    corelith_report::Estimate {
        value: e.value,
        low: e.low,
        high: e.high,
    }
}

fn from_interval(i: &Interval) -> corelith_report::Estimate {
    let or_nan = |v: Option<f64>| v.unwrap_or(f64::NAN);
    corelith_report::Estimate {
        value: or_nan(i.value),
        low: or_nan(i.low),
        high: or_nan(i.high),
    }
}

/// The rows of a table whose text columns hold given values.
struct Rows<'a> {
    path: &'a Path,
    table: &'a Table,
    rows: Vec<usize>,
}

impl<'a> Rows<'a> {
    fn of(path: &'a Path, table: &'a Table, is: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut rows: Vec<usize> = (0..table.rows()).collect();
        for (name, wanted) in is {
            let column = table.column(name).with_context(|| lacks(path, name))?;
            let Values::Text(values) = &column.values else {
                bail!("the column `{name}` of {} is not text", path.display());
            };
            rows.retain(|&row| values[row] == *wanted);
        }
        Ok(Self { path, table, rows })
    }

    fn numbers(&self, name: &str) -> anyhow::Result<Vec<f64>> {
        let column = self.table.column(name);
        let values = &column.with_context(|| lacks(self.path, name))?.values;
        let at = |&row: &usize| match values {
            Values::F64(v) => Ok(v[row]),
            Values::U64(v) => Ok(v[row] as f64),
            Values::Bool(_) | Values::Text(_) => {
                bail!(
                    "the column `{name}` of {} is not numbers",
                    self.path.display()
                )
            }
        };
        self.rows.iter().map(at).collect()
    }

    fn estimates(&self, names: [&str; 3]) -> anyhow::Result<Vec<Estimate>> {
        let [value, low, high] = names.map(|name| self.numbers(name));
        let ends = low?.into_iter().zip(high?);
        let all = value?.into_iter().zip(ends);
        Ok(all
            .map(|(value, (low, high))| Estimate { value, low, high })
            .collect())
    }
}

fn lacks(path: &Path, column: &str) -> String {
    format!(
        "{} lacks the column `{column}`\nhelp: measure the sample again with this version",
        path.display()
    )
}

/// One row a pair of samples and class: shares of the class, curves at its lower bound.
fn difference_table(samples: &[Sample], differences: &[SampleDifference]) -> Table {
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
    type Of = fn(&SampleDifference, usize) -> corelith_report::Estimate;
    let curves: [(&str, Of); 2] = [
        ("share", |d, k| d.share[k]),
        ("at_least", |d, k| d.at_least[k]),
    ];
    for (what, of) in curves {
        let column = |end: fn(&corelith_report::Estimate) -> f64| {
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
