use std::path::Path;

use serde::Serialize;

use super::StageRecord;

/// Checksum over everything that a stage's result depends on.
pub struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// Of a stage; raise `version` when its algorithm changes, so that old results are redone.
    pub fn new(stage: &str, version: u32) -> Self {
        let mut bytes = stage.as_bytes().to_vec();
        bytes.extend(version.to_le_bytes());
        Self(bytes)
    }

    /// Adds settings.
    ///
    /// # Errors
    /// When they do not serialise.
    pub fn settings(mut self, settings: &impl Serialize) -> anyhow::Result<Self> {
        self.0.extend(serde_json::to_vec(settings)?);
        Ok(self)
    }

    /// Adds the contents of a file, by its checksum.
    pub fn checksum(mut self, sha256: &str) -> Self {
        self.0.extend(sha256.bytes());
        self
    }

    /// Adds the result of a stage before.
    ///
    /// # Errors
    /// When that stage has no result yet.
    pub fn after(mut self, out: &Path, stage: &str) -> anyhow::Result<Self> {
        let Some(record) = StageRecord::load(out, stage) else {
            anyhow::bail!("the stage `{stage}` has no result in {} yet", out.display());
        };
        self.0.extend(record.fingerprint.bytes());
        Ok(self)
    }

    /// Hexadecimal digest.
    pub fn finish(self) -> String {
        corelith_io::sha256_of_bytes(&self.0)
    }
}
