//! The support table of the README holds.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Silent, Spacing, Volume};
use corelith_io::{VolumeOptions, VolumeSource};

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

#[test]
fn every_row_has_a_sample_that_is_read_and_tests_that_exist() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut code = String::new();
    sources(&root.join("src"), &mut code);
    sources(&root.join("tests"), &mut code);
    let rows: Vec<Vec<&str>> = readme
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows[0][3], "Sample");
    assert!(rows.len() > 10);
    for row in &rows[1..] {
        let [format, _, _, sample, _, checked] = row[..] else {
            panic!("{row:?}");
        };
        for test in checked.split(',').map(|t| t.trim().trim_matches('`')) {
            assert!(
                code.contains(&format!("fn {test}()")),
                "{format}: no test {test}"
            );
        }
        if sample == "-" {
            continue;
        }
        let path = root
            .join("tests/data/volumes")
            .join(sample.trim_matches('`'));
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
            "{format}"
        );
    }
}
