use corelith_report::{InputFile, Provenance, StageTime};

use super::super::import::{self, INPUTS};
use super::super::{StageRecord, register};
use crate::session::Session;

/// How the result was made: settings, versions, device, times, checksums.
pub fn provenance(session: &Session, remarks: Vec<String>) -> anyhow::Result<Provenance> {
    let inputs: Vec<import::InputFile> = corelith_io::read_json(&session.result(INPUTS))?;
    let maps = &session.project.sem.maps;
    let mut stages = vec!["import".to_owned()];
    stages.extend(maps.iter().map(|map| register::stage_name(&map.name())));
    stages.extend(["train", "segment", "measure"].map(str::to_owned));
    Ok(Provenance {
        program: format!("corelith {}", env!("CARGO_PKG_VERSION")),
        made: jiff::Timestamp::now()
            .strftime("%Y-%m-%d %H:%M UTC")
            .to_string(),
        device: session.compute.name(),
        seed: session.seed,
        threads: rayon::current_num_threads(),
        peak_memory_bytes: peak_memory_bytes(),
        stages: stages
            .into_iter()
            .filter_map(|stage| {
                let record = StageRecord::load(&session.out, &stage)?;
                Some(StageTime {
                    stage,
                    seconds: record.seconds,
                    device: record.device,
                })
            })
            .collect(),
        versions: library_versions(),
        inputs: inputs
            .into_iter()
            .map(|file| InputFile {
                path: file.path.display().to_string(),
                bytes: file.bytes,
                sha256: file.sha256,
            })
            .collect(),
        settings_toml: toml::to_string_pretty(&session.project)?,
        remarks,
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
pub fn peak_memory_bytes() -> Option<u64> {
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
