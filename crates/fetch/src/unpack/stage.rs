use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use corelith_core::Progress;
use corelith_io::FileRecord;
use sha2::{Digest, Sha256};

use crate::FetchError;
use crate::local_path::{LocalPath, Names};
use crate::sums::hex;

/// Most entries of one archive.
const ENTRIES: usize = 2_000_000;

/// What an archive held.
#[derive(Debug)]
pub(crate) struct Contents {
    pub files: Vec<Staged>,
    pub left_out: Vec<String>,
}

/// A file of an archive, in the staging folder.
#[derive(Debug)]
pub(crate) struct Staged {
    pub path: LocalPath,
    pub at: PathBuf,
    pub record: FileRecord,
}

/// Takes the entries of one archive.
pub(super) struct Stage<'a> {
    archive: &'a str,
    archive_bytes: u64,
    folder: &'a Path,
    limit: u64,
    bytes: u64,
    entries: usize,
    names: Names,
    contents: Contents,
    pub progress: &'a dyn Progress,
    /// Whether the progress counts the bytes that are written; else the caller counts.
    pub counts_written: bool,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        archive: &'a str,
        archive_bytes: u64,
        folder: &'a Path,
        limit: u64,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            archive,
            archive_bytes,
            folder,
            limit,
            bytes: 0,
            entries: 0,
            names: Names::default(),
            contents: Contents {
                files: Vec::new(),
                left_out: Vec::new(),
            },
            progress,
            counts_written: false,
        }
    }

    pub(super) fn archive_bytes(&self) -> u64 {
        self.archive_bytes
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    pub(super) fn broken(&self, problem: impl Into<String>) -> FetchError {
        FetchError::Archive {
            archive: self.archive.to_owned(),
            problem: problem.into(),
        }
    }

    pub(super) fn refused(&self, entry: &str, problem: impl Into<String>) -> FetchError {
        FetchError::Entry {
            archive: self.archive.to_owned(),
            entry: entry.to_owned(),
            problem: problem.into(),
        }
    }

    pub(super) fn too_large(&self, found: impl Into<String>) -> FetchError {
        FetchError::TooLarge {
            archive: self.archive.to_owned(),
            archive_bytes: self.archive_bytes,
            found: found.into(),
            limit_bytes: self.limit,
        }
    }

    /// Counts an entry of any kind.
    pub(super) fn count(&mut self) -> Result<(), FetchError> {
        self.progress.check()?;
        self.entries += 1;
        if self.entries > ENTRIES {
            return Err(self.broken(format!("more than {ENTRIES} entries")));
        }
        Ok(())
    }

    /// The path of an entry that is to be written; `None` for one that is no data.
    pub(super) fn admit(&mut self, entry: &str) -> Result<Option<LocalPath>, FetchError> {
        let path = LocalPath::from_untrusted(entry)
            .map_err(|problem| self.refused(entry, format!("the name is refused: {problem}")))?;
        if is_clutter(&path) {
            self.contents.left_out.push(entry.to_owned());
            return Ok(None);
        }
        self.names.take(&path).map_err(|other| {
            self.refused(
                entry,
                format!("it is the same file or folder as {other:?} on some systems"),
            )
        })?;
        Ok(Some(path))
    }

    /// Writes an entry that declares `declared` bytes.
    pub(super) fn write(
        &mut self,
        path: LocalPath,
        declared: u64,
        content: &mut dyn Read,
    ) -> Result<(), FetchError> {
        let entry = path.as_str().to_owned();
        if declared > self.limit - self.bytes {
            return Err(self.too_large(format!("{} bytes or more", self.limit)));
        }
        let at = self.folder.join(self.contents.files.len().to_string());
        let mut file = File::create_new(&at).map_err(FetchError::write(&at))?;
        let mut sha256 = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        let mut bytes = 0;
        loop {
            self.progress.check()?;
            let read = content
                .read(&mut buffer)
                .map_err(|e| self.refused(&entry, format!("it is damaged: {e}")))?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            if bytes > declared {
                return Err(self.refused(
                    &entry,
                    format!("it holds more than the {declared} bytes that it declares"),
                ));
            }
            sha256.update(&buffer[..read]);
            file.write_all(&buffer[..read])
                .map_err(FetchError::write(&at))?;
            if self.counts_written {
                self.progress.advance(read as u64);
            }
        }
        if bytes < declared {
            return Err(self.refused(
                &entry,
                format!("it holds {bytes} of the {declared} bytes that it declares"),
            ));
        }
        file.sync_all().map_err(FetchError::write(&at))?;
        self.bytes += bytes;
        self.contents.files.push(Staged {
            path,
            at,
            record: FileRecord {
                bytes,
                sha256: hex(&sha256.finalize()),
            },
        });
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Contents, FetchError> {
        if self.contents.files.is_empty() {
            return Err(self.broken("it holds no files"));
        }
        Ok(self.contents)
    }
}

/// What file managers put beside data: resource forks of macOS, settings and thumbnails of folders.
fn is_clutter(path: &LocalPath) -> bool {
    let text = path.as_str();
    let (_, last) = path.split();
    text.starts_with("__MACOSX/")
        || last.starts_with("._")
        || [".DS_Store", "Thumbs.db", "desktop.ini"]
            .iter()
            .any(|name| last.eq_ignore_ascii_case(name))
}
