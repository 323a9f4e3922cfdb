use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::Content;
use crate::Error;

/// Folder of the records, relative to the results.
const FOLDER: &str = "stages";

/// One file that a stage wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WrittenFile {
    path: PathBuf,
    bytes: u64,
    /// Nanoseconds since 1970; a file of another time is read again to see whether it changed.
    modified_ns: u64,
    sha256: String,
}

/// What a stage leaves behind, `OUT/stages/STAGE.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Checksum over everything that the stage depends on; none while it is at work, so that what a
    /// killed or failed run left is never taken for a result.
    fingerprint: Option<String>,
    /// Wall time of the stage.
    pub seconds: f64,
    /// Where it computed.
    pub device: String,
    files: Vec<WrittenFile>,
}

/// The files of a stage, by their path relative to the results.
#[derive(Debug, Clone)]
pub struct StageFiles {
    stage: String,
    out: PathBuf,
    files: Vec<WrittenFile>,
}

impl StageFiles {
    /// One of them.
    ///
    /// # Errors
    /// When the stage has not written it.
    pub fn get(&self, path: impl AsRef<Path>) -> Result<Content, Error> {
        let path = path.as_ref();
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(|file| Content::known(self.out.join(path), file.sha256.clone()))
            .ok_or_else(|| Error::NoResult {
                stage: self.stage.clone(),
                path: path.to_owned(),
            })
    }
}

fn modified_ns(metadata: &fs::Metadata) -> u64 {
    metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |time| time.as_nanos() as u64)
}

impl WrittenFile {
    fn of(out: &Path, path: &Path) -> Result<Self, Error> {
        let full = out.join(path);
        let metadata = fs::metadata(&full).map_err(|reason| corelith_io::Error::Read {
            path: full.clone(),
            reason,
        })?;
        let record = corelith_io::record_file(&full)?;
        Ok(Self {
            path: path.to_owned(),
            bytes: record.bytes,
            modified_ns: modified_ns(&metadata),
            sha256: record.sha256,
        })
    }

    /// Whether the file is there and holds what it held.
    fn stands(&self, out: &Path) -> bool {
        let full = out.join(&self.path);
        fs::metadata(&full).is_ok_and(|metadata| {
            metadata.len() == self.bytes
                && (modified_ns(&metadata) == self.modified_ns
                    || corelith_io::record_file(&full)
                        .is_ok_and(|record| record.sha256 == self.sha256))
        })
    }
}

impl StageRecord {
    fn path(out: &Path, stage: &str) -> PathBuf {
        // `register map_0` is `register/map_0.json`: no two stages share a file.
        let mut path = out.join(FOLDER);
        path.extend(stage.splitn(2, ' '));
        path.as_mut_os_string().push(".json");
        path
    }

    /// The record of an earlier run, if it is there and readable.
    pub fn load(out: &Path, stage: &str) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(out, stage)).ok()?).ok()
    }

    /// Whether the stage is done with what it depends on today, and its files are as it left them.
    pub(super) fn is_current(&self, out: &Path, fingerprint: &str) -> bool {
        self.fingerprint.as_deref() == Some(fingerprint)
            && self.files.iter().all(|file| file.stands(out))
    }

    /// Marks the stage as under way: its files are no results until it is done.
    pub(super) fn begin(out: &Path, stage: &str) -> Result<Vec<PathBuf>, Error> {
        let Some(mut record) = Self::load(out, stage) else {
            return Ok(Vec::new());
        };
        let files = record.files.iter().map(|file| file.path.clone()).collect();
        record.fingerprint = None;
        corelith_io::write_json(&Self::path(out, stage), &record)?;
        Ok(files)
    }

    /// Records that the stage is done. `files` are relative to `out`; those that an `earlier` run
    /// of it wrote and this one did not are removed.
    pub(super) fn finish(
        out: &Path,
        stage: &str,
        done: Done<'_>,
        earlier: Vec<PathBuf>,
    ) -> Result<Self, Error> {
        let files = done
            .files
            .iter()
            .map(|path| WrittenFile::of(out, path))
            .collect::<Result<Vec<_>, _>>()?;
        let kept: BTreeSet<&PathBuf> = done.files.iter().collect();
        for path in earlier.iter().filter(|path| !kept.contains(path)) {
            remove(out, path)?;
        }
        let record = Self {
            fingerprint: Some(done.fingerprint),
            seconds: done.seconds,
            device: done.device,
            files,
        };
        corelith_io::write_json(&Self::path(out, stage), &record)?;
        Ok(record)
    }

    /// The stage's files.
    pub(super) fn into_files(self, out: &Path, stage: &str) -> StageFiles {
        StageFiles {
            stage: stage.to_owned(),
            out: out.to_owned(),
            files: self.files,
        }
    }

    /// Names of the stages `KIND NAME` that have been begun, in any order.
    pub fn names(out: &Path, kind: &str) -> Vec<String> {
        let entries = fs::read_dir(out.join(FOLDER).join(kind));
        let files = entries.into_iter().flatten().flatten();
        files
            .filter_map(|entry| {
                let file = entry.file_name();
                Some(file.to_str()?.strip_suffix(".json")?.to_owned())
            })
            .collect()
    }

    /// Removes the results of the stages `KIND NAME` whose name is not among `names`: those of maps
    /// that are no longer in the project.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn sweep(out: &Path, kind: &str, names: &[String]) -> Result<(), Error> {
        for name in Self::names(out, kind) {
            if names.contains(&name) {
                continue;
            }
            if let Some(record) = Self::load(out, &format!("{kind} {name}")) {
                for file in &record.files {
                    remove(out, &file.path)?;
                }
                let record = Path::new(FOLDER).join(kind).join(format!("{name}.json"));
                remove(out, &record)?;
            }
        }
        Ok(())
    }
}

