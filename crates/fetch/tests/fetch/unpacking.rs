//! Archives that are not what they should be.

use std::path::Path;

use corelith_core::Silent;
use corelith_fetch::{FetchError, State, fetch};
use tar::EntryType;

use crate::archives::{ZipEntry, gz, replace, tar, tar_entry, tar_of, zip, zip_listing, zip_of};
use crate::repository::{Deposit, Repository};
use crate::{data, dataset, fetch_all, noise, options, tree};

const LIMIT: u64 = 1 << 20;

/// Fetches an archive that is refused: nothing of it appears, inside or outside, and it can be had
/// as it is without another download.
fn refused(name: &str, archive: &[u8]) -> FetchError {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("a/b/data");
    let repository = Repository::of(&[Deposit::new(name, archive)]);
    let mut options = options(&folder, &repository);
    options.unpacked_limit_bytes = Some(LIMIT);
    let error = fetch(&dataset(), &options, &Silent).unwrap_err();
    let left = tree(outer.path());
    assert!(
        left.len() == 1 && left.keys().all(|path| path.ends_with(".part")),
        "{:?}",
        left.keys()
    );
    assert!(error.help().unwrap().contains("--no-unpack"), "{error:?}");
    options.unpack = false;
    fetch(&dataset(), &options, &Silent).unwrap();
    assert_eq!(data(&folder)[name], archive);
    assert_eq!(repository.downloads().len(), 1);
    error
}

fn assert_entry(error: &FetchError, problem: &str) {
    assert!(matches!(error, FetchError::Entry { .. }), "{error:?}");
    assert!(error.to_string().contains(problem), "{error}");
}

const HOSTILE: [(&str, &str); 12] = [
    ("../outside.txt", ".."),
    ("x/../../outside.txt", ".."),
    ("..\\..\\outside.txt", ".."),
    ("/tmp/corelith-outside.txt", "absolute"),
    ("\\\\server\\share\\a.txt", "absolute"),
    ("C:\\outside.txt", "drive letter"),
    ("c:outside.txt", "drive letter"),
    ("x/NUL.tif", "device"),
    ("COM1", "device"),
    ("a.txt:stream", "`:`"),
    ("x/corelith-lock.toml", "keeps for itself"),
    ("a\tb.txt", "control character"),
];

#[test]
fn hostile_names_in_archives_are_refused() {
    for (name, problem) in HOSTILE {
        let error = refused("x.zip", &zip(&[("good.txt", b"good"), (name, b"bad")]));
        assert_entry(&error, problem);
        let entries = [
            tar_entry(b"good.txt", EntryType::Regular, "", b"good"),
            tar_entry(name.as_bytes(), EntryType::Regular, "", b"bad"),
        ];
        assert_entry(&refused("x.tar", &tar(&entries)), problem);
    }
    let error = refused(
        "x.zip",
        &zip(&[("good.txt", b"good"), ("a\0b.txt", b"bad")]),
    );
    assert!(
        matches!(error, FetchError::Entry { .. } | FetchError::Archive { .. }),
        "{error:?}"
    );
}

#[test]
fn names_that_differ_in_case_alone_are_refused() {
    let files: [(&str, &[u8]); 2] = [("x/Slice.tif", b"1"), ("x/slice.TIF", b"2")];
    assert_entry(&refused("x.zip", &zip(&files)), "same file or folder");
    assert_entry(
        &refused("x.tgz", &gz(&tar_of(&files))),
        "same file or folder",
    );
    let nested: [(&str, &[u8]); 2] = [("x/a", b"1"), ("x/a/b", b"2")];
    assert_entry(&refused("x.tar", &tar_of(&nested)), "same file or folder");
    let twice: [(&str, &[u8]); 2] = [("x/a", b"1"), ("x/a", b"2")];
    assert_entry(&refused("x.tar", &tar_of(&twice)), "same file or folder");
    assert_entry(&refused("x.zip", &zip(&twice)), "same file or folder");
}

