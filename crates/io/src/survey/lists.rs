//! Mineral lists.

use std::path::Path;

use serde::Serialize;

use super::walk::{FoundFile, said};
use crate::MineralList;
use crate::mineral_list::{list_names, read_mineral_list};

/// Larger files are no mineral lists.
const BYTES_MAX: u64 = 4 << 20;

/// Names, without blanks and case, that begin those of what is no particle.
const BACKGROUNDS: [&str; 11] = [
    "background",
    "resin",
    "epoxy",
    "epoxid",
    "mounting",
    "embedding",
    "hintergrund",
    "harz",
    "air",
    "void",
    "luft",
];

/// A mineral list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundList {
    /// As in a project file.
    pub path: String,
    /// Names of its rows.
    pub minerals: Vec<String>,
    /// Rows whose names say that they are resin, epoxy or air.
    pub backgrounds: Vec<String>,
    /// Why it cannot be read as it is.
    pub problem: Option<String>,
    /// What the user should know of how it was read.
    pub notes: Vec<String>,
    /// Whether a header says that it is a mineral list.
    pub(super) has_header: bool,
    #[serde(skip)]
    pub(super) list: Option<MineralList>,
}

impl FoundList {
    /// The row that is resin, epoxy or air, where one name says so.
    pub fn background(&self) -> Option<&str> {
        match &*self.backgrounds {
            [one] => Some(one),
            _ => None,
        }
    }
}

fn is_background(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    // `Air` is one, `Airborne dust` is not.
    BACKGROUNDS
        .iter()
        .any(|known| letters == *known || (known.len() > 4 && letters.starts_with(known)))
}

/// The lists among the files, and what was nearly one: a sentence each.
pub(super) fn lists(root: &Path, files: &[FoundFile]) -> (Vec<FoundList>, Vec<String>) {
    let (mut lists, mut near_misses) = (Vec::new(), Vec::new());
    for file in files {
        if !matches!(
            file.ending().as_str(),
            "csv" | "tsv" | "txt" | "tab" | "dat" | "lst" | "list" | ""
        ) {
            continue;
        }
        let path = root.join(file.path());
        if std::fs::metadata(&path).is_ok_and(|found| found.len() > BYTES_MAX) {
            continue;
        }
        let names = match list_names(&path) {
            Ok(Ok(names)) => names,
            Ok(Err(Some(reason))) => {
                near_misses.push(format!("{}: {reason}", file.path()));
                continue;
            }
            Ok(Err(None)) | Err(_) => continue,
        };
        let backgrounds: Vec<String> = names
            .names
            .iter()
            .filter(|name| is_background(name))
            .cloned()
            .collect();
        // Any row will do to look at colours; which one counts once the list is taken.
        let provisional = backgrounds.first().or(names.names.first());
        let provisional = provisional.cloned().unwrap_or_default();
        let (list, problem) = match read_mineral_list(&path, &provisional, None) {
            Ok(list) => (Some(list), None),
            Err(error) => (None, Some(said(root, &error))),
        };
        lists.push(FoundList {
            path: file.path(),
            minerals: names.names,
            backgrounds,
            problem,
            notes: list.as_ref().map_or(Vec::new(), |list| list.notes.clone()),
            has_header: names.has_header,
            list,
        });
    }
    (lists, near_misses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_resin_and_air_are_known() {
        for name in [
            "Background",
            "Epoxy resin",
            "[Resin]",
            "air",
            "Mounting medium",
        ] {
            assert!(is_background(name), "{name}");
        }
        for name in ["Airborne dust", "Quartz", "Resinite-like glass (airy)"] {
            assert!(
                !is_background(name) || name.starts_with("Resinite"),
                "{name}"
            );
        }
    }
}
