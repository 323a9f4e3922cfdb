//! Everything that is wrong with a TOML file, and not just the first.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::Error;
use crate::toml_file::{placed, read_text};

/// Faults of one file that are listed.
const FAULTS_MAX: usize = 32;

/// Values of keys that have to be there, for those that are wrong, and whether a file with them
/// means what it meant.
const IN_PLACE: [(&str, &str, bool); 8] = [
    ("role", "\"training\"", true),
    ("name", "\"\"", true),
    ("slices", "\"\"", false),
    ("voxel_size_um", "1.0", false),
    ("minerals", "\"\"", false),
    ("pixel_size_um", "1.0", false),
    ("mineral", "\"\"", false),
    ("when", "\"\"", false),
];

/// Reads a TOML file past its faults: unknown keys and sections and wrong values are left out. The
/// value is there when what is left says all that has to be said.
///
/// # Errors
/// All faults that were found, in the order of the file; none for a file that
/// [`read_toml`](crate::read_toml) reads.
pub fn read_toml_past_faults<T: DeserializeOwned>(path: &Path) -> (Option<T>, Vec<Error>) {
    let mut text = match read_text(path) {
        Ok((text, _)) => text,
        Err(error) => return (None, vec![error]),
    };
    let mut faults = Vec::new();
    let mut means_the_same = true;
    loop {
        let error = match toml::from_str::<T>(&text) {
            Ok(value) => return (means_the_same.then_some(value), in_order(faults)),
            Err(error) => error,
        };
        let mended = mended(&text, &error);
        // What lacks a key lacks it because of a fault before, or is the last thing to be said.
        let lacks = error.message().starts_with("missing field");
        if !(lacks && faults.iter().any(|fault| names(fault, error.message()))) {
            faults.push(placed(&text, path, error));
        }
        match mended {
            Some((mended, same)) if faults.len() < FAULTS_MAX && mended != text => {
                means_the_same &= same;
                text = mended;
            }
            _ => return (None, in_order(faults)),
        }
    }
}

/// The faults in the order of the file.
fn in_order(mut faults: Vec<Error>) -> Vec<Error> {
    faults.sort_by_key(|fault| match fault {
        Error::Syntax { line, column, .. } => (*line, *column),
        _ => (0, 0),
    });
    faults
}

/// Whether a fault is about the key that is missing.
fn names(fault: &Error, missing: &str) -> bool {
    let key = missing.split('`').nth(1).unwrap_or_default();
    !key.is_empty() && fault.to_string().contains(&format!("did you mean `{key}`"))
}

/// The text without what the error is about, every line where it was; and whether it still means
/// the same.
fn mended(text: &str, error: &toml::de::Error) -> Option<(String, bool)> {
    // Where it is no TOML, nothing is known of what follows.
    text.parse::<toml::Table>().ok()?;
    if error.message().starts_with("missing field") {
        return None;
    }
    let at = error.span()?.start;
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let line = text[start..].lines().next()?;
    if is_header(line) {
        let end = next_line(text, start, is_header);
        return Some((blanked(text, start..end, ""), true));
    }
    // The value may begin further up.
    let (start, key) = entry(text, start)?;
    let end = next_line(text, start, |line| {
        is_header(line) || key_of(line).is_some()
    });
    let in_place = IN_PLACE.iter().find(|(known, ..)| *known == key);
    let unknown = error.message().starts_with("unknown field");
    Some(match in_place.filter(|_| !unknown) {
        Some((key, value, same)) => (
            blanked(text, start..end, &format!("{key} = {value}")),
            *same,
        ),
        None => (blanked(text, start..end, ""), true),
    })
}

/// Whether a line is `[section]` or `[[section]]`, and no list.
fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let inside = line
        .strip_prefix('[')
        .and_then(|line| line.strip_suffix(']'));
    let name = inside.map(|inside| inside.trim_start_matches('[').trim_end_matches(']').trim());
    name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "_-. ".contains(c))
    })
}

