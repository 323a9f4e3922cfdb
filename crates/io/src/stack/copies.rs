//! Copies of slices by their names, as Windows, macOS, Linux and browsers name them.

use std::collections::HashMap;

use super::numbered_name::{normalised, stem};

const WORDS: [&str; 9] = [
    "copy",
    "kopie",
    "copie",
    "copia",
    "c\u{f3}pia",
    "kopia",
    "kopi",
    "kopio",
    "another copy",
];

/// So many numbered names of one are a stack, whose first slice has no number.
const NUMBERED_MIN: usize = 3;

/// Without a number in brackets at the end: `a (2)`.
fn without_bracketed_number(name: &str) -> Option<&str> {
    let (rest, number) = name.strip_suffix(')')?.rsplit_once('(')?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| rest.trim_end())
}

/// Without a short number after a space: `a 2`.
fn without_spaced_number(name: &str) -> Option<&str> {
    let (rest, number) = name.rsplit_once(' ')?;
    let digits = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| rest.trim_end())
}

fn without_word(name: &str) -> Option<&str> {
    let bracketed = |word: &str| name.strip_suffix(&format!("({word})"));
    WORDS.iter().find_map(|word| {
        let rest = name.strip_suffix(word).or_else(|| bracketed(word))?;
        let bare = rest.trim_end_matches([' ', '-', '_', '.']);
        (bare.len() < rest.len() || name.ends_with(')')).then_some(bare)
    })
}

/// Without `copy of`, `Kopie (2) von` in front.
fn without_prefix(name: &str) -> Option<&str> {
    WORDS.iter().find_map(|word| {
        let rest = name.strip_prefix(word)?.trim_start();
        let rest = match rest.strip_prefix('(') {
            Some(numbered) => numbered.split_once(')')?.1.trim_start(),
            None => rest,
        };
        ["of ", "von ", "de ", "di ", "van ", "af ", "av "]
            .iter()
            .find_map(|of| rest.strip_prefix(of))
    })
}

/// Names of which `name` could be a copy.
fn originals(name: &str) -> Vec<&str> {
    let numbered = [without_bracketed_number(name), without_spaced_number(name)];
    let mut found: Vec<&str> = numbered.into_iter().flatten().collect();
    let bases: Vec<&str> = std::iter::once(name).chain(found.iter().copied()).collect();
    found.extend(bases.iter().filter_map(|base| without_word(base)));
    found.extend(without_prefix(name));
    found
}

/// What to say when names are copies of others; `None` when there is no copy.
pub(super) fn copies(names: &[String]) -> Option<String> {
    let stems: Vec<String> = names.iter().map(|name| normalised(stem(name))).collect();
    let places: HashMap<&str, usize> = stems
        .iter()
        .enumerate()
        .map(|(i, stem)| (stem.as_str(), i))
        .collect();
    let found: Vec<(usize, usize)> = stems
        .iter()
        .enumerate()
        .filter_map(|(i, stem)| {
            // Names may hold a folder: a prefix stands before the last part.
            let (folder, file) = stem.rsplit_once('/').map_or(("", stem.as_str()), |s| s);
            originals(file).into_iter().find_map(|original| {
                let whole = match folder {
                    "" => original.to_owned(),
                    folder => format!("{folder}/{original}"),
                };
                let of = *places.get(whole.as_str())?;
                (of != i).then_some((i, of))
            })
        })
        .collect();
    if let [(copy, first), ..] = found[..]
        && found.len() + 1 == names.len()
        && found.len() >= NUMBERED_MIN
        && found.iter().all(|(_, of)| *of == first)
    {
        return Some(format!(
            "{0} has no number, and all others have its name with one, such as {1}: if it is the \
             first slice, as programs name what is exported under one name, give it its number, \
             else take it away",
            names[first], names[copy]
        ));
    }
    let of = |(copy, of): &(usize, usize)| format!("{} of {}", names[*copy], names[*of]);
    let listed: Vec<String> = found.iter().take(5).map(of).collect();
    let listed = listed.join(", ");
    match found.len() {
        0 => None,
        1 => Some(format!(
            "one file is a copy by its name: {listed}; take the copy away"
        )),
        n => Some(format!(
            "{n} files are copies by their names: {listed}{}; take the copies away",
            if n > 5 { " ..." } else { "" }
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_all_systems_are_found() {
        for copy in [
            "slice_0010 - Copy.tif",
            "slice_0010 - Copy (2).tif",
            "slice_0010 (1).tif",
            "slice_0010(1).tif",
            "slice_0010 - Kopie.tif",
            "slice_0010 2.tif",
            "slice_0010 copy.tif",
            "slice_0010 copy 3.tif",
            "slice_0010_copy.TIF",
            "slice_0010 (copy).tif",
            "Kopie von slice_0010.tif",
            "Copy of slice_0010.tif",
            "Copy (2) of slice_0010.tif",
            "Copie de slice_0010.tif",
        ] {
            let names = ["slice_0009.tif", "slice_0010.tif", copy].map(str::to_owned);
            let problem = copies(&names).unwrap_or_else(|| panic!("{copy} is not found"));
            assert!(
                problem.contains(&format!("{copy} of slice_0010.tif")),
                "{problem}"
            );
        }
    }

    #[test]
    fn the_first_of_numbered_slices_may_have_no_number() {
        let mut names = vec!["slice.tif".to_owned()];
        names.extend((1..9).map(|i| format!("slice ({i}).tif")));
        let problem = copies(&names).unwrap();
        assert!(problem.starts_with("slice.tif has no number"), "{problem}");
        assert!(!problem.contains("copies"), "{problem}");
        names.push("slice2.tif".to_owned());
        assert!(copies(&names).unwrap().contains("8 files are copies"));
    }

    #[test]
    fn numbered_names_of_windows_are_no_copies() {
        for names in [
            ["slice (1).tif", "slice (2).tif"],
            ["slice 1.tif", "slice 2.tif"],
            ["photocopy_1.tif", "photocopy_2.tif"],
        ] {
            assert_eq!(copies(&names.map(str::to_owned)), None, "{names:?}");
        }
    }
}
