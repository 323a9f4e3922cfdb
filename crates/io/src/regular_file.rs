use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::Error;

/// Opens a file, and refuses at once what is none: reading a FIFO or a device may never end.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`].
pub(crate) fn open_regular_file(path: &Path) -> Result<File, Error> {
    let kind = fs::metadata(path).map_err(Error::read(path))?.file_type();
    if kind.is_file() {
        return File::open(path).map_err(Error::read(path));
    }
    Err(Error::NotAFile {
        path: path.to_owned(),
        found: if kind.is_dir() {
            "a folder"
        } else {
            "a device, a socket or a pipe"
        },
    })
}

/// The bytes of a file of at most `bytes_max` bytes; `what` names it in the error.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], and [`Error::Read`] for a larger file.
pub(crate) fn read_regular_file(path: &Path, bytes_max: u64, what: &str) -> Result<Vec<u8>, Error> {
    let file = open_regular_file(path)?;
    let mut bytes = Vec::new();
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::read(path))?;
    if bytes.len() as u64 > bytes_max {
        return Err(Error::read(path)(io::Error::other(format!(
            "it is larger than {bytes_max} bytes, which is too much for {what}; is it another file?"
        ))));
    }
    Ok(bytes)
}

/// All bytes of a file that this program wrote, of whatever size.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`].
pub(crate) fn read_result_file(path: &Path) -> Result<Vec<u8>, Error> {
    let mut file = open_regular_file(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(Error::read(path))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_devices_and_large_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = open_regular_file(folder.path()).unwrap_err().to_string();
        assert!(error.contains("a folder"), "{error}");
        if cfg!(unix) {
            let error = open_regular_file(Path::new("/dev/zero")).unwrap_err();
            assert!(error.to_string().contains("a device"), "{error}");
        }
        let path = folder.path().join("list.csv");
        fs::write(&path, [b'a'; 10]).unwrap();
        assert_eq!(read_regular_file(&path, 10, "a list").unwrap().len(), 10);
        let error = read_regular_file(&path, 9, "a list").unwrap_err();
        assert!(error.to_string().contains("too much for a list"), "{error}");
    }
}
