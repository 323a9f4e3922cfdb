//! What serde says about text files, in words that name the place and the nearest known key.

use std::path::Path;

use crate::Error;
use crate::text::{printable, shown};

/// The names between backticks in `text`.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The known key that is written most like `unknown`, when it is like it at all.
pub(crate) fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    let likeness = |key: &str| {
        let key = key.to_lowercase();
        let edits = strsim::normalized_damerau_levenshtein(&unknown, &key);
        // `voxel_size` means `voxel_size_um`, although many letters are missing.
        let prefix = if key.starts_with(&unknown) || unknown.starts_with(&key) {
            0.8
        } else {
            0.0
        };
        f64::max(edits, prefix)
    };
    known
        .iter()
        .map(|key| (likeness(key), *key))
        .filter(|(likeness, _)| *likeness > 0.45)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}

/// Where in a file a message is about.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Place {
    /// The table, such as `sem.map`; empty at the top.
    pub section: String,
    /// The key in it; empty where it is not known.
    pub key: String,
}

impl Place {
    /// A key of a file without sections.
    pub(crate) fn key(key: &str) -> Self {
        Self {
            section: String::new(),
            key: shown(key),
        }
    }
}

/// Rewrites serde's message.
pub(crate) fn explain(message: &str, at: &Place) -> String {
    // Files may hold names and values of any length, of which messages repeat the beginning.
    let message = &short(message);
    let place = match &*at.section {
        "" => String::new(),
        section => format!(" in section [{section}]"),
    };
    let of_key = match &*at.key {
        "" => String::new(),
        key => format!("`{key}`{place} is "),
    };
    let names = quoted(message);
    if message.starts_with("unknown field") {
        let Some((unknown, known)) = names.split_first() else {
            return message.to_owned();
        };
        let all = known.join(", ");
        return match nearest(unknown, known) {
            Some(key) => {
                format!("unknown key `{unknown}`{place}; did you mean `{key}`? Known keys: {all}")
            }
            None if known.is_empty() => {
                format!("unknown key `{unknown}`{place}: no key is known here")
            }
            None => format!("unknown key `{unknown}`{place}; known keys: {all}"),
        };
    }
    if message.starts_with("unknown variant") {
        let Some((unknown, known)) = names.split_first() else {
            return message.to_owned();
        };
        let hint = nearest(unknown, known)
            .map(|value| format!("; did you mean `{value}`?"))
            .unwrap_or_default();
        return format!(
            "{}`{unknown}`{}, expected one of the values {}{hint}",
            if of_key.is_empty() { "found " } else { &of_key },
            if of_key.is_empty() { &place } else { "" },
            known.join(", ")
        );
    }
    if message.starts_with("missing field")
        && let [key] = names[..]
    {
        return if key == "map" && at.section == "sem" {
            "no mineral map is named: add a section `[[sem.map]]` with `mineral_map = \"...\"` and \
             `role = \"training\"` for each map"
                .to_owned()
        } else if place.is_empty() {
            format!("the section or key `{key}` is missing; add it")
        } else {
            format!("the key `{key}` is missing{place}; add it")
        };
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    {
        let (found, expected) = (in_words(found, &FOUND), expected_of(&at.key, expected));
        return match &*of_key {
            "" => format!("found {found}{place}, expected {expected}"),
            key => format!("{key}{found}, expected {expected}"),
        };
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid length ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        let expected = expected_of(&at.key, expected);
        return match &*of_key {
            "" => format!("found a list of length {found}{place}, expected {expected}"),
            key => format!("{key}a list of length {found}, expected {expected}"),
        };
    }
    // `\users` begins a character by its number.
    if message.contains("escape") || message.contains("unicode value") {
        return format!(
            "a back slash in double quotes begins an escape{place} ({message}); in paths write \
             forward slashes, \"ct/slice.tif\", or take single quotes, 'ct\\slice.tif'"
        );
    }
    if let Some(key) = message.strip_prefix("duplicate key") {
        return format!(
            "a key stands twice{place}{}; keep one of them",
            key.trim_end_matches(" in document root")
        );
    }
    match &*at.key {
        "" => format!("{message}{place}"),
        key => format!("`{key}`{place}: {message}"),
    }
}

/// The message with long quotations cut.
fn short(message: &str) -> String {
    let mut text = String::new();
    for (i, part) in message.split('`').enumerate() {
        let quoted = i % 2 == 1;
        if i > 0 {
            text.push('`');
        }
        text.push_str(&if quoted { shown(part) } else { printable(part) });
    }
    // Found texts stand in double quotes, with their own quotes escaped.
    match (text.find('"'), text.rfind("\", expected ")) {
        (Some(start), Some(end)) if start < end => format!(
            "{}\"{}{}",
            &text[..start],
            shown(&text[start + 1..end]),
            &text[end..]
        ),
        _ => text,
    }
}

/// What serde calls what it found, by its first word.
const FOUND: [(&str, &str); 8] = [
    ("string", "the text"),
    ("integer", "the whole number"),
    ("floating point", "the number"),
    ("boolean", "the value"),
    ("sequence", "a list"),
    ("map", "a section or table"),
    ("unit", "nothing"),
    ("character", "the character"),
];

/// What serde calls what it expects.
const EXPECTED: [(&str, &str); 22] = [
    ("a string", "a text in quotes"),
    ("string", "a text in quotes"),
    ("path string", "a path in quotes"),
    ("a path string", "a path in quotes"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a boolean", "true or false"),
    ("bool", "true or false"),
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number of at least 0"),
    ("u64", "a whole number of at least 0"),
    ("usize", "a whole number of at least 0"),
    ("i32", "a whole number"),
    ("i64", "a whole number"),
    ("a sequence", "a list in [ ]"),
    ("a map", "a section or table"),
    ("an array of length 2", "a list of 2 numbers"),
    ("an array of length 3", "a list of 3 numbers"),
    ("an array of length 4", "a list of 4 numbers"),
    ("a nonzero u64", "a whole number of at least 1"),
    ("a nonzero usize", "a whole number of at least 1"),
];

/// What a key expects: of lists of lists, of which serde names the inner one, an example.
fn expected_of(key: &str, expected: &str) -> String {
    match key {
        "unmeasured_rgb" => {
            "a list of colours, each of red, green and blue from 0 to 255, such as \
                             [[255, 255, 255]]"
                .to_owned()
        }
        _ => in_words(expected, &EXPECTED),
    }
}

/// serde's words for types in plain ones.
fn in_words(text: &str, words: &[(&str, &str)]) -> String {
    if let Some((_, plain)) = words.iter().find(|(serde, _)| *serde == text) {
        return (*plain).to_owned();
    }
    // `string "fine"` keeps its value; `struct Sem` names a type.
    if let Some((serde, plain)) = words.iter().find(|(serde, _)| {
        text.strip_prefix(serde)
            .is_some_and(|rest| rest.starts_with(' '))
    }) {
        return format!("{plain}{}", &text[serde.len()..]);
    }
    let length = text
        .strip_prefix("an array of length ")
        .or_else(|| text.strip_prefix("a tuple of size "));
    if let Some(length) = length {
        return format!("a list of {length} values");
    }
    for (kind, plain) in [
        ("struct ", "a section or table"),
        ("tuple struct ", "a list in [ ]"),
        ("newtype struct ", "a value"),
        ("unit", "nothing"),
        ("variant identifier", "the name of one of its values"),
        ("internally tagged enum ", "a section or table"),
        ("adjacently tagged enum ", "a section or table"),
        ("enum ", "one of its values as text in quotes"),
        ("i8", "a whole number"),
        ("i16", "a whole number"),
        ("i128", "a whole number"),
        ("u128", "a whole number of at least 0"),
        ("option", "a value"),
    ] {
        if text.starts_with(kind) {
            return plain.to_owned();
        }
    }
    text.to_owned()
}

/// Line and column, counted from 1, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    (line, column)
}

/// The whole error.
pub(crate) fn error(
    path: &Path,
    (line, column): (usize, usize),
    message: &str,
    at: &Place,
) -> Error {
    Error::Syntax {
        path: path.to_owned(),
        line,
        column,
        problem: explain(message, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(section: &str, key: &str) -> Place {
        Place {
            section: section.to_owned(),
            key: key.to_owned(),
        }
    }

    #[test]
    fn the_nearest_key_is_named() {
        let text = explain(
            "unknown field `voxel_size`, expected `slices` or `voxel_size_um`",
            &at("ct", ""),
        );
        assert!(text.contains("`voxel_size` in section [ct]"), "{text}");
        assert!(text.contains("did you mean `voxel_size_um`?"), "{text}");
    }

    #[test]
    fn a_key_like_no_other_lists_what_is_known() {
        let text = explain(
            "unknown field `zzz`, expected `slices` or `name`",
            &at("", ""),
        );
        assert!(!text.contains("did you mean"), "{text}");
        assert!(text.contains("slices, name"), "{text}");
    }

    #[test]
    fn types_are_named_in_plain_words() {
        let text = explain(
            "invalid type: string \"fine\", expected f64",
            &at("sem", "pixel_size_um"),
        );
        assert_eq!(
            text,
            "`pixel_size_um` in section [sem] is the text \"fine\", expected a number"
        );
        let text = explain("invalid type: integer `5`, expected a string", &at("", ""));
        assert_eq!(
            text,
            "found the whole number `5`, expected a text in quotes"
        );
        let text = explain(
            "invalid type: integer `5`, expected struct SemSection",
            &at("", ""),
        );
        assert!(!text.contains("SemSection"), "{text}");
        let text = explain("invalid value: integer `-5`, expected usize", &at("", ""));
        assert!(!text.contains("usize"), "{text}");
        let text = explain(
            "invalid length 2, expected a tuple of size 3",
            &at("ct", "raw"),
        );
        assert_eq!(
            text,
            "`raw` in section [ct] is a list of length 2, expected a list of 3 values"
        );
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(position("a = 1\n\u{b5} = 2", 9), (2, 3));
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("a", 99), (1, 2));
    }

    #[test]
    fn long_values_are_cut() {
        let long = "\u{1b}x".repeat(500);
        for message in [
            format!("unknown field `{long}`, expected `a` or `b`"),
            format!("invalid type: string \"{long}\", expected f64"),
        ] {
            let text = explain(&message, &at("ct", ""));
            assert!(text.len() < 300 && !text.contains('\u{1b}'), "{text}");
        }
    }
}
