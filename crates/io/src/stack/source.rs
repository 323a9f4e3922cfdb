//! Which files make a stack.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::{Error, natural};

fn is_tiff(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| e.eq_ignore_ascii_case("tif") || e.eq_ignore_ascii_case("tiff"))
}

/// The pattern with its leading folders that exist taken literally: a project may lie in a folder
/// whose name holds `[` or `*`.
fn escaped(pattern: &Path) -> String {
    let mut literal = PathBuf::new();
    let mut rest = PathBuf::new();
    for component in pattern.components() {
        let longer = literal.join(component);
        if rest.as_os_str().is_empty()
            && (matches!(component, Component::Prefix(_) | Component::RootDir)
                || longer.symlink_metadata().is_ok())
        {
            literal = longer;
        } else {
            rest.push(component);
        }
    }
    let prefix = glob::Pattern::escape(&literal.to_string_lossy());
    PathBuf::from(prefix)
        .join(rest)
        .to_string_lossy()
        .into_owned()
}

/// The files of a stack in the order of their slices: those that a glob pattern matches, all TIFF
/// files of a folder, or one file.
pub(super) fn files(pattern_or_folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = if pattern_or_folder.is_dir() {
        let entries = fs::read_dir(pattern_or_folder).map_err(Error::read(pattern_or_folder))?;
        entries
            .map(|entry| entry.map(|e| e.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::read(pattern_or_folder))?
            .into_iter()
            .filter(|path| is_tiff(path))
            .collect()
    } else if pattern_or_folder.is_file() {
        vec![pattern_or_folder.to_owned()]
    } else {
        glob::glob(&escaped(pattern_or_folder))
            .map_err(|e| Error::Pattern {
                pattern: pattern_or_folder.to_owned(),
                reason: e.msg.to_owned(),
            })?
            .map(|entry| {
                entry.map_err(|e| Error::Read {
                    path: e.path().to_owned(),
                    reason: e.into(),
                })
            })
            .collect::<Result<_, _>>()?
    };
    if files.is_empty() {
        return Err(Error::NoSlices {
            pattern: pattern_or_folder.to_owned(),
        });
    }
    files.sort_by(|a, b| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    check_complete(&files)?;
    Ok(files)
}

/// Fails when the numbers in the names are not evenly spaced. Names that are not numbered through
/// are taken as they come.
fn check_complete(files: &[PathBuf]) -> Result<(), Error> {
    let names: Vec<_> = files.iter().map(|f| f.to_string_lossy()).collect();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let Some(numbers) = natural::counting_numbers(&names) else {
        return Ok(());
    };
    let steps = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
    // The most frequent small step: a stack may be thinned out evenly.
    let step = steps().filter(|s| *s > 0).min().unwrap_or(1);
    match steps().position(|s| s != step) {
        None => Ok(()),
        Some(before) => {
            let name = |i: usize| {
                Path::new(names[i])
                    .file_name()
                    .map_or_else(String::new, |n| n.to_string_lossy().into_owned())
            };
            Err(Error::SliceGap {
                before: name(before),
                before_number: numbers[before],
                expected_number: numbers[before] + step,
                after: name(before + 1),
                after_number: numbers[before + 1],
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(folder: &Path, names: &[&str]) {
        for name in names {
            fs::write(folder.join(name), b"").unwrap();
        }
    }

    fn names(files: &[PathBuf]) -> Vec<&str> {
        files
            .iter()
            .map(|f| f.file_name().unwrap().to_str().unwrap())
            .collect()
    }

    #[test]
    fn slices_come_in_natural_order_even_below_a_folder_with_brackets() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("run [3]");
        fs::create_dir(&odd).unwrap();
        touch(&odd, &["s_10.tif", "s_8.tif", "s_9.tif", "notes.txt"]);
        let expected = ["s_8.tif", "s_9.tif", "s_10.tif"];
        assert_eq!(names(&files(&odd.join("s_*.tif")).unwrap()), expected);
        assert_eq!(names(&files(&odd).unwrap()), expected);
    }

    #[test]
    fn no_match_says_which_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let error = files(&folder.path().join("slice_*.tif")).unwrap_err();
        assert!(matches!(error, Error::NoSlices { .. }));
        assert!(error.to_string().contains("slice_*.tif"), "{error}");
    }

    #[test]
    fn a_missing_slice_is_named_and_even_thinning_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), &["s_0.tif", "s_2.tif", "s_4.tif"]);
        assert_eq!(files(folder.path()).unwrap().len(), 3);
        touch(folder.path(), &["s_1.tif", "s_3.tif"]);
        assert_eq!(files(folder.path()).unwrap().len(), 5);
        fs::remove_file(folder.path().join("s_1.tif")).unwrap();
        let error = files(folder.path()).unwrap_err();
        assert!(
            matches!(
                &error,
                Error::SliceGap {
                    expected_number: 1,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn a_slice_that_is_there_twice_is_named() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), &["s_1.tif", "s_01.tif", "s_2.tif"]);
        assert!(matches!(files(folder.path()), Err(Error::SliceGap { .. })));
    }
}
