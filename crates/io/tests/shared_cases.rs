//! The inputs of laboratories in `../shared/cases`, which are no part of the repository: set
//! `CORELITH_SHARED` to their folder where it is elsewhere.
//! Run: `cargo test --release -p corelith-io --test shared_cases -- --ignored --nocapture`.

use std::path::{Path, PathBuf};

use corelith_core::{Silent, Spacing};
use corelith_io::{Error, VolumeOptions, VolumeSource};

fn cases() -> PathBuf {
    match std::env::var_os("CORELITH_SHARED") {
        Some(shared) => PathBuf::from(shared).join("cases"),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases"),
    }
}

fn open(name: &str, channel: Option<usize>) -> Result<VolumeSource, Error> {
    let options = VolumeOptions {
        channel,
        ..VolumeOptions::default()
    };
    let opened = VolumeSource::open_with(&cases().join(name), &options);
    match &opened {
        Ok(source) => eprintln!(
            "{name}: {:?} {:?} {:?} {:?}",
            source.shape(),
            source.depth(),
            source.spacing(),
            source.notes()
        ),
        Err(error) => eprintln!("{name}: {error}"),
    }
    opened
}

fn refused(name: &str, words: &[&str]) {
    let error = open(name, None).expect_err(name).to_string();
    for word in words {
        assert!(
            error.contains(word),
            "{name}: {error} says nothing of {word}"
        );
    }
}

fn near(source: &VolumeSource, xyz: [f64; 3]) {
    let s = source.spacing().expect("a spacing");
    for (found, expected) in [s.x_um, s.y_um, s.z_um].into_iter().zip(xyz) {
        assert!(
            (found / expected - 1.0).abs() < 1e-3,
            "{s:?}, expected {xyz:?}"
        );
    }
}

#[test]
#[ignore = "needs ../shared"]
fn channels_are_chosen() {
    for file in [
        "01-channels-as-slices/a-imagej-2ch/ct_2ch.tif",
        "01-channels-as-slices/b-ome-2ch/ct_2ch.ome.tif",
        "27-one-directory-stacks/imagej_hyperstack_2ch_one_directory.tif",
    ] {
        refused(file, &["2 channels of 20 slices"]);
        let one = open(file, Some(1)).unwrap();
        let two = open(file, Some(2)).unwrap();
        assert_eq!(one.shape()[0], 20);
        let read = |source: &VolumeSource| source.slice::<u16>(7).unwrap();
        assert!(read(&one) != read(&two), "{file}");
    }
}

#[test]
#[ignore = "needs ../shared"]
fn names_are_understood() {
    let copies = "02-copies-and-strays";
    for (case, word) in [
        ("a-copy-windows/ct/slice_*.tif", "slice_0010 - Copy.tif"),
        ("b-copy-browser/ct/slice_*.tif", "slice_0011 (1).tif"),
        ("c-copy-german/ct/slice_*.tif", "slice_0010 - Kopie.tif"),
        ("d-copy-mac/ct/slice_*.tif", "slice_0010 2.tif"),
        ("e-preview/ct/slice_*.tif", "slice_overview.tif"),
        ("f-two-scans-in-one-folder/ct", "scanB_"),
    ] {
        refused(&format!("{copies}/{case}"), &[word]);
    }
    let missing = "03-missing-slice-second-counter";
    for case in [
        "a-z-position-in-name",
        "b-time-stamp-in-name",
        "c-index-of-total-reversed",
        "d-one-counter-control",
    ] {
        refused(
            &format!("{missing}/{case}/ct/*.tif"),
            &["number 7 is missing between"],
        );
    }
    let kept = open(
        &format!("{missing}/e-every-second-slice-kept/ct/*.tif"),
        None,
    )
    .unwrap();
    assert!(kept.notes()[0].contains("steps of 2"));
}

