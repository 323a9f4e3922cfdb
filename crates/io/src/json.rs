use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, syntax, write_bytes};

/// Writes a value as indented JSON with a line end.
///
/// # Errors
/// [`Error::Encode`] when JSON cannot hold the value, [`Error::Write`].
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|e| Error::Encode {
        path: path.to_owned(),
        problem: e.to_string(),
    })?;
    text.push(b'\n');
    write_bytes(path, &text)
}

/// Reads a value from JSON.
///
/// # Errors
/// [`Error::Read`], or [`Error::Syntax`] with file, line and column.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(Error::read(path))?;
    serde_json::from_str(&text).map_err(|error| {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message);
        syntax::error(path, (error.line(), error.column()), message, None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pose {
        score: f64,
        mirrored: bool,
    }

    #[test]
    fn json_goes_round_and_a_wrong_key_is_placed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.json");
        let pose = Pose {
            score: 0.1 + 0.2,
            mirrored: true,
        };
        write_json(&path, &pose).unwrap();
        assert_eq!(read_json::<Pose>(&path).unwrap(), pose);

        fs::write(&path, "{\n  \"score\": 1.0,\n  \"mirored\": true\n}").unwrap();
        let error = read_json::<Pose>(&path).unwrap_err().to_string();
        assert!(error.contains("map.json:3:"), "{error}");
        assert!(error.contains("did you mean `mirrored`?"), "{error}");
    }
}
