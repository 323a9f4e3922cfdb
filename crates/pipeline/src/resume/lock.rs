use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use crate::Error;

const FILE: &str = ".lock";

/// Folders within the results that stages write to.
const FOLDERS: [&str; 7] = [
    "import",
    "registration",
    "models",
    "segmentation",
    "stages",
    "figures",
    "tables",
];

/// Who else may hold a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// No one.
    Alone,
    /// Others who say so, too.
    Beside,
}

/// Holds a results folder for one run; given up when dropped, also by a killed program. What such a
/// one was writing is removed.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, which is made where it is missing.
    ///
    /// # Errors
    /// When another run holds it in a way that leaves no room for this one, or the folder or one that
    /// stages write to within it cannot be written to: better now than after a training.
    pub fn take(folder: &Path, hold: Hold) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let open = || {
            fs::create_dir_all(folder)?;
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
        };
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            |reason| Error::from(corelith_io::Error::Write { path, reason })
        };
        let file = open().map_err(unwritable(&path))?;
        for within in FOLDERS.map(|name| folder.join(name)) {
            if within.exists() {
                tempfile::tempfile_in(&within).map_err(unwritable(&within))?;
            }
        }
        let locked = match hold {
            Hold::Alone => file.try_lock(),
            Hold::Beside => file.try_lock_shared(),
        };
        match locked {
            Ok(()) => {
                // Files of others who are at work would look the same.
                if hold == Hold::Alone
                    && let Err(error) = corelith_io::remove_left_over(folder)
                {
                    tracing::warn!("files of a killed run may be left: {error}");
                }
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(Error::InUse {
                folder: folder.to_owned(),
            }),
            // Some network file systems have no locks; a run there is as safe as it can be.
            Err(TryLockError::Error(error)) => {
                tracing::warn!("{} cannot be locked: {error}", path.display());
                Ok(Self { _file: file })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_within_that_cannot_be_written_to_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("import")).unwrap();
        // As no right is denied to an administrator, a file stands where a folder should.
        fs::write(folder.path().join("segmentation"), b"").unwrap();
        for hold in [Hold::Alone, Hold::Beside] {
            let error = FolderLock::take(folder.path(), hold)
                .unwrap_err()
                .to_string();
            assert!(error.contains("segmentation"), "{error}");
        }
    }

    #[test]
    fn a_folder_is_held_by_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let left_over = folder.path().join("import/.corelith-x1y2z3.part");
        fs::create_dir_all(folder.path().join("import")).unwrap();
        let take = |hold| {
            fs::write(&left_over, b"half").unwrap();
            FolderLock::take(folder.path(), hold)
        };
        let held = take(Hold::Alone).unwrap();
        assert!(!left_over.exists());
        for hold in [Hold::Alone, Hold::Beside] {
            let error = take(hold).unwrap_err();
            assert!(matches!(error, Error::InUse { .. }), "{error}");
        }
        drop(held);
        let beside = [Hold::Beside; 2].map(|hold| take(hold).unwrap());
        assert!(take(Hold::Alone).is_err());
        drop(beside);
        take(Hold::Alone).unwrap();
    }
}
