//! Patterns of file names, below folders whose own names may hold the signs of patterns.

use std::path::{Component, Path, PathBuf};

use crate::Error;

/// The leading folders of a pattern that exist, which are taken literally, and the rest.
fn parted(pattern: &Path) -> (PathBuf, PathBuf) {
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
    (literal, rest)
}

/// The pattern with its leading folders that exist taken literally: a project may lie in a folder
/// whose name holds `[` or `*`.
pub(crate) fn escaped(pattern: &Path) -> String {
    let (literal, rest) = parted(pattern);
    PathBuf::from(glob::Pattern::escape(&literal.to_string_lossy()))
        .join(rest)
        .to_string_lossy()
        .into_owned()
}

/// Whether a path that is no file and no folder is a pattern.
pub(crate) fn is_pattern(path: &Path) -> bool {
    parted(path).1.to_string_lossy().contains(['*', '?', '['])
}

/// The files and folders that an escaped pattern matches; `shown` is that of messages.
///
/// # Errors
/// [`Error::Pattern`], [`Error::Read`].
pub(crate) fn glob_files(escaped: &str, shown: &Path) -> Result<Vec<PathBuf>, Error> {
    glob::glob(escaped)
        .map_err(|e| Error::Pattern {
            pattern: shown.to_owned(),
            reason: e.msg.to_owned(),
        })?
        .map(|entry| {
            entry.map_err(|e| Error::Read {
                path: e.path().to_owned(),
                reason: e.into(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_patterns_in_folders_that_exist_are_letters() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("run [3]");
        std::fs::create_dir(&odd).unwrap();
        std::fs::write(odd.join("a_1.png"), b"x").unwrap();
        let pattern = odd.join("a_*.png");
        let found = glob_files(&escaped(&pattern), &pattern).unwrap();
        assert_eq!(found, [odd.join("a_1.png")]);
        assert!(is_pattern(&pattern));
        assert!(!is_pattern(&odd.join("a_1.png")) && !is_pattern(&odd.join("b.png")));
    }
}
