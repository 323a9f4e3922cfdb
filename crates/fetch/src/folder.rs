use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use corelith_core::Progress;
use corelith_io::{DatasetLock, FileRecord};

use crate::FetchError;
use crate::local_path::{LocalPath, WORK_FOLDER};
use crate::sums::sums_of;

/// Time between two writes of the lock.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// The folder of a data set while this process fetches into it.
#[derive(Debug)]
pub(crate) struct DataFolder {
    root: PathBuf,
    work: PathBuf,
    in_use: Option<File>,
    pub lock: DatasetLock,
    /// When the lock was written last, and whether it has changed since.
    saved: Instant,
    changed: bool,
}

/// What is where a file shall go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing, or what an earlier fetch put there and nobody changed since.
    Free,
    /// The same content.
    Same,
}

impl DataFolder {
    /// Makes the folder where it is missing, and keeps other fetches out of it.
    pub(crate) fn open(root: &Path, dataset: &str) -> Result<Self, FetchError> {
        let work = root.join(WORK_FOLDER);
        fs::create_dir_all(root).map_err(FetchError::write(root))?;
        make_folder(&work)?;
        let marker = work.join("in-use");
        refuse_link(&marker)?;
        let in_use = File::create(&marker).map_err(FetchError::write(&marker))?;
        match in_use.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FetchError::InUse {
                    folder: root.to_owned(),
                });
            }
            // Some network file systems have no locks; they are fetched into without one.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(FetchError::write(&marker)(e)),
        }
        let lock = DatasetLock::read(root)?.unwrap_or_else(|| DatasetLock::new(dataset));
        if lock.dataset != dataset {
            return Err(FetchError::OtherDataset {
                folder: root.to_owned(),
                found: lock.dataset,
                expected: dataset.to_owned(),
            });
        }
        Ok(Self {
            root: root.to_owned(),
            work,
            in_use: Some(in_use),
            lock,
            saved: Instant::now(),
            changed: false,
        })
    }

    /// A file for a download under way; `name` is made of hexadecimal digits and dashes.
    pub(crate) fn part(&self, name: &str) -> Result<PathBuf, FetchError> {
        let path = self.work.join(format!("{name}.part"));
        refuse_link(&path)?;
        Ok(path)
    }

    /// A new folder that vanishes with what is returned.
    pub(crate) fn staging(&self) -> Result<tempfile::TempDir, FetchError> {
        tempfile::Builder::new()
            .prefix("unpacking-")
            .tempdir_in(&self.work)
            .map_err(FetchError::write(&self.work))
    }

    /// Where the path is on this system.
    pub(crate) fn path(&self, path: &LocalPath) -> PathBuf {
        path.in_folder(&self.root)
    }

    /// Whether all these files are there with the sizes in the lock.
    pub(crate) fn has_all(&self, files: &[String]) -> bool {
        files.iter().all(|path| {
            let Ok(local) = LocalPath::from_untrusted(path) else {
                return false;
            };
            let found = fs::symlink_metadata(self.path(&local));
            found.is_ok_and(|found| {
                found.is_file()
                    && self
                        .lock
                        .files
                        .get(path)
                        .is_none_or(|record| record.bytes == found.len())
            })
        })
    }

    /// What is where a file with this content shall go.
    ///
    /// # Errors
    /// [`FetchError::InTheWay`] for a link or folder there or above it, and for a file with another
    /// content that is not known from an earlier fetch.
    pub(crate) fn standing(
        &self,
        path: &LocalPath,
        record: &FileRecord,
        progress: &dyn Progress,
    ) -> Result<Standing, FetchError> {
        let (above, _) = path.split();
        let mut folder = self.root.clone();
        for part in above.split('/').filter(|part| !part.is_empty()) {
            folder.push(part);
            match fs::symlink_metadata(&folder) {
                Ok(found) if found.is_dir() => {}
                Ok(found) => return Err(in_the_way(&folder, found.file_type(), "a folder")),
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Standing::Free),
                Err(e) => return Err(FetchError::read(&folder)(e)),
            }
        }
        let target = self.path(path);
        let found = match fs::symlink_metadata(&target) {
            Ok(found) => found,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Standing::Free),
            Err(e) => return Err(FetchError::read(&target)(e)),
        };
        if !found.is_file() {
            return Err(in_the_way(&target, found.file_type(), "nothing or a file"));
        }
        let known = self.lock.files.get(path.as_str());
        if found.len() == record.bytes || known.is_some_and(|k| k.bytes == found.len()) {
            let there = sums_of(&target, progress)?.record;
            if there == *record {
                return Ok(Standing::Same);
            }
            if known == Some(&there) {
                return Ok(Standing::Free);
            }
        }
        Err(FetchError::InTheWay {
            path: target,
            problem: format!(
                "a file of {} bytes is there that is neither the published one ({} bytes) nor \
                 one that was fetched before",
                found.len(),
                record.bytes
            ),
        })
    }

    /// Moves a checked file to where [`DataFolder::standing`] found no hindrance.
    pub(crate) fn place(&self, staged: &Path, path: &LocalPath) -> Result<(), FetchError> {
        let (above, _) = path.split();
        let mut folder = self.root.clone();
        for part in above.split('/').filter(|part| !part.is_empty()) {
            folder.push(part);
            make_folder(&folder)?;
        }
        let target = self.path(path);
        fs::rename(staged, &target).map_err(FetchError::write(&target))
    }

    /// Notes files in the lock, and writes it if that was not done of late: an item may consist of
    /// thousands of small files.
    pub(crate) fn record(
        &mut self,
        name: &str,
        download: corelith_io::Download,
        files: BTreeMap<String, FileRecord>,
    ) -> Result<(), FetchError> {
        let files = files
            .into_iter()
            .filter(|(path, _)| DatasetLock::looks_at(path));
        self.lock.files.extend(files);
        self.lock.downloads.insert(name.to_owned(), download);
        self.changed = true;
        if self.saved.elapsed() >= SAVE_EVERY {
            self.save()?;
        }
        Ok(())
    }

    /// Writes the lock if it has changed.
    pub(crate) fn save(&mut self) -> Result<(), FetchError> {
        if self.changed {
            self.lock.write(&self.root)?;
            self.changed = false;
            self.saved = Instant::now();
        }
        Ok(())
    }
}

