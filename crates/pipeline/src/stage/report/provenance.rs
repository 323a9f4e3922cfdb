use std::path::PathBuf;

use corelith_report::{Provenance, StageTime};
use serde::Serialize;

use super::{Report, ReportedMap};
use crate::resume::StageRecord;
use crate::stage::artefacts::MeasureArtefacts;
use crate::{Context, Error};

/// One file that the user gave.
#[derive(Debug, Clone, Serialize)]
pub struct InputFile {
    /// Path as the project has it, or the name of a slice in its folder.
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// Every stage that may stand before the report, in order.
pub fn stage_names(maps: &[ReportedMap<'_>]) -> Vec<String> {
    let of_maps = |kind: &'static str| {
        maps.iter()
            .map(move |map| format!("{kind} {}", map.placed.map.name))
    };
    let mut names = vec!["import".to_owned(), MeasureArtefacts::NAME.join(" ")];
    names.extend(of_maps("import"));
    names.extend(of_maps("register"));
    names.extend(["train", "segment", "measure"].map(str::to_owned));
    names
}

/// How the result was made: settings, versions, device, times, checksums.
pub fn provenance(report: &Report<'_>, context: &Context<'_>) -> Result<Provenance, Error> {
    let stages = stage_names(&report.maps).into_iter().filter_map(|stage| {
        let record = StageRecord::load(context.out, &stage)?;
        Some(StageTime {
            stage,
            seconds: record.seconds,
            device: record.device,
        })
    });
    Ok(Provenance {
        program: format!("corelith {}", env!("CARGO_PKG_VERSION")),
        made: jiff::Timestamp::now()
            .strftime("%Y-%m-%d %H:%M UTC")
            .to_string(),
        device: context.compute.name(),
        seed: report.project.seed,
        threads: rayon::current_num_threads(),
        peak_memory_bytes: peak_memory_bytes(),
        stages: stages.collect(),
        versions: library_versions(),
        inputs: report
            .inputs
            .iter()
            .map(|file| corelith_report::InputFile {
                path: file.path.display().to_string(),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
            })
            .collect(),
        settings_toml: toml::to_string_pretty(report.project)?,
        remarks: Vec::new(),
    })
}

/// Libraries whose version may change the numbers.
const LIBRARIES: [&str; 7] = [
    "burn",
    "wgpu",
    "naga",
    "rustfft",
    "nalgebra",
    "parry3d-f64",
    "fast-surface-nets",
];

/// Their versions in this build, from the lock file that it was built with.
fn library_versions() -> Vec<(String, String)> {
    let lock = include_str!("../../../../../Cargo.lock");
    let of = |library: &str| {
        let entry = lock
            .split_once(&format!("name = \"{library}\"\nversion = \""))?
            .1;
        let version = entry.split_once('"')?.0;
        Some((library.to_owned(), version.to_owned()))
    };
    LIBRARIES.into_iter().filter_map(of).collect()
}

/// Largest resident memory of this process, where the system tells (Linux: `VmHWM`).
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_has_a_version() {
        let found = library_versions();
        assert_eq!(found.len(), LIBRARIES.len());
        assert!(
            found.iter().all(|(_, v)| v.split('.').count() >= 3),
            "{found:?}"
        );
    }
}
