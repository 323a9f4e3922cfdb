//! `init` on a folder without a project file, and what its project file leads to.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{corelith, small_phantom, stderr, write_sample};
use serde_json::Value;

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A sample as a laboratory has it: everything but the project file.
fn folder_of_a_sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let project = write_sample(folder.path(), &small_phantom(5));
    fs::remove_file(project).unwrap();
    folder
}

fn init(folder: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["init", folder.to_str().unwrap()];
    arguments.extend(more);
    corelith(&arguments)
}

#[test]
fn what_init_writes_passes_the_check() {
    let folder = folder_of_a_sample();
    let made = init(folder.path(), &[]);
    assert_eq!(
        made.status.code(),
        Some(0),
        "{}{}",
        stdout(&made),
        stderr(&made)
    );
    let project = folder.path().join("sample.toml");
    let said = stdout(&made);
    assert!(
        said.contains("found CT: ct: 80 slices of 144 x 144 pixels"),
        "{said}"
    );
    assert!(
        said.contains(&format!("corelith check {}", project.display())),
        "{said}"
    );
    let read = corelith_pipeline::Project::read(&project).unwrap();
    assert_eq!(read.map_names(), ["map_0", "map_1", "map_2"]);
    let checked = corelith(&["check", project.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
    assert!(stdout(&checked).contains("every input can be read"));

    // A file that is there is left as it is.
    fs::write(&project, "mine").unwrap();
    let again = init(folder.path(), &[]);
    assert_eq!(again.status.code(), Some(2), "{}", stderr(&again));
    assert!(stderr(&again).contains("--force"), "{}", stderr(&again));
    assert_eq!(fs::read(&project).unwrap(), b"mine");
    assert_eq!(init(folder.path(), &["other.toml"]).status.code(), Some(0));
    assert_eq!(fs::read(&project).unwrap(), b"mine");
    assert_eq!(init(folder.path(), &["--force"]).status.code(), Some(0));
    // The same under another name, line breaks of the comment that names the file left out.
    let words = |name: &str| {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        let text = text.replace(name, "NAME").replace("\n# ", " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words("sample.toml"), words("other.toml"));
}

#[test]
fn what_is_left_open_is_listed_and_named_by_the_reader() {
    let folder = folder_of_a_sample();
    // Without their sizes: PNG slices and maps that state none.
    for entry in fs::read_dir(folder.path().join("ct")).unwrap() {
        let path = entry.unwrap().path();
        let source = corelith_io::VolumeSource::open(&path).unwrap();
        let slice = source.slice::<u16>(0).unwrap();
        let grey = slice.map(|v| (v >> 8) as u8);
        corelith_io::write_png(&path.with_extension("png"), &grey).unwrap();
        fs::remove_file(path).unwrap();
    }
    for n in 0..3 {
        fs::remove_file(folder.path().join(format!("sem/map_{n}_bse.tif"))).unwrap();
    }
    let made = init(folder.path(), &["--json"]);
    assert_eq!(made.status.code(), Some(1), "{}", stderr(&made));
    assert!(
        stderr(&made).contains("2 things are left"),
        "{}",
        stderr(&made)
    );
    let found: Value = serde_json::from_slice(&made.stdout).unwrap();
    let places: Vec<&str> = found["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["place"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["[ct] voxel_size_um", "[sem] pixel_size_um"]);
    assert_eq!(found["survey"]["volumes"][0]["slices"], "ct");
    let project = folder.path().join("sample.toml");
    let checked = corelith(&["check", project.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        stdout(&checked).contains("voxel_size_um"),
        "{}",
        stdout(&checked)
    );
}

#[test]
fn a_folder_without_a_sample_gets_no_project_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("scan.dcm"),
        [&[0; 128][..], b"DICM"].concat(),
    )
    .unwrap();
    let made = init(folder.path(), &[]);
    let said = stderr(&made);
    assert_eq!(made.status.code(), Some(2), "{said}");
    assert!(
        said.contains("1 DICOM files") && said.contains("help:"),
        "{said}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let missing = init(&folder.path().join("none"), &[]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("none"), "{}", stderr(&missing));
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let folder = folder_of_a_sample();
    for name in ["../sample.toml", "a/b.toml", "..", "/tmp/x.toml"] {
        let made = init(folder.path(), &[name]);
        assert_eq!(made.status.code(), Some(2), "{name}");
        assert!(
            stderr(&made).contains("no name of a file"),
            "{name}: {}",
            stderr(&made)
        );
    }
}
