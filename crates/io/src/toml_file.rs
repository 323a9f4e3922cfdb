use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::file_kind::FileKind;
use crate::regular_file::read_regular_file;
use crate::{Error, syntax, text, toml_hints, write_bytes};

/// A project file is at most so large.
const BYTES_MAX: u64 = 16 << 20;

/// Reads a TOML file, such as a project file. TOML is UTF-8; UTF-16 and Windows-1252 (Latin-1), in
/// which editors of Windows save, are understood as well.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], or [`Error::Syntax`] with file, line and column: what is not TOML, an unknown
/// key (with the nearest known one), a missing key (with its section), a value of the wrong kind.
pub fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    read_toml_with_note(path).map(|(value, _)| value)
}

/// [`read_toml`], and what the user should know of the encoding of the file.
///
/// # Errors
/// Those of [`read_toml`].
pub fn read_toml_with_note<T: DeserializeOwned>(path: &Path) -> Result<(T, Option<String>), Error> {
    let (text, note) = read_text(path)?;
    Ok((from_toml(&text, path)?, note))
}

/// The text of a TOML file, and what the user should know of its encoding.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Syntax`] for what is no text.
pub(crate) fn read_text(path: &Path) -> Result<(String, Option<String>), Error> {
    let bytes = read_regular_file(path, BYTES_MAX, "a TOML file").map_err(|error| match error {
        // This file is named where the program runs, and not in a project file.
        Error::Read { path, reason } if reason.kind() == io::ErrorKind::NotFound => Error::Read {
            path,
            reason: io::Error::other(
                "there is no such file; check its path, or let `corelith init FOLDER` make a \
                 project file",
            ),
        },
        other => other,
    })?;
    let Some(decoded) = text::decode(&bytes) else {
        return Err(Error::Syntax {
            path: path.to_owned(),
            line: 1,
            column: 1,
            problem: format!(
                "{}, expected a TOML text file such as a project file; correct the path",
                FileKind::of_bytes(&bytes)
            ),
        });
    };
    let note = decoded.guessed.map(|encoding| {
        let at = decoded.text.find(|c: char| !c.is_ascii()).unwrap_or(0);
        let (line, column) = syntax::position(&decoded.text, at);
        let found = decoded.text[at..].chars().next().unwrap_or_default();
        format!(
            "{}:{line}:{column}: not UTF-8, as TOML has to be: read as {encoding}, in which the \
             first letter that is not ASCII is `{found}`; save it as UTF-8 when a name or path is \
             wrong",
            path.display()
        )
    });
    // Editors of the classic Mac OS ended lines so.
    let text = match decoded.text.contains('\n') {
        true => decoded.text,
        false => decoded.text.replace('\r', "\n"),
    };
    Ok((text, note))
}

pub(crate) fn from_toml<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| placed(text, path, error))
}

/// What the parser says of a text, with its place.
pub(crate) fn placed(text: &str, path: &Path, mut error: toml::de::Error) -> Error {
    let offset = error.span().map_or(0, |span| span.start);
    let position = syntax::position(text, offset);
    let message = match error.message() {
        // What is said of an enum leaves out what was found.
        "wanted string or table" => {
            let found = error.span().and_then(|span| text.get(span));
            let found = text::shown(found.unwrap_or_default());
            format!("invalid type: boolean `{found}`, expected enum ")
        }
        // Of what is TOML, nothing but names and values can be wrong.
        other if text.parse::<toml::Table>().is_ok() => other.to_owned(),
        other => match toml_hints::hint(text, offset) {
            Some(hint) => format!("{other}; {hint}"),
            None => other.to_owned(),
        },
    };
    // The keys that lead to the place are in the text only when the input is not.
    error.set_input(None);
    let shown = error.to_string();
    let keys = shown
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("in `")?.strip_suffix('`'));
    let keys = keys.unwrap_or_default();
    let (table, last) = keys.rsplit_once('.').unwrap_or(("", keys));
    // The offending key itself is the last one, unless a key is unknown or missing.
    let is_of_table = message.starts_with("unknown field") || message.starts_with("missing");
    let at = match is_of_table && !message.contains(&format!("`{last}`")) {
        true => syntax::Place {
            section: keys.to_owned(),
            key: String::new(),
        },
        false => syntax::Place {
            section: table.to_owned(),
            key: if is_of_table { "" } else { last }.to_owned(),
        },
    };
    syntax::error(path, position, &message, &at)
}

/// Writes a value as TOML, such as the resolved settings of a run.
///
/// # Errors
/// [`Error::Encode`] when TOML cannot hold the value, [`Error::Write`].
pub fn write_toml<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let text = toml::to_string_pretty(value).map_err(|e| Error::Encode {
        path: path.to_owned(),
        problem: e.to_string(),
    })?;
    write_bytes(path, text.as_bytes())
}