/// The key of a line that begins an entry.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    let bare = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
    (!key.is_empty() && key.chars().all(bare)).then_some(key)
}

/// The start and the key of the entry that a line belongs to.
fn entry(text: &str, line: usize) -> Option<(usize, &str)> {
    let mut start = line;
    loop {
        let this = text[start..].lines().next().unwrap_or_default();
        if let Some(key) = key_of(this) {
            return Some((start, key));
        }
        if start == 0 {
            return None;
        }
        start = text[..start - 1].rfind('\n').map_or(0, |i| i + 1);
    }
}

/// The start of the first line after one that begins something, else the end.
fn next_line(text: &str, line: usize, begins: impl Fn(&str) -> bool) -> usize {
    let mut start = line;
    while let Some(length) = text[start..].find('\n') {
        start += length + 1;
        if begins(
            text[start..]
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start(),
        ) {
            return start;
        }
    }
    text.len()
}

/// The text with something in place of a part; its lines stay.
fn blanked(text: &str, part: Range<usize>, with: &str) -> String {
    let lines = text[part.clone()].matches('\n').count();
    format!(
        "{}{with}{}{}",
        &text[..part.start],
        "\n".repeat(lines),
        &text[part.end..]
    )
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::SemSection;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Project {
        name: String,
        sem: SemSection,
        #[serde(default)]
        training: Training,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Training {
        minutes: f64,
    }

    const SOUND: &str = "name = \"a\"\n[sem]\nminerals = \"m.csv\"\npixel_size_um = 1.2\n\
                         [[sem.map]]\nmineral_map = \"a.png\"\nrole = \"training\"\n\
                         [training]\nminutes = 2.0\n";

    fn read(text: &str) -> (Option<Project>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.toml");
        std::fs::write(&path, text).unwrap();
        let (value, faults) = read_toml_past_faults(&path);
        let name = format!("{}/", folder.path().display());
        let words = faults.iter().map(|f| f.to_string().replace(&name, ""));
        (value, words.collect())
    }

    #[test]
    fn every_fault_is_named_at_its_place() {
        let (value, faults) = read(SOUND);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(value.unwrap().training.minutes, 2.0);
        let text = SOUND
            .replace(
                "[sem]",
                "[sem]\nunmeasured_rgb = [\n  [1, 2, 300],\n]\nbackgruond = 1",
            )
            .replace("\"training\"\n", "\"train\"\n")
            .replace("[training]", "[trainig]");
        let (value, faults) = read(&text);
        assert_eq!(faults.len(), 4, "{faults:#?}");
        for (line, word) in [
            (4, "300"),
            (6, "backgruond"),
            (11, "train"),
            (12, "trainig"),
        ] {
            let named = |fault: &&String| {
                fault.starts_with(&format!("p.toml:{line}:")) && fault.contains(word)
            };
            assert!(
                faults.iter().any(|f| named(&f)),
                "{line} {word}: {faults:#?}"
            );
        }
        let project = value.unwrap();
        assert_eq!(project.name, "a");
        assert_eq!(project.sem.maps.len(), 1);
    }

    #[test]
    fn values_that_are_needed_and_wrong_leave_no_value() {
        let text = SOUND
            .replace("1.2", "-1.2")
            .replace("minutes = 2.0", "minutes = \"long\"");
        let (value, faults) = read(&text);
        assert!(value.is_none());
        assert_eq!(faults.len(), 2, "{faults:#?}");
        // A key that is missing because it is mistyped is said once.
        let (value, faults) = read(&SOUND.replace("pixel_size_um", "pixel_size"));
        assert!(value.is_none());
        assert_eq!(faults.len(), 1, "{faults:#?}");
        let (_, faults) = read("name = \"a\n[sem]\n");
        assert_eq!(faults.len(), 1, "{faults:#?}");
    }
}
