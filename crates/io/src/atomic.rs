use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::Error;

/// Beginning and end of the names of files that are being written.
const UNDER_WAY: [&str; 2] = [".corelith-", ".part"];

/// A file that appears under its name only when it is complete.
///
/// It is written under another name in the same folder and renamed by [`AtomicFile::commit`].
/// Dropped before that, it vanishes, and a file that had the name before stays as it was. What a
/// killed program was writing stays under the other name: see [`remove_left_over`].
#[derive(Debug)]
pub struct AtomicFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl AtomicFile {
    /// Starts a file that will be called `path`; folders that are missing are made.
    ///
    /// # Errors
    /// [`Error::Write`] when the folder cannot be made or is not writable.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(Error::write(path))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNDER_WAY[0]).suffix(UNDER_WAY[1]);
        // The default of temporary files is to be private; results follow the umask instead.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(folder).map_err(Error::write(path))?;
        // Held until the file is closed, so that nobody takes it for left over. Where a file system
        // has no locks, nothing is removed either.
        let _ = temporary.as_file().try_lock();
        Ok(Self {
            temporary,
            path: path.to_owned(),
        })
    }

    /// The name that the file will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A second handle to the file under way, for an encoder that wants to own its writer.
    ///
    /// # Errors
    /// [`Error::Write`] when the system has no more file handles.
    pub fn handle(&self) -> Result<File, Error> {
        self.temporary
            .as_file()
            .try_clone()
            .map_err(Error::write(&self.path))
    }

    /// Gives the file its name, replacing one that has it.
    ///
    /// The content reaches the disk before the rename, so that a full disk shows here and not
    /// afterwards.
    ///
    /// # Errors
    /// [`Error::Write`]; nothing is left then, and an earlier file is as it was.
    pub fn commit(self) -> Result<(), Error> {
        self.temporary
            .as_file()
            .sync_all()
            .map_err(Error::write(&self.path))?;
        self.temporary
            .persist(&self.path)
            .map_err(|e| Error::write(&self.path)(e.error))?;
        Ok(())
    }
}

/// Removes the files that killed programs were writing in a folder and those below it, and not those
/// that are being written now. Links are not followed.
///
/// # Errors
/// [`Error::Read`] or [`Error::Write`] with the first folder or file that does not allow it.
pub fn remove_left_over(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::read(folder))? {
        let entry = entry.map_err(Error::read(folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(Error::read(&path))?;
        if kind.is_dir() {
            remove_left_over(&path)?;
        } else if kind.is_file() && is_left_over(&path) {
            match fs::remove_file(&path) {
                Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::write(&path)(reason));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Whether a file has the name of one under way and nobody holds it.
fn is_left_over(path: &Path) -> bool {
    let [beginning, end] = UNDER_WAY;
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(beginning) && name.ends_with(end))
        && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

/// Writes a file through `content`, buffered; it appears under its name only when complete.
///
/// # Errors
/// [`Error::Write`] with whatever `content` or the system says; nothing is left then.
pub fn write_with(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Error> {
    let file = AtomicFile::create(path)?;
    let mut writer = BufWriter::new(file.handle()?);
    content(&mut writer)
        .and_then(|()| writer.flush())
        .map_err(Error::write(path))?;
    file.commit()
}

/// Writes `bytes`; the file appears under its name only when complete.
///
/// # Errors
/// [`Error::Write`]; nothing is left then.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with(path, |writer| writer.write_all(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_earlier_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.csv");
        write_bytes(&path, b"first").unwrap();
        let error = write_with(&path, |writer| {
            writer.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert!(error.to_string().contains("make room"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn missing_folders_are_made_and_a_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/result.csv");
        write_bytes(&path, b"first").unwrap();
        write_bytes(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let blocker = folder.path().join("results");
        fs::write(&blocker, b"").unwrap();
        let error = write_bytes(&blocker.join("a.csv"), b"x").unwrap_err();
        assert!(error.to_string().contains("in the way"), "{error}");
    }

    #[test]
    fn a_folder_of_the_name_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write_bytes(&path, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_program_was_writing_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        let under_way = AtomicFile::create(&below.join("result.csv")).unwrap();
        for name in [".corelith-x1y2z3.part", "slices.part", ".corelith-notes"] {
            fs::write(below.join(name), b"x").unwrap();
        }
        fs::write(folder.path().join(".corelith-abc.part"), b"x").unwrap();
        remove_left_over(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read_dir(&below).unwrap().count(), 3);
        under_way.commit().unwrap();
        assert!(below.join("result.csv").exists());
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_the_umask_allows() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write_bytes(&path, b"x").unwrap();
        fs::write(folder.path().join("plain"), b"x").unwrap();
        let mode = |name: &str| {
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode("a.csv"), mode("plain"));
    }
}
