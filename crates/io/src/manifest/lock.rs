use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, FileRecord, read_toml, write_toml};

/// Name of the file that keeps what was fetched, or what the first verification of a copy found.
pub const LOCK_FILE: &str = "corelith-lock.toml";

/// Sizes and checksums of a copy, as they were when it was fetched or verified first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetLock {
    /// Name of the data set.
    pub dataset: String,
    /// Path below the data set, parts joined by `/`, with what the file was.
    pub files: BTreeMap<String, FileRecord>,
    /// Name in the repository, with what was fetched under it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub downloads: BTreeMap<String, Download>,
}

/// One file of the repository that was fetched: itself, or the archive that others came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// Size in bytes, as fetched.
    pub bytes: u64,
    /// Algorithm and checksum that the repository publishes, such as `md5:0cc175b9...`; `None`
    /// where it publishes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// SHA-256 of what was fetched, 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Whether this was an archive whose contents are the files below.
    pub unpacked: bool,
    /// What it became: paths below the data set, parts joined by `/`.
    pub files: Vec<String>,
}

/// What changed since the lock was written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    pub changed: Vec<String>,
    pub missing: Vec<String>,
    pub added: Vec<String>,
}

impl DatasetLock {
    /// A lock that holds nothing yet.
    pub fn new(dataset: &str) -> Self {
        Self {
            dataset: dataset.to_owned(),
            files: BTreeMap::new(),
            downloads: BTreeMap::new(),
        }
    }

    /// Whether verification looks at a path below the data set: not at hidden files, nor at the
    /// lock itself.
    pub fn looks_at(path: &str) -> bool {
        path.split('/')
            .all(|part| !part.starts_with('.') && part != LOCK_FILE)
    }

    /// The lock of the copy in `folder`; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Syntax`] when it was changed by hand and is no lock any more.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(LOCK_FILE);
        if path.is_file() {
            read_toml(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Writes the lock of the copy in `folder`, replacing one that is there.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
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
