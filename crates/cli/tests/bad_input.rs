//! Broken input: one clear error that says what, where and what to do; exit 2, or 1 for a map
//! that was not found; earlier results stay whole.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use common::{append, corelith, small_phantom, stderr, write_sample};
use corelith_io::{StackLayout, write_slice};
use corelith_phantom::Phantom;

fn truth() -> &'static Phantom {
    static TRUTH: OnceLock<Phantom> = OnceLock::new();
    TRUTH.get_or_init(|| small_phantom(2))
}

struct Sample {
    folder: tempfile::TempDir,
    project: PathBuf,
}

fn sample() -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let project = write_sample(folder.path(), truth());
    Sample { folder, project }
}

impl Sample {
    /// Fails the import with exit 2; returns what was said.
    fn fails(&self) -> String {
        let output = corelith(&["import", self.project.to_str().unwrap()]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("error: "), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let sample = sample();
    append(&sample.project, "\n[registration]\ntilt_max_degree = 5.0\n");
    let said = sample.fails();
    assert!(said.contains("tilt_max_degree"), "{said}");
    assert!(said.contains("tilt_max_deg`"), "{said}");
}

#[test]
fn a_setting_out_of_range_is_named_before_any_stage() {
    let sample = sample();
    let text = fs::read_to_string(&sample.project).unwrap();
    for (section, setting, value) in [
        ("separation", "neck_ratio", "1.5"),
        ("separation", "convexity_weight", "nan"),
        ("regions", "evidence_nats", "-1.5"),
        ("segmentation", "overlap_vox", "90"),
        ("registration", "overlap_min", "0.1"),
        ("training", "width", "2"),
        ("liberation", "replicates", "10"),
        ("stereology", "smallest_profile_um", "-3.5"),
    ] {
        // The sections that the sample has are cut off.
        let own = text.split("\n[training]").next().unwrap();
        fs::write(&sample.project, own).unwrap();
        append(
            &sample.project,
            &format!("\n[{section}]\n{setting} = {value}\n"),
        );
        let said = sample.fails();
        for part in [section, setting, value, "sample.toml"] {
            assert!(said.to_lowercase().contains(part), "{part}: {said}");
        }
        assert!(!said.contains("import"), "{said}");
        assert!(!sample.path("results/import").exists());
    }
}

#[test]
fn tiles_that_the_model_cannot_have_are_named_before_any_stage() {
    let sample = sample();
    append(
        &sample.project,
        "\n[segmentation]\ntile_vox = [64, 90, 96]\n",
    );
    let output = corelith(&["run", sample.project.to_str().unwrap()]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("[64, 90, 96]") && said.contains("multiples of 4"),
        "{said}"
    );
    assert!(!said.contains("import"), "{said}");
}

#[test]
fn a_missing_slice_is_named() {
    let sample = sample();
    fs::remove_file(sample.path("ct/slice_0010.tif")).unwrap();
    let said = sample.fails();
    assert!(
        said.contains("slice_0009.tif") && said.contains("slice_0011.tif"),
        "{said}"
    );
}

#[test]
fn a_truncated_slice_is_named_and_an_earlier_import_stays() {
    let sample = sample();
    let good = corelith(&["import", sample.project.to_str().unwrap()]);
    assert!(good.status.success(), "{}", stderr(&good));
    let imported = fs::read(sample.path("results/import/ct.tif")).unwrap();

    let slice = sample.path("ct/slice_0020.tif");
    let bytes = fs::read(&slice).unwrap();
    fs::write(&slice, &bytes[..bytes.len() / 2]).unwrap();
    let said = sample.fails();
    assert!(said.contains("slice_0020.tif"), "{said}");
    assert_eq!(
        fs::read(sample.path("results/import/ct.tif")).unwrap(),
        imported
    );
}

#[test]
fn a_colour_outside_the_list_is_named() {
    let sample = sample();
    let list = sample.path("sem/minerals.csv");
    let text = fs::read_to_string(&list).unwrap();
    let without: Vec<&str> = text
        .lines()
        .filter(|l| !l.starts_with("Gehlenite"))
        .collect();
    fs::write(&list, without.join("\n")).unwrap();
    let said = sample.fails();
    assert!(said.contains("map_0.png"), "{said}");
}

#[test]
fn what_registration_would_refuse_is_told_by_the_check() {
    let sample = sample();
    let text = fs::read_to_string(&sample.project).unwrap();
    let with = |key: &str, line: &str| -> String {
        let lines = text.lines().map(|l| match l.starts_with(key) {
            true => line,
            false => l,
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    for (project, words) in [
        (
            with("voxel_size_um", "voxel_size_um = [2.0, 2.0, 5.0]"),
            "Z scale 2.5000",
        ),
        (
            with("pixel_size_um", "pixel_size_um = 250.0"),
            "expected 0.1 to 10",
        ),
        (
            with("bse", "") + "\n[registration]\nchannels = \"bse\"\n",
            "has no BSE image",
        ),
    ] {
        fs::write(&sample.project, project).unwrap();
        let output = corelith(&["check", sample.project.to_str().unwrap()]);
        let said = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_ct_that_shows_nothing_is_refused() {
    let sample = sample();
    let [slices, height, width] = truth().ct.shape();
    let layout = StackLayout::new([1, height, width], truth().spacing);
    for z in 0..slices {
        let greys = vec![7000 + z as u16; height * width];
        let slice = sample.path(&format!("ct/slice_{z:04}.tif"));
        write_slice(&slice, &greys, layout).unwrap();
    }
    let said = sample.fails();
    assert!(said.contains("the CT shows nothing"), "{said}");
}

#[test]
fn numbers_of_options_are_checked_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, option) in [
        (&["demo", "--minutes", "nan"][..], "--minutes"),
        (&["train", "sample.toml", "--minutes", "inf"], "--minutes"),
        (&["evaluate", "any-ore", "--minutes", "nan"], "--minutes"),
        (&["phantom", "-o", "p", "--noise", "nan"], "--noise"),
        (&["devices", "--memory", "-1"], "--memory"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_corelith"))
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(option) && said.contains("0 or more"),
            "{said}"
        );
        assert_eq!(
            folder.path().read_dir().unwrap().count(),
            0,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_missing_project_is_named() {
    let output = corelith(&["run", "nowhere/sample.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("nowhere/sample.toml"));
}

#[test]
fn a_map_of_another_sample_is_not_found() {
    let sample = sample();
    let other = tempfile::tempdir().unwrap();
    write_sample(other.path(), &small_phantom(3));
    for file in ["map_1.png", "map_1_bse.tif"] {
        fs::copy(
            other.path().join("sem").join(file),
            sample.path("sem").join(file),
        )
        .unwrap();
    }
    let output = corelith(&["register", sample.project.to_str().unwrap()]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("map_1"), "{said}");
    let placement = fs::read_to_string(sample.path("results/registration/map_1.json")).unwrap();
    assert!(placement.contains("not_found"), "{placement}");
    let placement = fs::read_to_string(sample.path("results/registration/map_0.json")).unwrap();
    assert!(placement.contains("\"found\""), "{placement}");
}

#[test]
fn samples_that_are_not_measured_cannot_be_compared() {
    let sample = sample();
    let project = sample.project.to_str().unwrap();
    let output = corelith(&["report", project, project]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("is not measured yet") && said.contains("help: "),
        "{said}"
    );
}

#[test]
fn so_many_threads_are_refused_that_they_would_stall_the_machine() {
    for threads in ["0", "99999"] {
        let output = corelith(&["devices", "--threads", threads]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        let expected = format!("--threads {threads}: expected 1 to 1024");
        assert!(said.contains(&expected), "{said}");
    }
}