#[test]
fn links_and_devices_are_refused() {
    let link = ZipEntry {
        mode: 0o120_777,
        ..ZipEntry::file("link", b"/etc")
    };
    let archive = zip_of(&[ZipEntry::file("readme.txt", b"text"), link]);
    assert_entry(&refused("x.zip", &archive), "link or device");
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Fifo,
    ] {
        let entries = [
            tar_entry(b"link", kind, "/etc", b""),
            tar_entry(b"link/passwd", EntryType::Regular, "", b"bad"),
        ];
        assert_entry(&refused("x.tar.gz", &gz(&tar(&entries))), "link or device");
    }
}

#[test]
fn bombs_are_refused_by_what_they_declare_and_by_what_they_hold() {
    let zeros = vec![0; 2 << 20];
    let too_large = |error: &FetchError| matches!(error, FetchError::TooLarge { .. });
    let error = refused("x.zip", &zip(&[("a", &zeros)]));
    assert!(too_large(&error), "{error:?}");
    assert!(error.help().unwrap().contains("--unpack-limit"));
    // Each file alone is within the limit.
    let half = &zeros[..700_000];
    let error = refused("x.zip", &zip(&[("a", half), ("b", half)]));
    assert!(too_large(&error), "{error:?}");
    let error = refused("x.tgz", &gz(&tar_of(&[("a", half), ("b", half)])));
    assert!(too_large(&error), "{error:?}");
    let error = refused("x.tgz", &gz(&tar_of(&[("a", &zeros)])));
    assert!(too_large(&error), "{error:?}");
    // Declares more than there is.
    let declaring = |bytes: u64| {
        zip_of(&[ZipEntry {
            declared: Some(bytes),
            ..ZipEntry::file("lie.bin", half)
        }])
    };
    let error = refused("x.zip", &declaring(u64::from(u32::MAX) - 1));
    assert!(too_large(&error), "{error:?}");
    // Declares less than there is.
    let error = refused("x.zip", &declaring(10));
    assert!(matches!(error, FetchError::Entry { .. }), "{error:?}");
    // Entries that share their bytes.
    let error = refused(
        "x.zip",
        &zip_listing(
            &[ZipEntry::file("a", b"text"), ZipEntry::file("b", b"b")],
            &[0, 1, 1],
        ),
    );
    assert!(matches!(error, FetchError::Entry { .. }), "{error:?}");
    let mut shared = zip_listing(&[ZipEntry::file("aa", b"text")], &[0, 0]);
    let second = shared.windows(2).rposition(|pair| pair == b"aa").unwrap();
    shared[second] = b'b';
    let error = refused("x.zip", &shared);
    assert!(error.to_string().contains("overlap"), "{error}");
    // A long name of 64 MiB, which would be held in memory.
    let name = vec![b'a'; 64 << 20];
    let entries = [
        tar_entry(b"././@LongLink", EntryType::GNULongName, "", &name),
        tar_entry(b"a", EntryType::Regular, "", b"text"),
    ];
    let error = refused("x.tgz", &gz(&tar(&entries)));
    assert!(matches!(error, FetchError::Archive { .. }), "{error:?}");
    assert!(
        error.to_string().contains("larger than expected"),
        "{error}"
    );
    // Zeros without end behind the end.
    let mut padded = tar_of(&[("a", b"text")]);
    padded.resize(padded.len() + (80 << 20), 0);
    let error = refused("x.tgz", &gz(&padded));
    assert!(matches!(error, FetchError::Archive { .. }), "{error:?}");
}

#[test]
fn encrypted_entries_and_other_methods_are_refused() {
    let entry = |flags, method| {
        zip_of(&[ZipEntry {
            flags,
            method,
            ..ZipEntry::file("a.bin", b"text")
        }])
    };
    assert_entry(&refused("x.zip", &entry(1, 0)), "encrypted");
    assert_entry(&refused("x.zip", &entry(0, 12)), "method 12");
}

