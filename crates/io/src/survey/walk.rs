//! The files below a folder.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use corelith_core::Progress;

use crate::stack::is_zarr;
use crate::{Error, natural};

/// Folders within folders that are looked at.
const DEPTH_MAX: usize = 16;

/// More files than this are no sample but a disk.
const FILES_MAX: usize = 500_000;

/// A file below the folder that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundFile {
    /// Folders below the one that is looked at, joined by `/`; empty for the folder itself.
    pub folder: String,
    pub name: String,
}

impl FoundFile {
    /// As it is written in a project file.
    pub(super) fn path(&self) -> String {
        joined(&self.folder, &self.name)
    }

    /// The ending in lower case, without its dot; empty where there is none.
    pub(super) fn ending(&self) -> String {
        match self.name.rsplit_once('.') {
            Some((_, ending)) => ending.to_lowercase(),
            None => String::new(),
        }
    }
}

/// A path below a folder, parts joined by `/`.
pub(super) fn joined(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// What an error says, with the paths in it from the folder on, as a project file has them.
pub(super) fn said(root: &Path, error: &Error) -> String {
    let text = error.to_string();
    match root.to_str() {
        Some("") | None => text,
        Some(root) => text.replace(&format!("{}/", root.trim_end_matches('/')), ""),
    }
}

/// What lies below a folder.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// In the order in which a person counts.
    pub files: Vec<FoundFile>,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
}

/// Pages of this program, whose pictures lie in `figures` beside them.
const PAGES: [&str; 3] = ["check.html", "report.html", "comparison.html"];

/// What programs put beside data, and what this one made from them: results, and pages.
fn is_passed_over(folder: &Path, name: &str) -> bool {
    let is_page =
        || folder.join("figures").is_dir() && PAGES.iter().any(|page| folder.join(page).is_file());
    name.starts_with('.')
        || name == "__MACOSX"
        || folder.join("stages/import.json").is_file()
        || is_page()
}

/// A folder that the user names where the program runs, not in a project file.
fn no_folder(root: &Path, reason: io::Error) -> Error {
    let reason = match reason.kind() {
        io::ErrorKind::NotFound => io::Error::other(
            "there is no such folder; name the folder that holds the CT and the mineral maps",
        ),
        io::ErrorKind::NotADirectory => {
            io::Error::other("it is a file; name the folder that holds the CT and the mineral maps")
        }
        _ => reason,
    };
    Error::read(root)(reason)
}

/// Lists all files below `root`. Hidden ones, and what earlier runs made, are left out.
///
/// # Errors
/// [`Error::Read`] for `root` itself, cancellation. A folder below it that cannot be read is a
/// note.
pub(super) fn files_below(root: &Path, progress: &dyn Progress) -> Result<Walk, Error> {
    let mut walk = Walk::default();
    let mut seen = BTreeSet::new();
    let mut pending: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, below, depth)) = pending.pop() {
        progress.check()?;
        // A link to a folder above would lead round for ever.
        if let Ok(real) = fs::canonicalize(&folder)
            && !seen.insert(real)
        {
            continue;
        }
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(reason) if depth == 0 => return Err(no_folder(root, reason)),
            Err(reason) => {
                walk.notes
                    .push(format!("the folder {below} cannot be read: {reason}"));
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                walk.notes.push(format!(
                    "{} is left out: its name is no Unicode text, which a project file cannot hold",
                    path.display()
                ));
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            if name.contains(char::is_control) {
                walk.notes.push(format!(
                    "{:?} is left out: its name holds a control character",
                    joined(&below, &name)
                ));
                continue;
            }
            // Through links: laboratories keep scans on other disks.
            let Ok(found) = fs::metadata(&path) else {
                continue;
            };
            if found.is_dir() {
                if is_zarr(&path) {
                    // One volume, whatever files its chunks are in.
                    walk.files.push(FoundFile {
                        folder: below.clone(),
                        name,
                    });
                    continue;
                }
                let below = joined(&below, &name);
                if depth + 1 > DEPTH_MAX {
                    walk.notes.push(format!(
                        "the folder {below} is not looked at: it lies too deep"
                    ));
                } else if !is_passed_over(&path, &name) {
                    pending.push((path, below, depth + 1));
                }
            } else if found.is_file() {
                walk.files.push(FoundFile {
                    folder: below.clone(),
                    name,
                });
            }
        }
        if walk.files.len() > FILES_MAX {
            return Err(Error::Read {
                path: root.to_owned(),
                reason: io::Error::other(format!(
                    "more than {FILES_MAX} files lie below it; name the folder of one sample"
                )),
            });
        }
    }
    walk.files
        .sort_by(|a, b| natural::compare(&a.path(), &b.path()));
    walk.notes.sort();
    Ok(walk)
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;

    use super::*;

    #[test]
    fn hidden_files_results_and_rings_of_links_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in [
            "b/x_10.tif",
            "b/x_9.tif",
            "b/._x_9.tif",
            ".hidden/y.tif",
            "results/stages/import.json",
            "results/import/ct.tif",
            "check/check.html",
            "check/figures/map_map_0.png",
            "__MACOSX/z.tif",
        ] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), b"").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root, root.join("b/round")).unwrap();
        let walk = files_below(root, &Silent).unwrap();
        let paths: Vec<String> = walk.files.iter().map(FoundFile::path).collect();
        assert_eq!(paths, ["b/x_9.tif", "b/x_10.tif"]);
        let missing = files_below(&root.join("none"), &Silent).unwrap_err();
        let missing = missing.to_string();
        assert!(
            missing.contains("none: there is no such folder"),
            "{missing}"
        );
        assert!(!missing.contains("project file"), "{missing}");
        let file = files_below(&root.join("b/x_9.tif"), &Silent).unwrap_err();
        assert!(file.to_string().contains("it is a file"), "{file}");
    }
}