impl Drop for DataFolder {
    /// Keeps what was fetched before an error, and takes the work folder away unless it holds
    /// downloads to go on with.
    fn drop(&mut self) {
        // There is an error already that matters more. Without its note in the lock a file is
        // compared again the next time, or fetched again.
        let _ = self.save();
        drop(self.in_use.take());
        let _ = fs::remove_file(self.work.join("in-use"));
        let _ = fs::remove_dir(&self.work);
    }
}

/// Makes one folder; one that is there is fine, a link to one is not.
fn make_folder(path: &Path) -> Result<(), FetchError> {
    match fs::create_dir(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(path).map_err(FetchError::read(path))?;
            if found.is_dir() {
                Ok(())
            } else {
                Err(in_the_way(path, found.file_type(), "a folder"))
            }
        }
        Err(e) => Err(FetchError::write(path)(e)),
    }
}

fn refuse_link(path: &Path) -> Result<(), FetchError> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(in_the_way(path, found.file_type(), "a file")),
        _ => Ok(()),
    }
}

fn in_the_way(path: &Path, found: fs::FileType, expected: &str) -> FetchError {
    let found = if found.is_symlink() {
        "a link, through which nothing is written,"
    } else if found.is_dir() {
        "a folder"
    } else {
        "a file"
    };
    FetchError::InTheWay {
        path: path.to_owned(),
        problem: format!("{found} is there, expected {expected}"),
    }
}
