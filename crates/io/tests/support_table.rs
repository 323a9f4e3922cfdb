//! The support table of the README holds.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Raster, Role, Silent, Spacing, Volume};
use corelith_io::{
    BseSettings, ElementRule, MapSettings, MineralList, MineralMap, MosaicSettings, SemMap,
    SemSection, VolumeOptions, VolumeSource, read_bse, read_mineral_list, read_mineral_map,
};

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|e| e == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Rows of the table of the README that begins with a heading.
fn rows_of(heading: &str) -> Vec<Vec<String>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let rows: Vec<Vec<String>> = readme
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {heading} |")))
        .take_while(|line| line.starts_with("| "))
        .filter(|line| !line.starts_with("| ---"))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect();
    assert_eq!(rows[0][3], "Sample");
    assert!(rows.len() > 10);
    for row in &rows {
        assert_eq!(row.len(), 6, "{row:?}");
    }
    rows[1..].to_vec()
}

fn check_tests(rows: &[Vec<String>]) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    sources(&root.join("src"), &mut code);
    sources(&root.join("tests"), &mut code);
    for row in rows {
        for test in row[5].split(',').map(|t| t.trim().trim_matches('`')) {
            assert!(
                code.contains(&format!("fn {test}()")),
                "{}: no test {test}",
                row[0]
            );
        }
    }
}

fn data(folder: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(folder)
}

#[test]
fn every_volume_has_a_sample_that_is_read_and_tests_that_exist() {
    let rows = rows_of("Format");
    check_tests(&rows);
    for row in rows.iter().filter(|row| row[3] != "-") {
        let path = data("volumes").join(row[3].trim_matches('`'));
        let options = VolumeOptions {
            channel: Some(1),
            ..VolumeOptions::default()
        };
        let source = VolumeSource::open_with(&path, &options).unwrap_or_else(|e| panic!("{e}"));
        let read: Volume<f32> = source.read(Spacing::isotropic(1.0), &Silent).unwrap();
        // Voxel (x, y, z) is 100 z + 5 y + x.
        assert_eq!(
            [read.at(3, 2, 1), read.at(32, 19, 3)],
            [113.0, 427.0],
            "{}",
            row[0]
        );
    }
}

/// The minerals of every map and list of the samples.
fn list() -> MineralList {
    MineralList::from(named::minerals(&[
        ("Resin", [0, 0, 0]),
        ("LiAlO2", [230, 40, 40]),
        ("Glass", [240, 200, 60]),
    ]))
}

fn classes() -> Raster<u8> {
    Raster::from_fn(24, 40, |col, row| ((col / 8 + row / 8) % 3) as u8)
}

/// What a section of a project file reads.
fn section(map: SemMap, rules: Vec<ElementRule>) -> MineralMap {
    let sem = SemSection {
        unclassified: (!rules.is_empty()).then(|| "Resin".to_owned()),
        rules,
        ..SemSection::new(
            "minerals.csv".into(),
            "Resin".to_owned(),
            1.0,
            vec![map.clone()],
        )
    };
    let source = sem.open_map(&data("sections"), &map);
    let source = source.unwrap_or_else(|e| panic!("{e}"));
    let read = source.read(&list(), &Silent);
    read.unwrap_or_else(|e| panic!("{e}")).map
}

/// Pixels of the section that the frames were cut from, as far as the frames show it.
fn assert_frames(map: &MineralMap) {
    let whole = read_mineral_map(
        &data("sections").join("frames_whole.png"),
        &list(),
        &MapSettings::default(),
    )
    .unwrap();
    // The frames leave out what lies beyond the last.
    assert_eq!(map.image_size, [160, 120]);
    let pairs = map.classes.data().iter().zip(whole.classes.data());
    let wrong = pairs.filter(|(a, b)| a != b && **a != corelith_core::UNMEASURED);
    assert_eq!(wrong.count(), 0);
    assert!(map.unmeasured_pixels() < 600, "{}", map.unmeasured_pixels());
}

#[test]
fn every_section_file_has_a_sample_that_is_read_and_tests_that_exist() {
    let rows = rows_of("Section file");
    check_tests(&rows);
    let rule = |mineral: &str, when: &str| ElementRule {
        mineral: mineral.to_owned(),
        when: when.to_owned(),
    };
    for row in rows.iter().filter(|row| row[3] != "-") {
        let sample = row[3].trim_matches('`');
        let path = data("sections").join(sample);
        let training = |place: &str| SemMap::new(place.into(), Role::Training);
        match row[1].as_str() {
            "map" => {
                let read = read_mineral_map(&path, &list(), &MapSettings::default());
                let read = read.unwrap_or_else(|e| panic!("{e}"));
                assert_eq!(read.classes, classes(), "{sample}");
            }
            "bse" => {
                let map = MineralMap {
                    image_size: [40, 24],
                    classes: classes(),
                    moved: None,
                    notes: Vec::new(),
                };
                let read = read_bse(&path, Path::new("map"), &map, &BseSettings::default());
                let grey = read.unwrap_or_else(|e| panic!("{e}")).grey;
                for (v, class) in grey.data().iter().zip(classes().data()) {
                    let of_class = 10.0 + 50.0 * f32::from(*class);
                    assert!((of_class..of_class + 9.0).contains(v), "{sample}: {v}");
                }
            }
            "list" => {
                let path = data("sections/lists").join(sample);
                let read = read_mineral_list(&path, "Resin", None);
                let read = read.unwrap_or_else(|e| panic!("{e}")).minerals;
                assert_eq!(read.without_densities(), list().minerals, "{sample}");
            }
            "frames" => {
                let table = path.is_file().then(|| MosaicSettings {
                    positions: Some(sample.into()),
                    ..MosaicSettings::default()
                });
                assert_frames(&section(
                    SemMap {
                        mosaic: table,
                        bse: Some("frames_bse".into()),
                        ..training("frames")
                    },
                    Vec::new(),
                ));
            }
            "elements" => {
                let map = SemMap {
                    elements: Some(sample.into()),
                    ..training("")
                };
                let rules = vec![
                    rule("LiAlO2", "Al > 200 and Si < 100"),
                    rule("Glass", "Si > 300 and 100 < Al < 200"),
                ];
                assert_eq!(section(map, rules).classes, classes(), "{sample}");
            }
            other => panic!("{other}"),
        }
    }
}
