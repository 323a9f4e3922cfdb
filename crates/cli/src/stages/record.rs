//! What a stage leaves behind so that an unchanged one is skipped.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// One file that a stage wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Output {
    path: PathBuf,
    bytes: u64,
}

/// The record of a finished stage, `OUT/stages/STAGE.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// SHA-256 over the stage's version, settings and inputs.
    pub fingerprint: String,
    /// Wall time of the stage.
    pub seconds: f64,
    /// Where it computed.
    pub device: String,
    outputs: Vec<Output>,
}

impl StageRecord {
    fn path(out: &Path, stage: &str) -> PathBuf {
        out.join("stages")
            .join(format!("{}.json", stage.replace(' ', "-")))
    }

    /// The record of an earlier run, if it is there and readable.
    pub fn load(out: &Path, stage: &str) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(out, stage)).ok()?).ok()
    }

    /// Whether the stage's results still stand: same fingerprint, every file there at its size.
    pub fn is_current(&self, out: &Path, fingerprint: &str) -> bool {
        self.fingerprint == fingerprint
            && self.outputs.iter().all(|output| {
                fs::metadata(out.join(&output.path)).is_ok_and(|m| m.len() == output.bytes)
            })
    }

    /// Records that the stage is done; `outputs` are relative to `out`.
    pub fn save(
        out: &Path,
        stage: &str,
        fingerprint: &str,
        seconds: f64,
        device: &str,
        outputs: &[PathBuf],
    ) -> anyhow::Result<()> {
        let outputs = outputs
            .iter()
            .map(|path| {
                let full = out.join(path);
                let bytes = fs::metadata(&full)
                    .with_context(|| format!("cannot read back {}", full.display()))?
                    .len();
                Ok(Output {
                    path: path.clone(),
                    bytes,
                })
            })
            .collect::<anyhow::Result<_>>()?;
        let record = Self {
            fingerprint: fingerprint.to_owned(),
            seconds,
            device: device.to_owned(),
            outputs,
        };
        corelith_io::write_json(&Self::path(out, stage), &record)?;
        Ok(())
    }
}
