use std::fs::File;
use std::io::Read;
use std::path::Path;

use corelith_core::Progress;
use corelith_io::FileRecord;
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::FetchError;

/// A checksum that the repository publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Published {
    /// MD5, 32 hexadecimal digits in lower case.
    Md5(String),
    /// SHA-256, 64 hexadecimal digits in lower case.
    Sha256(String),
}

impl Published {
    /// Reads what DSpace calls algorithm and value; `None` for another algorithm or a value that is
    /// no checksum of it.
    pub(crate) fn read(algorithm: &str, value: &str) -> Option<Self> {
        let value = value.trim().to_ascii_lowercase();
        let is_hex =
            |digits: usize| value.len() == digits && value.bytes().all(|b| b.is_ascii_hexdigit());
        match algorithm.to_ascii_uppercase().replace('-', "").as_str() {
            "MD5" if is_hex(32) => Some(Self::Md5(value)),
            "SHA256" if is_hex(64) => Some(Self::Sha256(value)),
            _ => None,
        }
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Md5(_) => "MD5",
            Self::Sha256(_) => "SHA-256",
        }
    }

    pub(crate) fn value(&self) -> &str {
        match self {
            Self::Md5(value) | Self::Sha256(value) => value,
        }
    }
}

/// As in the lock and in reports: `md5:0cc1...`.
impl std::fmt::Display for Published {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let algorithm = match self {
            Self::Md5(_) => "md5",
            Self::Sha256(_) => "sha256",
        };
        write!(f, "{algorithm}:{}", self.value())
    }
}

/// Size and checksums of a file on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    pub record: FileRecord,
    pub md5: String,
}

impl Sums {
    /// The checksum by the algorithm of the published one.
    pub(crate) fn like(&self, published: &Published) -> &str {
        match published {
            Published::Md5(_) => &self.md5,
            Published::Sha256(_) => &self.record.sha256,
        }
    }
}

pub(crate) fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text has room");
        text
    })
}

/// Reads the file through a small buffer.
pub(crate) fn sums_of(path: &Path, progress: &dyn Progress) -> Result<Sums, FetchError> {
    let mut file = File::open(path).map_err(FetchError::read(path))?;
    let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        progress.check()?;
        let read = file.read(&mut buffer).map_err(FetchError::read(path))?;
        if read == 0 {
            break;
        }
        md5.update(&buffer[..read]);
        sha256.update(&buffer[..read]);
        bytes += read as u64;
    }
    Ok(Sums {
        record: FileRecord {
            bytes,
            sha256: hex(&sha256.finalize()),
        },
        md5: hex(&md5.finalize()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, b"abc").unwrap();
        let sums = sums_of(&path, &corelith_core::Silent).unwrap();
        // RFC 1321, appendix A.5, and FIPS 180.
        assert_eq!(sums.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(sums.record, corelith_io::record_file(&path).unwrap());
    }

    #[test]
    fn a_checksum_of_another_kind_is_not_taken_for_one() {
        let md5 = "900150983CD24FB0D6963F7D28E17F72";
        assert_eq!(
            Published::read("MD5", md5).unwrap().to_string(),
            "md5:900150983cd24fb0d6963f7d28e17f72"
        );
        assert_eq!(Published::read("MD5", &md5[1..]), None);
        assert_eq!(Published::read("SHA-256", md5), None);
        assert_eq!(Published::read("CRC32", "00000000"), None);
    }
}
