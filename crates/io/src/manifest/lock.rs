use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, FileRecord, read_toml, write_toml};

/// Name of the file that keeps what the first verification of a copy found.
pub const LOCK_FILE: &str = "corelith-lock.toml";

/// Sizes and checksums of a copy, as they were when it was verified first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    /// Name of the data set.
    pub dataset: String,
    /// Path below the data set, parts joined by `/`, with what the file was.
    pub files: BTreeMap<String, FileRecord>,
}

/// What changed since the lock was written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    pub changed: Vec<String>,
    pub missing: Vec<String>,
    pub added: Vec<String>,
}

impl Lock {
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(LOCK_FILE);
        if path.is_file() {
            read_toml(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        write_toml(&folder.join(LOCK_FILE), self)
    }

    pub(super) fn changes(&self, now: &BTreeMap<String, FileRecord>) -> Changes {
        let mut changes = Changes::default();
        for (path, record) in &self.files {
            match now.get(path) {
                None => changes.missing.push(path.clone()),
                Some(found) if found != record => changes.changed.push(path.clone()),
                Some(_) => {}
            }
        }
        changes.added = now
            .keys()
            .filter(|path| !self.files.contains_key(*path))
            .cloned()
            .collect();
        changes
    }
}
