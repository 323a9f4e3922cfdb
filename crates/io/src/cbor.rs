use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::regular_file::read_result_file;
use crate::text::shown;
use crate::{Error, write_bytes};

/// Writes a value as CBOR (RFC 8949): every number comes back as it was, in half the space of
/// JSON.
///
/// # Errors
/// [`Error::Write`].
pub fn write_cbor<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|e| Error::Encode {
        path: path.to_owned(),
        problem: e.to_string(),
    })?;
    write_bytes(path, &bytes)
}

/// Reads a value from CBOR.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], or [`Error::Decode`] where the file is damaged or of another version.
pub fn read_cbor<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = read_result_file(path)?;
    ciborium::from_reader(bytes.as_slice()).map_err(|e| Error::Decode {
        path: path.to_owned(),
        problem: match e {
            ciborium::de::Error::Io(_) => "it ends too early".to_owned(),
            ciborium::de::Error::Syntax(at) => format!("byte {at} is no CBOR"),
            ciborium::de::Error::Semantic(_, problem) => shown(&problem),
            ciborium::de::Error::RecursionLimitExceeded => "it nests too deep".to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn numbers_come_back_exactly_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers.cbor");
        let numbers = vec![0.1 + 0.2, f64::MIN_POSITIVE, -1.0 / 3.0, 1e300];
        write_cbor(&path, &numbers).unwrap();
        assert_eq!(read_cbor::<Vec<f64>>(&path).unwrap(), numbers);

        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let error = read_cbor::<Vec<f64>>(&path).unwrap_err().to_string();
        assert!(error.contains("numbers.cbor") && error.contains("ends too early"));
        // A list that claims 2^62 numbers: refused without asking for the memory.
        fs::write(&path, [0x9b, 0x40, 0, 0, 0, 0, 0, 0, 0]).unwrap();
        assert!(read_cbor::<Vec<f64>>(&path).is_err());
        write_cbor(&path, &"text").unwrap();
        let error = read_cbor::<Vec<f64>>(&path).unwrap_err().to_string();
        assert!(error.contains("numbers.cbor"), "{error}");
    }
}
