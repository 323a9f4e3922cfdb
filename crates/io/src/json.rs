use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::file_kind::FileKind;
use crate::regular_file::read_regular_file;
use crate::{Error, syntax, text, write_bytes};

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

/// A JSON file is at most so large.
const BYTES_MAX: u64 = 256 << 20;

/// Reads a value from JSON.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], or [`Error::Syntax`] with file, line, column and key.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = read_regular_file(path, BYTES_MAX, "a JSON file")?;
    let wrong = |(line, column), key: &str, message: &str| {
        let found = syntax::explain(message, &syntax::Place::key(key));
        Error::Syntax {
            path: path.to_owned(),
            line,
            column,
            problem: format!(
                "{found}; correct it, or write the file again with the command that made it"
            ),
        }
    };
    let Some(decoded) = text::decode(&bytes) else {
        let found = FileKind::of_bytes(&bytes);
        return Err(wrong((1, 1), "", &format!("{found}, expected a JSON file")));
    };
    let mut json = serde_json::Deserializer::from_str(&decoded.text);
    let place = |error: &serde_json::Error| (error.line().max(1), error.column().max(1));
    let plain = |error: &serde_json::Error| {
        if error.is_eof() {
            return match decoded.text.trim() {
                "" => "an empty file, expected a JSON file".to_owned(),
                _ => "the file ends too early: it is cut short".to_owned(),
            };
        }
        let message = error.to_string();
        let (line, column) = (error.line(), error.column());
        let at = format!(" at line {line} column {column}");
        message.strip_suffix(&at).unwrap_or(&message).to_owned()
    };
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let key = match error.path().to_string() {
            root if root == "." => String::new(),
            key => key,
        };
        let inner = error.inner();
        wrong(place(inner), &key, &plain(inner))
    })?;
    json.end()
        .map_err(|error| wrong(place(&error), "", &plain(&error)))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::fs;

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

        fs::write(&path, r#"{"score": "high", "mirrored": true}"#).unwrap();
        let error = read_json::<Pose>(&path).unwrap_err().to_string();
        assert!(
            error.contains("`score` is the text \"high\", expected a number; correct it"),
            "{error}"
        );
    }
}
