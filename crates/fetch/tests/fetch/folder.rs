//! What is in the folder already.

use corelith_core::Silent;
use corelith_fetch::{FetchError, State, fetch};

use crate::archives::zip;
use crate::repository::{Deposit, Repository};
use crate::{data, dataset, fetch_all, options, tree};

#[test]
fn a_file_of_somebody_else_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let archive = zip(&[
        ("MLA/Images/a.txt", b"published"),
        ("MLA/Images/b.txt", b"b"),
    ]);
    for (deposit, path) in [
        (Deposit::new("a.txt", b"published"), "a.txt"),
        (Deposit::new("x.zip", &archive), "MLA/Images/a.txt"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        for mine in ["mine", "MyOwnText"] {
            std::fs::write(&path, mine).unwrap();
            let repository = Repository::of(std::slice::from_ref(&deposit));
            let error = fetch_all(folder.path(), &repository).unwrap_err();
            assert!(matches!(error, FetchError::InTheWay { .. }), "{error:?}");
            assert!(error.help().unwrap().contains("move it"));
            assert_eq!(std::fs::read(&path).unwrap(), mine.as_bytes());
            assert!(!folder.path().join("MLA/Images/b.txt").exists());
        }
        // The same content is taken over, the rest is added.
        std::fs::write(&path, "published").unwrap();
        fetch_all(folder.path(), &Repository::of(&[deposit])).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"published");
    }
    assert!(folder.path().join("MLA/Images/b.txt").exists());
}

#[test]
fn a_file_that_was_downloaded_by_hand_is_not_downloaded_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), b"published").unwrap();
    let repository = Repository::of(&[Deposit::new("a.txt", b"published")]);
    let report = fetch_all(folder.path(), &repository).unwrap();
    assert_eq!(report.files[0].state, State::AlreadyThere);
    assert!(repository.downloads().is_empty());
    assert_eq!(tree(folder.path()).len(), 2);
}

#[test]
fn a_new_version_replaces_what_was_fetched_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let version = |text: &[u8]| {
        [
            Deposit::new("a.txt", text),
            Deposit::new("x.zip", &zip(&[("x/b.txt", text)])),
        ]
    };
    fetch_all(folder.path(), &Repository::of(&version(b"old"))).unwrap();
    fetch_all(folder.path(), &Repository::of(&version(b"newer"))).unwrap();
    let files = data(folder.path());
    assert_eq!(files["a.txt"], b"newer");
    assert_eq!(files["x/b.txt"], b"newer");

    std::fs::write(folder.path().join("a.txt"), b"my notes").unwrap();
    let error = fetch_all(folder.path(), &Repository::of(&version(b"newest"))).unwrap_err();
    assert!(matches!(error, FetchError::InTheWay { .. }), "{error:?}");
    assert_eq!(data(folder.path())["a.txt"], b"my notes");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_links() {
    let outside = tempfile::tempdir().unwrap();
    for link in ["MLA", "MLA/Images", ".corelith-fetch"] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join(link);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(outside.path(), &at).unwrap();
        let deposit = Deposit::new("x.zip", &zip(&[("MLA/Images/a.txt", b"text")]));
        let error = fetch_all(folder.path(), &Repository::of(&[deposit])).unwrap_err();
        assert!(matches!(error, FetchError::InTheWay { .. }), "{error:?}");
        assert!(error.to_string().contains("a link"), "{error}");
        assert!(tree(outside.path()).is_empty(), "{link}");
    }
    // The last part of a path.
    let victim = outside.path().join("victim.txt");
    std::fs::write(&victim, b"mine").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&victim, folder.path().join("a.txt")).unwrap();
    let deposit = Deposit::new("a.txt", b"text");
    fetch_all(folder.path(), &Repository::of(&[deposit])).unwrap_err();
    assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
}

#[test]
fn a_folder_of_another_data_set_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::of(&[Deposit::new("a.txt", b"text")]);
    fetch_all(folder.path(), &repository).unwrap();
    let mut other = dataset();
    other.name = "copper-slag".to_owned();
    let error = fetch(&other, &options(folder.path(), &repository), &Silent).unwrap_err();
    assert!(
        matches!(error, FetchError::OtherDataset { .. }),
        "{error:?}"
    );
}

#[test]
fn two_fetches_do_not_meet_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join(".corelith-fetch");
    std::fs::create_dir(&work).unwrap();
    let marker = std::fs::File::create(work.join("in-use")).unwrap();
    marker.lock().unwrap();
    let repository = Repository::of(&[Deposit::new("a.txt", b"text")]);
    let error = fetch_all(folder.path(), &repository).unwrap_err();
    assert!(matches!(error, FetchError::InUse { .. }), "{error:?}");
    // What a killed fetch left is no hindrance.
    drop(marker);
    fetch_all(folder.path(), &repository).unwrap();
}

#[test]
fn two_archives_that_hold_different_files_of_one_name_are_told() {
    let fetch_both = |second: &str, text: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            Deposit::new("x.zip", &zip(&[("notes/a.txt", b"first")])),
            Deposit::new("y.zip", &zip(&[(second, text)])),
        ];
        let result = fetch_all(folder.path(), &Repository::of(&files)).map(|_| ());
        assert_eq!(data(folder.path())["notes/a.txt"], b"first");
        result
    };
    for (second, text) in [("notes/a.txt", b"other"), ("notes/A.txt", b"first")] {
        let error = fetch_both(second, text).unwrap_err();
        assert!(matches!(error, FetchError::Collision { .. }), "{error:?}");
    }
    fetch_both("notes/a.txt", b"first").unwrap();
}
