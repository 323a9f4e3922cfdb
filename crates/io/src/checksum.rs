use std::io::Read;
use std::path::{Path, PathBuf};

use corelith_core::Progress;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::regular_file::open_regular_file;

/// Size and checksum of a file: enough to see that it changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, 64 hexadecimal digits in lower case.
    pub sha256: String,
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text has room");
        text
    })
}

/// SHA-256 of bytes in memory, such as the settings of a stage; 64 hexadecimal digits.
pub fn sha256_of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Size and checksum of a file, read through a small buffer.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`].
pub fn record_file(path: &Path) -> Result<FileRecord, Error> {
    let mut file = open_regular_file(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).map_err(Error::read(path))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
    Ok(FileRecord {
        bytes,
        sha256: hex(&hasher.finalize()),
    })
}

/// Sizes and checksums of many files, in their order, computed in parallel.
///
/// # Errors
/// [`Error::Read`] for the first file that cannot be read, or cancellation.
pub fn record_files(paths: &[PathBuf], progress: &dyn Progress) -> Result<Vec<FileRecord>, Error> {
    progress.start("checksums", paths.len() as u64);
    let records = paths
        .par_iter()
        .map(|path| {
            progress.check()?;
            let record = record_file(path)?;
            progress.advance(1);
            Ok(record)
        })
        .collect();
    progress.finish();
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_fips_180() {
        assert_eq!(
            sha256_of_bytes(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![b'a'; 1_000_000]).unwrap();
        let record = record_file(&path).unwrap();
        assert_eq!(record.bytes, 1_000_000);
        assert_eq!(
            record.sha256,
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = record_file(Path::new("nowhere/at.all")).unwrap_err();
        assert!(error.to_string().contains("nowhere/at.all"));
    }
}
