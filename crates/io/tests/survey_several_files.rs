//! Sections of several files are found in a folder: frames, and images of elements.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Silent, Spacing};
use corelith_io::{SemSection, StackLayout, Survey, read_toml, survey, write_slice};
use serde::Deserialize;

fn data(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/sections")
        .join(below)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// A CT, a mineral list, and folders of the samples of other programs.
fn sample(folders: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ct = folder.path().join("ct");
    fs::create_dir(&ct).unwrap();
    for z in 0..12 {
        let grey: Vec<u16> = (0..20 * 16).map(|i| (i * 37 + z * 11) as u16).collect();
        let layout = StackLayout::new([1, 16, 20], Spacing::isotropic(2.0));
        write_slice(&ct.join(format!("slice_{z:04}.tif")), &grey, layout).unwrap();
    }
    fs::copy(data("lists/comma.csv"), folder.path().join("minerals.csv")).unwrap();
    for below in folders {
        copy_folder(&data(below), &folder.path().join(below));
    }
    folder
}

fn look(folder: &tempfile::TempDir) -> Survey {
    survey(folder.path(), None, &Silent).unwrap()
}

#[derive(Deserialize)]
struct ProjectFile {
    sem: SemSection,
}

#[test]
fn frames_are_one_map_with_one_bse_image() {
    let folder = sample(&["frames", "frames_bse"]);
    let found = look(&folder);
    assert_eq!(found.volumes.len(), 1, "{:?}", found.volumes);
    let [map] = &*found.maps else {
        panic!("{:?}", found.maps);
    };
    assert_eq!((map.mineral_map.as_str(), map.frames), ("frames", 4));
    assert_eq!(map.size_px, [160, 120]);
    assert_eq!(map.problem, None);
    let bse = map.bse.as_ref().unwrap();
    assert_eq!(bse.path, "frames_bse");
    assert!(bse.explained > 0.8, "{}", bse.explained);

    // The project file reads it.
    let mut text = found.draft("sample.toml").text;
    text = text.replace("# pixel_size_um =", "pixel_size_um = 1.0");
    let project = folder.path().join("sample.toml");
    fs::write(&project, &text).unwrap();
    let sem = read_toml::<ProjectFile>(&project)
        .unwrap_or_else(|e| panic!("{e}\n{text}"))
        .sem;
    sem.check(&project).unwrap();
    let list = sem.read_minerals(folder.path()).unwrap();
    let source = sem.open_map(folder.path(), &sem.maps[0]).unwrap();
    let read = source.read(&list, &Silent).unwrap();
    assert_eq!(read.map.image_size, [160, 120]);
    assert!(read.bse.is_some());
}

#[test]
fn several_sets_of_bse_images_are_left_to_the_user() {
    let folder = sample(&["frames", "frames_bse"]);
    copy_folder(&data("frames_bse"), &folder.path().join("frames_bse_15_kV"));
    let found = look(&folder);
    let [map] = &*found.maps else {
        panic!("{:?}", found.maps);
    };
    assert_eq!(map.bse, None);
    assert_eq!(map.bse_candidates, ["frames_bse", "frames_bse_15_kV"]);
}

#[test]
fn frames_beside_other_images_are_named_by_a_pattern() {
    let folder = sample(&["frames"]);
    fs::copy(
        data("map_palette.png"),
        folder.path().join("frames/other section.png"),
    )
    .unwrap();
    let found = look(&folder);
    let mut maps: Vec<(&str, usize)> = found
        .maps
        .iter()
        .map(|map| (map.mineral_map.as_str(), map.frames))
        .collect();
    maps.sort_unstable();
    assert_eq!(
        maps,
        [
            ("frames/map_r[0-9]*.png", 4),
            ("frames/other section.png", 0)
        ]
    );
}

#[test]
fn images_of_elements_leave_their_rules_to_the_user() {
    for kind in ["elements", "elements_text"] {
        let folder = sample(&[kind]);
        // A third element: of two, names might be words.
        let (from, to) = match kind {
            "elements" => ("s1_Al Ka1.png", "s1_Fe Ka1.png"),
            _ => ("Al.txt", "Fe.txt"),
        };
        let place = folder.path().join(kind);
        fs::copy(place.join(from), place.join(to)).unwrap();
        let found = look(&folder);
        let [map] = &*found.maps else {
            panic!("{:?}", found.maps);
        };
        assert_eq!((map.mineral_map.as_str(), map.elements.len()), (kind, 3));
        let draft = found.draft("sample.toml");
        assert!(
            draft.text.contains(&format!("elements = \"{kind}\"")),
            "{}",
            draft.text
        );
        assert!(draft.text.contains("# [[sem.rule]]"), "{}", draft.text);
        assert!(
            draft.gaps.iter().any(|gap| gap.place == "[[sem.rule]]"),
            "{:?}",
            draft.gaps
        );
    }
}
