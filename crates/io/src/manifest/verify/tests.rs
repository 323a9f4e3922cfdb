use super::*;
use crate::{StackLayout, write_slice};
use corelith_core::{Silent, Spacing};

/// A manifest with slices so small that a test can write them.
fn manifest() -> Manifest {
    let mut manifest = Manifest::built_in().unwrap();
    for fraction in &mut manifest.datasets[0].fractions {
        fraction.width_px = 6;
        fraction.height_px = 5;
    }
    manifest
}

fn slice(path: &Path, cols: usize, value: u16) {
    let layout = StackLayout::new([1, 5, cols], Spacing::isotropic(2.296));
    write_slice(path, &vec![value; 5 * cols], layout).unwrap();
}

/// A copy whose folders lost the micro sign.
fn copy(root: &Path) {
    for folder in &manifest().datasets[0].folders {
        crate::write_bytes(&root.join(&folder.path).join("a.dat"), b"data").unwrap();
    }
    for fraction in ["63-100um", "100-250um"] {
        for z in 0..3 {
            let name = format!("SlagCharacterization/tiff_stitch_{fraction}/s_{z}.tif");
            slice(&root.join(name), 6, z);
        }
    }
}

fn verify(root: &Path) -> VerifyReport {
    manifest().verify("lithium-slag", root, &Silent).unwrap()
}

fn failures(report: &VerifyReport) -> Vec<&str> {
    report
        .checks
        .iter()
        .filter(|c| c.outcome == Outcome::Failed)
        .map(|c| c.detail.as_str())
        .collect()
}

#[test]
fn a_whole_copy_is_locked_and_a_change_is_seen() {
    let root = tempfile::tempdir().unwrap();
    copy(root.path());
    let first = verify(root.path());
    assert!(first.passed(), "{first:#?}");
    assert!(root.path().join(LOCK_FILE).is_file());
    let second = verify(root.path());
    assert!(second.passed(), "{second:#?}");
    let lock = second.checks.last().unwrap();
    assert_eq!(lock.outcome, Outcome::Passed);
    assert!(lock.detail.contains("9 files"), "{}", lock.detail);

    let changed = "SlagCharacterization/tiff_stitch_63-100um/s_1.tif";
    slice(&root.path().join(changed), 6, 77);
    let third = verify(root.path());
    assert_eq!(failures(&third), [format!("changed: {changed}")]);
}

#[test]
fn missing_folders_slices_and_wrong_sizes_fail_without_a_lock() {
    let root = tempfile::tempdir().unwrap();
    copy(root.path());
    fs::remove_dir_all(root.path().join("MLA/Images")).unwrap();
    let stack = root
        .path()
        .join("SlagCharacterization/tiff_stitch_63-100um");
    fs::remove_file(stack.join("s_1.tif")).unwrap();
    slice(&stack.join("s_3.tif"), 6, 0);
    slice(
        &root
            .path()
            .join("SlagCharacterization/tiff_stitch_100-250um/s_2.tif"),
        7,
        0,
    );
    let report = verify(root.path());
    let failures = failures(&report);
    assert_eq!(failures.len(), 3, "{report:#?}");
    assert_eq!(failures[0], "missing");
    assert!(failures[1].contains("number 1"), "{}", failures[1]);
    assert!(failures[2].contains("7 x 5 pixels"), "{}", failures[2]);
    assert!(!root.path().join(LOCK_FILE).exists());
}

#[test]
fn published_checksums_are_compared() {
    let root = tempfile::tempdir().unwrap();
    copy(root.path());
    let mut manifest = manifest();
    let entry = |path: &str, bytes, sha256: Option<&str>| super::super::FileEntry {
        path: path.to_owned(),
        bytes,
        sha256: sha256.map(str::to_owned),
    };
    let sum = crate::sha256_of_bytes(b"data");
    manifest.datasets[0].files = vec![
        entry("MLA/Images/a.dat", Some(4), Some(&sum)),
        entry("MLA/Images/a.dat", Some(5), None),
        entry("MLA/Images/b.dat", None, None),
    ];
    let report = manifest
        .verify("lithium-slag", root.path(), &Silent)
        .unwrap();
    assert_eq!(failures(&report), ["4 bytes, expected 5", "missing"]);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let error = manifest()
        .verify("lithium-slag", Path::new("nowhere"), &Silent)
        .unwrap_err();
    assert!(matches!(error, Error::Read { .. }));
}
