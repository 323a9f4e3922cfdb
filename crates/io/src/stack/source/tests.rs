use super::*;

fn touch(folder: &Path, names: &[&str]) {
    for name in names {
        fs::write(folder.join(name), b"II\x2a\0").unwrap();
    }
}

fn names(found: &Found) -> Vec<String> {
    let name = |f: &PathBuf| f.file_name().unwrap().to_string_lossy().into_owned();
    found.files.iter().map(name).collect()
}

#[test]
fn slices_come_in_natural_order_even_below_a_folder_with_brackets() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("run [3]");
    fs::create_dir(&odd).unwrap();
    touch(
        &odd,
        &[
            "s_10.tif",
            "s_8.tif",
            "s_9.tif",
            "notes.txt",
            "._s_8.tif",
            "Thumbs.db",
        ],
    );
    let expected = ["s_8.tif", "s_9.tif", "s_10.tif"];
    assert_eq!(names(&files(&odd.join("s_*.tif")).unwrap()), expected);
    let all = files(&odd).unwrap();
    assert_eq!(names(&all), expected);
    for left_out in ["notes.txt", "._s_8.tif", "Thumbs.db"] {
        assert!(all.notes[0].contains(left_out), "{:?}", all.notes);
    }
    assert_eq!(names(&files(&odd.join("*")).unwrap()), expected);
}

#[test]
fn endings_cases_slashes_and_accents_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let ct = folder.path().join("Kno\u{308}pfe");
    fs::create_dir(&ct).unwrap();
    touch(&ct, &["Slice_1.TIF", "Slice_2.tiff", "Slice_3.tif"]);
    for pattern in [
        "Kno\u{308}pfe/Slice_*.tif",
        "Kn\u{f6}pfe/Slice_*.tif",
        "kn\u{f6}pfe\\slice_*.tif",
        "KN\u{d6}PFE",
    ] {
        let found = files(&folder.path().join(pattern));
        let found = found.unwrap_or_else(|e| panic!("{pattern}: {e}"));
        assert_eq!(
            names(&found),
            ["Slice_1.TIF", "Slice_2.tiff", "Slice_3.tif"],
            "{pattern}"
        );
        assert!(
            !found.notes.is_empty() || !pattern.contains('*'),
            "{pattern}"
        );
    }
}

#[test]
fn no_match_says_which_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let error = files(&folder.path().join("slice_*.tif")).unwrap_err();
    assert!(matches!(error, Error::NoSlices { .. }));
    assert!(error.to_string().contains("slice_*.tif"), "{error}");
    touch(folder.path(), &["scan[1]_10.tif", "scan[1]_9.tif"]);
    let error = files(&folder.path().join("scan_%04d.tif")).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("holds 2 images, such as scan[1]_9.tif"),
        "{error}"
    );
    let literal = files(&folder.path().join("scan[1]_*.tif")).unwrap();
    assert_eq!(names(&literal), ["scan[1]_9.tif", "scan[1]_10.tif"]);
    assert!(
        literal.notes[0].contains("taken as letters"),
        "{:?}",
        literal.notes
    );
    let error = files(&folder.path().join("none/slice_*.tif")).unwrap_err();
    assert!(error.to_string().contains("there is no folder"), "{error}");
    for file in ["scan[1]_10.tif", "scan[1]_9.tif"] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    let error = || files(folder.path()).unwrap_err().to_string();
    for part in ["part1", "part2"] {
        let part = folder.path().join(part);
        fs::create_dir(&part).unwrap();
        touch(&part, &["s_1.tif", "s_2.tif"]);
    }
    assert!(
        error().contains("part1 (2 files), part2 (2 files)"),
        "{}",
        error()
    );
    fs::write(folder.path().join("a.dcm"), b"x").unwrap();
    let error = files(folder.path()).unwrap_err().to_string();
    assert!(error.contains("a.dcm"), "{error}");
}

#[test]
fn parts_of_a_stack_in_several_folders_are_joined_when_they_are_numbered_through() {
    let folder = tempfile::tempdir().unwrap();
    let part = |part: &str, names: &[&str]| {
        let part = folder.path().join(part);
        fs::create_dir_all(&part).unwrap();
        touch(&part, names);
    };
    part("part1", &["s_1.tif", "s_2.tif"]);
    part("part2", &["s_1.tif", "s_2.tif"]);
    let pattern = folder.path().join("part*/*.tif");
    let error = files(&pattern).unwrap_err().to_string();
    assert!(error.contains("number them through"), "{error}");
    for i in 1..3 {
        let part = folder.path().join("part2");
        let renamed = part.join(format!("s_{}.tif", i + 2));
        fs::rename(part.join(format!("s_{i}.tif")), renamed).unwrap();
    }
    let expected = ["s_1.tif", "s_2.tif", "s_3.tif", "s_4.tif"];
    assert_eq!(names(&files(&pattern).unwrap()), expected);
    let half = files(&folder.path().join("part1")).unwrap();
    assert_eq!(half.notes, Vec::<String>::new());
    part("part1/rest", &["s_3.tif"]);
    let half = files(&folder.path().join("part1")).unwrap();
    assert!(half.notes[0].contains("rest (1 files)"), "{:?}", half.notes);
}

#[cfg(unix)]
#[test]
fn devices_are_refused_at_once() {
    assert!(matches!(
        files(Path::new("/dev/zero")),
        Err(Error::NotAFile { .. })
    ));
}