#[test]
#[ignore = "needs ../shared"]
fn spacings_are_read() {
    for name in [
        "control_um",
        "micrometers",
        "millimeter",
        "no_spacing_line",
        "um_capital",
        "yunit_zunit",
        "zunit_mm",
    ] {
        near(
            &open(&format!("05-imagej-units/{name}.tif"), None).unwrap(),
            [2.296; 3],
        );
    }
    let latin = "06-latin1-micro-sign";
    for name in [
        "mask_latin1",
        "mask_utf8",
        "ct_one_directory_ascii",
        "ct_one_directory_latin1",
    ] {
        let source = open(&format!("{latin}/{name}.tif"), None).unwrap();
        near(&source, [2.296; 3]);
        assert_eq!(
            source.shape()[0],
            if name.starts_with("ct") { 20 } else { 40 }
        );
    }
    for name in ["mask.ome", "mask_nm.ome", "mask_imagej_control"] {
        let source = open(&format!("07-ome-spacing/{name}.tif"), None).unwrap();
        near(&source, [2.296, 2.296, 4.592]);
    }
}

#[test]
#[ignore = "needs ../shared"]
fn labels_are_exact() {
    let folder = "10-labels-of-python-and-fiji";
    for entry in std::fs::read_dir(cases().join(folder)).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if !file.ends_with(".tif") {
            continue;
        }
        let source = open(&format!("{folder}/{file}"), None).unwrap();
        let spacing = Spacing::isotropic(1.0);
        let labels = source.read::<u32>(spacing, &Silent).unwrap();
        let mut values: Vec<u32> = labels.data().to_vec();
        let voxels = values.iter().filter(|v| **v != 0).count();
        values.sort_unstable();
        values.dedup();
        eprintln!("{file}: {} values, {voxels} voxels", values.len());
        assert_eq!(voxels, 101_021, "{file}");
        assert!(
            values.len() == 17 || file.contains("bool") || file.contains("mask"),
            "{file}"
        );
    }
}

#[test]
#[ignore = "needs ../shared"]
fn files_of_mac_and_windows_are_sorted_out() {
    let folder = "26-files-of-mac-and-windows";
    for (case, note) in [
        ("a-appledouble-folder/ct", "._slice_0000.tif"),
        ("b-appledouble-pattern/ct/*.tif", "._slice_0000.tif"),
        ("c-thumbs-and-logs/ct", "Thumbs.db"),
        ("d-uppercase-TIF/ct/slice_*.tif", "slice_0000.TIF"),
        ("e-every-second-is-tiff/ct/slice_*.tif", "10 more files"),
        ("g-windows-separators/ct\\slice_*.tif", "back slashes"),
        ("h-toml-with-bom/ct/slice_*.tif", ""),
    ] {
        let source = open(&format!("{folder}/{case}"), None).unwrap();
        assert_eq!(source.shape()[0], 20, "{case}");
        assert!(source.notes().concat().contains(note), "{case}");
    }
    refused(
        &format!("{folder}/f-skyscan-names-with-preview/ct"),
        &["sample__rec_spr.tif", "sample__rec[0-9]*.tif"],
    );
}

#[test]
#[ignore = "needs ../shared"]
fn one_directory_holds_all_slices() {
    let folder = "27-one-directory-stacks";
    for (file, slices) in [
        ("imagej_one_directory.tif", 40),
        ("tifffile_truncate.tif", 40),
        ("volumetric_3d_tiles.tif", 32),
    ] {
        let source = open(&format!("{folder}/{file}"), None).unwrap();
        assert_eq!(source.shape()[0], slices, "{file}");
        source
            .read::<u16>(Spacing::isotropic(1.0), &Silent)
            .unwrap();
    }
    refused(
        &format!("{folder}/imagej_one_directory_cut_short.tif"),
        &["slice 30", "ends too early"],
    );
}

#[test]
#[ignore = "needs ../shared"]
fn whole_scans_give_no_warning() {
    let samples = cases().join("../samples");
    for entry in std::fs::read_dir(samples).unwrap() {
        let ct = entry.unwrap().path().join("ct");
        if !ct.is_dir() {
            continue;
        }
        let source = VolumeSource::open(&ct).unwrap();
        let read = source.read_ct(Spacing::isotropic(1.0), &Silent).unwrap();
        eprintln!("{}: {:?}", ct.display(), read.notes);
        assert_eq!(read.notes, Vec::<String>::new(), "{}", ct.display());
    }
}
