//! A data set that comes as it should.

use std::path::Path;

use corelith_core::Silent;
use corelith_fetch::{FetchOptions, State, fetch};
use corelith_io::{Manifest, Outcome, read_json, write_json};

use crate::archives::{gz, tar_of, zip};
use crate::repository::{Deposit, Repository};
use crate::{data, dataset, fetch_all, noise, options, tree};

/// Archives packed at three levels, and loose files.
fn deposits() -> Vec<Deposit> {
    let slice = noise(70_000, 1);
    vec![
        Deposit::new("README.txt", b"about the data"),
        Deposit::new(
            "MLA.zip",
            &zip(&[
                ("Images/map.png", &noise(5000, 2)),
                ("Datasources/SPP2315_GXMAP/a.dat", b"points"),
                ("Mineral Lists/2022_10_04_LiSlag_Cindy/list.csv", b"names"),
                ("__MACOSX/Images/._map.png", b"fork"),
                ("Images/.DS_Store", b"icons"),
            ]),
        ),
        Deposit::new(
            "fine.tar.gz",
            &gz(&tar_of(&[("tiff_stitch_63-100\u{b5}m/s_0.tif", &slice)])),
        ),
        Deposit::new(
            "tiff_stitch_100-250\u{b5}m.tar",
            &tar_of(&[("s_0.tif", &noise(900, 3)), ("s_1.tif", &noise(900, 4))]),
        ),
        Deposit::new("empty.txt", b""),
    ]
}

#[test]
fn a_data_set_comes_whole_and_is_not_fetched_twice() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::of(&deposits());
    let report = fetch_all(folder.path(), &repository).unwrap();
    let files = data(folder.path());
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        [
            "MLA/Datasources/SPP2315_GXMAP/a.dat",
            "MLA/Images/map.png",
            "MLA/Mineral Lists/2022_10_04_LiSlag_Cindy/list.csv",
            "README.txt",
            "SlagCharacterization/tiff_stitch_100-250\u{b5}m/s_0.tif",
            "SlagCharacterization/tiff_stitch_100-250\u{b5}m/s_1.tif",
            "SlagCharacterization/tiff_stitch_63-100\u{b5}m/s_0.tif",
            "empty.txt",
        ]
    );
    assert_eq!(files["MLA/Images/map.png"], noise(5000, 2));
    assert_eq!(report.title.as_deref(), Some("Slag particles"));
    assert_eq!(report.files[1].path, "MLA");
    assert_eq!(report.files[1].unpacked_files, Some(3));
    assert_eq!(report.files[1].left_out.len(), 2);
    assert!(report.files.iter().all(|f| f.checked.is_some()));
    // Nothing but the data and the lock.
    assert_eq!(tree(folder.path()).len(), files.len() + 1);
    assert_eq!(repository.downloads().len(), 4);

    let again = fetch_all(folder.path(), &repository).unwrap();
    assert!(again.files.iter().all(|f| f.state == State::AlreadyThere));
    assert_eq!(again.files[1].path, "MLA");
    assert_eq!(repository.downloads().len(), 4);

    // What was lost is fetched again, and only that.
    std::fs::remove_file(folder.path().join("MLA/Images/map.png")).unwrap();
    fetch_all(folder.path(), &repository).unwrap();
    assert_eq!(repository.downloads().len(), 5);
    assert_eq!(data(folder.path()), files);
}

#[test]
fn verification_reads_what_fetching_learned() {
    let folder = tempfile::tempdir().unwrap();
    fetch_all(folder.path(), &Repository::of(&deposits())).unwrap();
    let lock_check = || {
        let manifest = Manifest::built_in().unwrap();
        let report = manifest
            .verify("lithium-slag", folder.path(), &Silent)
            .unwrap();
        report.checks.last().unwrap().clone()
    };
    let check = lock_check();
    assert_eq!(check.outcome, Outcome::Passed, "{check:?}");
    assert!(check.detail.contains("8 files"), "{check:?}");
    std::fs::write(folder.path().join("README.txt"), b"About the data").unwrap();
    let check = lock_check();
    assert_eq!(check.outcome, Outcome::Failed, "{check:?}");
    assert!(check.detail.contains("README.txt"), "{check:?}");
}

#[test]
fn patterns_choose_and_archives_may_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::of(&deposits());
    let mut options = options(folder.path(), &repository);
    options.only = vec!["readme*".to_owned(), "*.ZIP".to_owned()];
    options.unpack = false;
    let report = fetch(&dataset(), &options, &Silent).unwrap();
    assert_eq!(report.not_asked_for.len(), 3);
    let files = data(folder.path());
    assert_eq!(files.keys().collect::<Vec<_>>(), ["MLA.zip", "README.txt"]);

    // Later it is unpacked from where it is, and stays.
    options.unpack = true;
    let report = fetch(&dataset(), &options, &Silent).unwrap();
    assert_eq!(report.files[1].state, State::AlreadyThere);
    assert_eq!(repository.downloads().len(), 2);
    let files = data(folder.path());
    assert!(files.contains_key("MLA.zip") && files.contains_key("MLA/Images/map.png"));

    options.only = vec!["*.h5".to_owned()];
    let error = fetch(&dataset(), &options, &Silent).unwrap_err();
    assert!(error.to_string().contains("MLA.zip"), "{error}");
}

#[test]
fn a_report_can_be_written_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let report = fetch_all(folder.path(), &Repository::of(&deposits())).unwrap();
    let path = folder.path().join("report.json");
    write_json(&path, &report).unwrap();
    let value: serde_json::Value = read_json(&path).unwrap();
    assert_eq!(value["files"][0]["state"]["how"], "downloaded");
    assert_eq!(value["files"][2]["unpacked_files"], 1);
}

#[test]
fn a_repository_of_another_kind_is_refused() {
    let mut other = dataset();
    other.api = "zenodo".to_owned();
    let error = fetch(&other, &FetchOptions::new(Path::new("nowhere")), &Silent).unwrap_err();
    assert!(
        error.to_string().contains("`zenodo`, expected `dspace7`"),
        "{error}"
    );
}