/// What a stage came to.
pub(super) struct Done<'a> {
    pub fingerprint: String,
    pub seconds: f64,
    pub device: String,
    pub files: &'a [PathBuf],
}

/// Removes a file of the results, and the folders that are empty then.
fn remove(out: &Path, file: &Path) -> Result<(), Error> {
    let path = out.join(file);
    match fs::remove_file(&path) {
        Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => {
            return Err(corelith_io::Error::Write { path, reason }.into());
        }
        _ => {}
    }
    let above = file
        .ancestors()
        .skip(1)
        .take_while(|folder| *folder != Path::new(""));
    for folder in above {
        // Fails where something else is in it, and that is well.
        if fs::remove_dir(out.join(folder)).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(out: &Path, files: &[&str]) -> StageRecord {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        let earlier = StageRecord::begin(out, "register a b").unwrap();
        let done = Done {
            fingerprint: "f".to_owned(),
            seconds: 1.0,
            device: "CPU".to_owned(),
            files: &files,
        };
        StageRecord::finish(out, "register a b", done, earlier).unwrap()
    }

    #[test]
    fn a_copy_stands_and_an_edit_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        fs::write(out.join("a.csv"), "1,2").unwrap();
        let kept = record(out, &["a.csv"]);
        assert!(kept.is_current(out, "f"));
        assert!(!kept.is_current(out, "g"));
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join("a.csv"), "1,2").unwrap();
        assert!(kept.is_current(copy.path(), "f"));
        fs::write(copy.path().join("a.csv"), "1,3").unwrap();
        assert!(!kept.is_current(copy.path(), "f"));
    }

    #[test]
    fn a_stage_at_work_has_no_result_and_files_of_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        for file in ["a", "b"] {
            fs::write(out.join(file), file).unwrap();
        }
        record(out, &["a", "b"]);
        StageRecord::begin(out, "register a b").unwrap();
        let left = StageRecord::load(out, "register a b").unwrap();
        assert!(!left.is_current(out, "f"));
        record(out, &["a"]);
        assert!(out.join("a").exists() && !out.join("b").exists());
    }

    #[test]
    fn names_that_differ_have_records_that_differ() {
        let out = Path::new("out");
        let paths = ["register a b", "register a-b", "register", "import a b"]
            .map(|stage| StageRecord::path(out, stage));
        for (i, a) in paths.iter().enumerate() {
            assert!(!paths[i + 1..].contains(a), "{a:?}");
        }
        assert_eq!(paths[0], Path::new("out/stages/register/a b.json"));
    }

    #[test]
    fn results_of_maps_that_are_gone_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        fs::create_dir_all(out.join("kept/gone")).unwrap();
        for file in ["kept/gone/a.json", "kept/other"] {
            fs::write(out.join(file), "{}").unwrap();
        }
        record(out, &["kept/gone/a.json"]);
        StageRecord::sweep(out, "register", &["a b".to_owned()]).unwrap();
        assert!(out.join("kept/gone/a.json").exists());
        StageRecord::sweep(out, "register", &["c".to_owned()]).unwrap();
        assert!(!out.join("kept/gone").exists() && out.join("kept/other").exists());
        assert!(StageRecord::load(out, "register a b").is_none());
    }
}
