use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::Error;

/// A file that is known by what it holds: it serialises as its checksum alone, so that a moved or
/// renamed file is still the same input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    path: PathBuf,
    sha256: String,
}

impl Content {
    /// Reads the file's checksum.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let sha256 = corelith_io::record_file(&path)?.sha256;
        Ok(Self { path, sha256 })
    }

    /// A file whose checksum is known already.
    pub fn known(path: impl Into<PathBuf>, sha256: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            sha256: sha256.into(),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.sha256)
    }
}
