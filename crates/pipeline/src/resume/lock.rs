use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use crate::Error;

const FILE: &str = ".lock";

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
    /// When another run holds it, or the folder cannot be written to.
    pub fn take(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let open = || {
            fs::create_dir_all(folder)?;
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
        };
        let unwritable = |reason| {
            Error::from(corelith_io::Error::Write {
                path: path.clone(),
                reason,
            })
        };
        let file = open().map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {
                if let Err(error) = corelith_io::remove_left_over(folder) {
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
    fn a_folder_is_held_by_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let left_over = folder.path().join("import/.corelith-x1y2z3.part");
        fs::create_dir_all(folder.path().join("import")).unwrap();
        fs::write(&left_over, b"half").unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        let error = FolderLock::take(folder.path()).unwrap_err();
        assert!(matches!(error, Error::InUse { .. }), "{error}");
        assert!(!left_over.exists());
        drop(held);
        FolderLock::take(folder.path()).unwrap();
    }
}
