use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FetchReport {
    /// Name of the data set.
    pub dataset: String,
    /// Title of the item in the repository, where it has one.
    pub title: Option<String>,
    /// Address of the REST API that was asked.
    pub server: String,
    /// Folder of the data set.
    pub folder: PathBuf,
    /// Files of the item that were asked for, in the order of the repository.
    pub files: Vec<FetchedFile>,
    /// Names of the files that no pattern asked for.
    pub not_asked_for: Vec<String>,
}

/// One file of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FetchedFile {
    /// Its name there.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Algorithm and checksum that the repository publishes and that the file was held against,
    /// such as `md5:0cc175b9...`; `None` where it publishes none that is known here, so that only
    /// the size was.
    pub checked: Option<String>,
    /// How it came.
    pub state: State,
    /// Where it is below the data set's folder: the file, or for an archive that was unpacked the
    /// folder that took its contents (`.` for the data set's folder itself).
    pub path: String,
    /// Number of files that it was unpacked to; `None` for a file that was not unpacked.
    pub unpacked_files: Option<usize>,
    /// Entries of the archive that are no data and were left out: resource forks and folder
    /// settings of file managers.
    pub left_out: Vec<String>,
}

/// How a file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum State {
    /// It was there already, whole.
    AlreadyThere,
    /// It was downloaded.
    Downloaded {
        /// Bytes that an earlier run had got; 0 where it began afresh.
        resumed_at_bytes: u64,
    },
}

impl fmt::Display for FetchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            write!(f, "{file}")?;
        }
        if !self.not_asked_for.is_empty() {
            writeln!(f, "not asked for: {}", self.not_asked_for.join(", "))?;
        }
        let (dataset, folder) = (&self.dataset, self.folder.display());
        writeln!(
            f,
            "check the copy with: corelith data verify {dataset} {folder}"
        )?;
        writeln!(f, "next: corelith init {folder}")
    }
}

impl fmt::Display for FetchedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.state {
            State::AlreadyThere => "was there",
            State::Downloaded { .. } => "fetched",
        };
        let checked = match &self.checked {
            Some(sum) => sum.as_str(),
            None => "size only: no checksum is published",
        };
        writeln!(f, "{how:<9} {}, {} bytes, {checked}", self.name, self.bytes)?;
        let Some(files) = self.unpacked_files else {
            return Ok(());
        };
        write!(f, "          {files} files in {}", self.path)?;
        match self.left_out.len() {
            0 => writeln!(f),
            n => writeln!(f, "; left out {n} entries of file managers"),
        }
    }
}
