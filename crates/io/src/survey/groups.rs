//! Files that belong to one section: frames of a mosaic, and images of its elements.

use std::collections::BTreeMap;

use super::images::Look;
use super::series::pattern;
use super::walk::{FoundFile, joined};
use crate::elements::element_names;
use crate::mosaic::say_cells;
use crate::stack::{NumberedName, Reading, stem};

/// Fewer images of elements are chance: `In.tif` and `As.tif` are words, too.
const ELEMENTS_MIN: usize = 3;

/// Images of elements.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundElements {
    /// Folder or pattern, as in a project file.
    pub place: String,
    /// Their symbols, with lines where names tell them.
    pub elements: Vec<String>,
    pub files: Vec<FoundFile>,
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn file(path: &str) -> FoundFile {
    FoundFile {
        folder: folder_of(path).to_owned(),
        name: name_of(path).to_owned(),
    }
}

/// The folder that holds nothing else of their kind, or a pattern.
fn place(files: &[&FoundFile], in_folder: usize) -> String {
    let folder = &files[0].folder;
    match files.len() == in_folder && !folder.is_empty() {
        true => folder.clone(),
        false => joined(folder, &pattern(files)),
    }
}

/// Whether the names of some files say rows and columns.
pub(super) fn are_frames(files: &[FoundFile]) -> bool {
    let stems: Vec<String> = files
        .iter()
        .map(|file| stem(&file.name).to_owned())
        .collect();
    say_cells(&stems)
}

/// Puts frames of one section together: images of one folder and ending whose names differ in row
/// and column only. Each mosaic becomes one look, at the place of its first frame.
pub(super) fn with_frames_together(looks: Vec<Look>, all_images: &[String]) -> Vec<Look> {
    let mut groups: BTreeMap<(String, String, String), Vec<usize>> = BTreeMap::new();
    for (i, look) in looks.iter().enumerate() {
        let name = name_of(&look.path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let skeleton = NumberedName::of(stem(name), Reading::Counts).skeleton();
        let key = (
            folder_of(&look.path).to_owned(),
            ending.to_lowercase(),
            skeleton,
        );
        groups.entry(key).or_default().push(i);
    }
    let mut leader: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut follower = vec![false; looks.len()];
    for ((folder, _, _), group) in groups {
        let files: Vec<FoundFile> = group.iter().map(|i| file(&looks[*i].path)).collect();
        if !are_frames(&files) {
            continue;
        }
        group[1..].iter().for_each(|i| follower[*i] = true);
        let in_folder = all_images
            .iter()
            .filter(|path| folder_of(path) == folder)
            .count();
        let refs: Vec<&FoundFile> = files.iter().collect();
        let mut frames = vec![place(&refs, in_folder)];
        frames.extend(group.iter().map(|i| looks[*i].path.clone()));
        leader.insert(group[0], frames);
    }
    let mut together = Vec::new();
    for (i, mut look) in looks.into_iter().enumerate() {
        if let Some(mut frames) = leader.remove(&i) {
            look.path = frames.remove(0);
            look.frames = frames;
            together.push(look);
        } else if !follower[i] {
            together.push(look);
        }
    }
    together
}

/// The images and tables of elements among some files: in each folder those whose names tell an
/// element, if most do.
pub(super) fn elements(images: &[FoundFile], others: &[FoundFile]) -> Vec<FoundElements> {
    let mut folders: BTreeMap<(&str, bool), Vec<&FoundFile>> = BTreeMap::new();
    for file in images {
        folders.entry((&file.folder, true)).or_default().push(file);
    }
    for file in others {
        if matches!(file.ending().as_str(), "txt" | "csv" | "asc" | "tsv") {
            folders.entry((&file.folder, false)).or_default().push(file);
        }
    }
    let mut found = Vec::new();
    for ((folder, _), files) in folders {
        let stems: Vec<String> = files
            .iter()
            .map(|file| stem(&file.name).to_owned())
            .collect();
        let names = element_names(&stems);
        let of_element: Vec<(&FoundFile, String)> = files
            .iter()
            .zip(names)
            .filter_map(|(file, name)| Some((*file, name?)))
            .collect();
        let mut elements: Vec<String> = of_element.iter().map(|(_, name)| name.clone()).collect();
        elements.sort();
        elements.dedup();
        let each_once = elements.len() == of_element.len();
        if of_element.len() < ELEMENTS_MIN || !each_once || 2 * of_element.len() < files.len() {
            continue;
        }
        // Files whose names tell no element are left out when the folder is read.
        let ending = of_element[0].0.ending();
        found.push(FoundElements {
            place: match folder {
                "" => format!("*.{ending}"),
                folder => folder.to_owned(),
            },
            elements,
            files: of_element
                .into_iter()
                .map(|(file, _)| file.clone())
                .collect(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &str, names: &[&str]) -> Vec<FoundFile> {
        let file = |name: &&str| FoundFile {
            folder: folder.to_owned(),
            name: (*name).to_owned(),
        };
        names.iter().map(file).collect()
    }

    #[test]
    fn images_of_elements_are_told_from_others() {
        let mut all = files(
            "edx",
            &["S1 Si K.tif", "S1 Fe K.tif", "S1 O K.tif", "S1 BSE.tif"],
        );
        all.extend(files("sem", &["map_In.png", "map_As.png", "map_0.png"]));
        let found = elements(
            &all,
            &files("txt", &["Si.txt", "Fe.txt", "Al.txt", "notes.txt"]),
        );
        let places: Vec<&str> = found.iter().map(|f| f.place.as_str()).collect();
        assert_eq!(places, ["edx", "txt"]);
        assert_eq!(found[0].elements, ["Fe_k", "O_k", "Si_k"]);
    }

    #[test]
    fn names_of_slices_are_no_frames() {
        let names: Vec<String> = (0..9).map(|i| format!("rec_r2_s{i:04}.tif")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(!are_frames(&files("ct", &names)));
        assert!(!are_frames(&files(
            "ct",
            &["r1_c1.tif", "r2_c1.tif", "r3_c1.tif"]
        )));
        assert!(are_frames(&files(
            "ct",
            &["r1_c1.tif", "r2_c1.tif", "r1_c2.tif"]
        )));
    }
}
