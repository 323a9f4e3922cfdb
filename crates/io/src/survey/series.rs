//! Images whose names differ in numbers only: slices of one scan, or images of several sections.

use std::collections::BTreeMap;
use std::path::Path;

use super::walk::{FoundFile, joined};
use crate::file_kind::FileKind;
use crate::stack::{NumberedName, Reading, stem};

/// Fewer images of one name are no stack of slices.
pub(super) const SLICES_MIN: usize = 8;

/// What a file may be by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Tiff,
    Png,
    Bmp,
    /// Other images, which are no slices.
    Image,
    Other,
}

impl Ending {
    fn is_of_slices(self) -> bool {
        matches!(self, Self::Tiff | Self::Png | Self::Bmp)
    }
}

fn ending(file: &FoundFile) -> Ending {
    match file.ending().as_str() {
        "tif" | "tiff" => Ending::Tiff,
        "png" => Ending::Png,
        "bmp" => Ending::Bmp,
        "gif" | "webp" | "jpg" | "jpeg" => Ending::Image,
        _ => Ending::Other,
    }
}

/// Images of one folder whose names differ in numbers only.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub files: Vec<FoundFile>,
    /// Folder or pattern that names them in a project file.
    pub slices: String,
}

/// Files, parted.
#[derive(Debug, Default)]
pub(super) struct Parted {
    /// [`SLICES_MIN`] images or more each.
    pub series: Vec<Series>,
    /// Images by their endings that belong to no series.
    pub images: Vec<FoundFile>,
    pub others: Vec<FoundFile>,
}

/// Parts files into series, single images and others.
pub(super) fn parted(root: &Path, files: &[FoundFile]) -> Parted {
    let mut groups: BTreeMap<(&str, Ending, String), Vec<&FoundFile>> = BTreeMap::new();
    for file in files {
        let ending = ending(file);
        let name = match ending {
            Ending::Other => file.name.as_str(),
            _ => stem(&file.name),
        };
        let skeleton = NumberedName::of(name, Reading::Counts).skeleton();
        groups
            .entry((&file.folder, ending, skeleton))
            .or_default()
            .push(file);
    }
    let mut of_ending: BTreeMap<(&str, Ending), usize> = BTreeMap::new();
    for ((folder, ending, _), group) in &groups {
        if ending.is_of_slices() {
            *of_ending.entry((folder, *ending)).or_default() += group.len();
        }
    }
    let mut parted = Parted::default();
    for ((folder, ending, _), group) in groups {
        let owned = || group.iter().map(|file| (*file).clone());
        // Slices without an ending of images are known by their first bytes.
        let is_stack = match ending {
            _ if group.len() < SLICES_MIN => false,
            Ending::Tiff | Ending::Png | Ending::Bmp => true,
            Ending::Image => false,
            Ending::Other => matches!(
                FileKind::of(&root.join(group[0].path())),
                Ok(FileKind::Tiff | FileKind::Png | FileKind::Bmp)
            ),
        };
        // A folder means its slices where the images of other kinds are few, such as previews.
        let alone =
            of_ending
                .iter()
                .filter(|((of, _), _)| *of == folder)
                .all(|((_, other), images)| match *other == ending {
                    true => *images == group.len(),
                    false => 4 * images < group.len(),
                });
        match ending {
            _ if is_stack => parted.series.push(Series {
                slices: match folder {
                    folder if alone && !folder.is_empty() => folder.to_owned(),
                    folder => joined(folder, &pattern(&group)),
                },
                files: owned().collect(),
            }),
            Ending::Other => parted.others.extend(owned()),
            _ => parted.images.extend(owned()),
        }
    }
    parted
}

/// `slice_[0-9]*.tif`: what the names begin with, before the number that counts.
pub(super) fn pattern(files: &[&FoundFile]) -> String {
    let first = files[0].name.as_str();
    let shared = files.iter().fold(first.len(), |shared, file| {
        let same = first.bytes().zip(file.name.bytes());
        shared.min(same.take_while(|(a, b)| a == b).count())
    });
    let shared = (0..=shared).rev().find(|at| first.is_char_boundary(*at));
    // Digits that all share may be the first of a number.
    let begin = first[..shared.unwrap_or(0)].trim_end_matches(|c: char| c.is_ascii_digit());
    let ending = match stem(first).len() {
        all if all == first.len() => "",
        at => &first[at..],
    };
    // With a digit behind, other images whose names begin alike do not match.
    let is_number =
        |file: &&FoundFile| file.name[begin.len()..].starts_with(|c: char| c.is_ascii_digit());
    let counts = if files.iter().all(is_number) {
        "[0-9]"
    } else {
        ""
    };
    format!("{}{counts}*{ending}", glob::Pattern::escape(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &str, names: impl IntoIterator<Item = String>) -> Vec<FoundFile> {
        let file = |name| FoundFile {
            folder: folder.to_owned(),
            name,
        };
        names.into_iter().map(file).collect()
    }

    #[test]
    fn slices_are_told_from_what_lies_beside_them() {
        let mut all = files("ct", (0..12).map(|i| format!("a_{i:04}.tif")));
        all.extend(files("ct", (0..12).map(|i| format!("b [{i}].TIF"))));
        all.extend(files("ct", ["notes.txt".to_owned()]));
        all.extend(files("alone", (95..112).map(|i| format!("s2_{i:04}.tiff"))));
        all.extend(files("", (0..9).map(|i| format!("{i}.png"))));
        all.extend(files("sem", (0..7).map(|i| format!("map_{i}.png"))));
        let parted = parted(Path::new("/nowhere"), &all);
        let mut slices: Vec<&str> = parted.series.iter().map(|s| s.slices.as_str()).collect();
        slices.sort_unstable();
        assert_eq!(
            slices,
            [
                "[0-9]*.png",
                "alone",
                "ct/a_[0-9]*.tif",
                "ct/b [[][0-9]*.TIF"
            ]
        );
        assert_eq!(parted.images.len(), 7);
        assert_eq!(parted.others.len(), 1);
    }
}