#[test]
fn damaged_archives_leave_nothing() {
    let content = noise(50_000, 1);
    let whole = zip(&[("a.bin", b"first"), ("b.bin", &content)]);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    assert_entry(&refused("x.zip", &flipped), "b.bin");
    for cut in [1, 10, whole.len() - 10] {
        let error = refused("x.zip", &whole[..cut]);
        assert!(matches!(error, FetchError::Archive { .. }), "{error:?}");
    }
    let whole = gz(&tar_of(&[("a.bin", b"first"), ("b.bin", &content)]));
    for cut in [20, 30_000, whole.len() - 4] {
        refused("x.tar.gz", &whole[..cut]);
    }
    refused("x.tar.gz", b"<html>not an archive</html>");
    refused("x.tar", &noise(2048, 2));
}

#[test]
fn zip64_and_long_names_are_read() {
    let long = format!("x/{}/{}.tif", "folder".repeat(20), "name".repeat(30));
    let content = noise(3000, 1);
    let zip64 = zip_of(&[
        ZipEntry {
            zip64: true,
            method: 0,
            ..ZipEntry::file(&long, &content)
        },
        ZipEntry::file("x/b.txt", b"b"),
    ]);
    for (name, archive) in [
        ("x.zip", zip64),
        ("x.tar", tar_of(&[(&long, &content), ("x/b.txt", b"b")])),
        (
            "x.tar.gz",
            gz(&tar_of(&[(&long, &content), ("./x/b.txt", b"b")])),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::of(&[Deposit::new(name, &archive)]);
        let report = fetch_all(folder.path(), &repository).unwrap();
        assert!(matches!(report.files[0].state, State::Downloaded { .. }));
        let files = data(folder.path());
        assert_eq!(files[&long], content, "{name}");
        assert_eq!(files["x/b.txt"], b"b");
    }
}

/// A header of the pax format that gives the next entry its name.
fn pax_path(path: &str) -> Vec<u8> {
    let record = format!(" path={path}\n");
    let mut length = record.len() + 1;
    while length.to_string().len() + record.len() != length {
        length = length.to_string().len() + record.len();
    }
    let record = format!("{length}{record}");
    tar_entry(b"pax", EntryType::XHeader, "", record.as_bytes())
}

#[test]
fn names_in_pax_headers_are_not_trusted_either() {
    let entries = |path: &str| {
        tar(&[
            tar_entry(
                b"global",
                EntryType::XGlobalHeader,
                "",
                b"19 comment=nothing\n",
            ),
            pax_path(path),
            tar_entry(b"a.txt", EntryType::Regular, "", b"text"),
        ])
    };
    assert_entry(&refused("x.tar", &entries("../outside.txt")), "..");
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::of(&[Deposit::new("x.tar", &entries("x/\u{b5}.txt"))]);
    fetch_all(folder.path(), &repository).unwrap();
    assert_eq!(data(folder.path())["x/\u{b5}.txt"], b"text");
}

#[test]
fn names_in_old_code_pages_are_read() {
    // The micro sign in Latin-1, as old TAR programs write it, and in the code page of DOS.
    let entry = tar_entry(b"x/63\xb5m.txt", EntryType::Regular, "", b"text");
    let mut dos = zip(&[("x/63_m.txt", b"text")]);
    replace(&mut dos, b"x/63_m.txt", b"x/63\xe6m.txt");
    for (name, archive) in [("x.tar", tar(&[entry])), ("x.zip", dos)] {
        let folder = tempfile::tempdir().unwrap();
        fetch_all(
            folder.path(),
            &Repository::of(&[Deposit::new(name, &archive)]),
        )
        .unwrap();
        assert_eq!(data(folder.path())["x/63\u{b5}m.txt"], b"text", "{name}");
    }
}

#[test]
fn an_archive_without_files_is_told() {
    let folder = tar_entry(b"x/", EntryType::Directory, "", b"");
    let error = refused("x.tar", &tar(&[folder]));
    assert!(error.to_string().contains("holds no files"), "{error}");
    assert!(!Path::new("x").exists());
}
