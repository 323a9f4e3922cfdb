//! What serde says about text files, in words that name the place and the nearest known key.

use std::path::Path;

use crate::Error;

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

/// Rewrites serde's message; `section` is the table that it is about (`sem.map`), if known.
pub(crate) fn explain(message: &str, section: Option<&str>) -> String {
    let place = match section {
        Some(section) if !section.is_empty() => format!(" in section [{section}]"),
        _ => String::new(),
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
            "`{unknown}`{place} is not one of the values {}{hint}",
            known.join(", ")
        );
    }
    if message.starts_with("missing field")
        && let [key] = names[..]
    {
        return if place.is_empty() {
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
        return format!(
            "found {}{place}, expected {}",
            in_words(found, &FOUND),
            in_words(expected, &EXPECTED)
        );
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid length ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        return format!(
            "found a list of length {found}{place}, expected {}",
            in_words(expected, &EXPECTED)
        );
    }
    if message.contains("escape") {
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
    format!("{message}{place}")
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
    for (kind, plain) in [
        ("struct ", "a section or table"),
        ("enum ", "one of its values as text in quotes"),
        ("newtype struct ", "a value"),
        ("tuple struct ", "a list in [ ]"),
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
    section: Option<&str>,
) -> Error {
    Error::Syntax {
        path: path.to_owned(),
        line,
        column,
        problem: explain(message, section),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named() {
        let text = explain(
            "unknown field `voxel_size`, expected `slices` or `voxel_size_um`",
            Some("ct"),
        );
        assert!(text.contains("`voxel_size` in section [ct]"), "{text}");
        assert!(text.contains("did you mean `voxel_size_um`?"), "{text}");
    }

    #[test]
    fn a_key_like_no_other_lists_what_is_known() {
        let text = explain("unknown field `zzz`, expected `slices` or `name`", None);
        assert!(!text.contains("did you mean"), "{text}");
        assert!(text.contains("slices, name"), "{text}");
    }

    #[test]
    fn types_are_named_in_plain_words() {
        let text = explain("invalid type: string \"fine\", expected f64", Some("sem"));
        assert_eq!(
            text,
            "found the text \"fine\" in section [sem], expected a number"
        );
        let text = explain("invalid type: integer `5`, expected a string", None);
        assert_eq!(
            text,
            "found the whole number `5`, expected a text in quotes"
        );
        let text = explain(
            "invalid type: integer `5`, expected struct SemSection",
            None,
        );
        assert!(!text.contains("SemSection"), "{text}");
        let text = explain("invalid value: integer `-5`, expected usize", None);
        assert!(!text.contains("usize"), "{text}");
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(position("a = 1\n\u{b5} = 2", 9), (2, 3));
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("a", 99), (1, 2));
    }
}
