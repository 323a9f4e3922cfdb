use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::Progress;
use serde::Serialize;

use super::lock::{DatasetLock, LOCK_FILE};
use super::{Acquisition, DatasetEntry, Fraction, Manifest};
use crate::{Depth, Error, FileRecord, VolumeSource, natural, record_files};

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is as it should be.
    Passed,
    /// It is not.
    Failed,
    /// It could not be checked; the detail says why.
    NotChecked,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found, and what was expected where that differs.
    pub detail: String,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Name of the data set.
    pub dataset: String,
    /// Folder that was looked at.
    pub folder: PathBuf,
    /// Every check in order, those that could not be made included.
    pub checks: Vec<Check>,
}

impl VerifyReport {
    /// Whether no check failed.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|c| c.outcome != Outcome::Failed)
    }

    /// Number of checks that ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.checks.iter().filter(|c| c.outcome == outcome).count()
    }

    fn add(&mut self, subject: impl Into<String>, outcome: Outcome, detail: impl Into<String>) {
        self.checks.push(Check {
            subject: subject.into(),
            outcome,
            detail: detail.into(),
        });
    }
}

/// A name without what archives and file systems do to it: case, and the micro sign, which exists
/// twice in Unicode and is often turned into `u`.
pub fn folded_name(name: &str) -> String {
    name.replace(['\u{b5}', '\u{3bc}', '\u{39c}'], "u")
        .to_lowercase()
}

/// The folder or file below `root` whose parts are written like those of `path`, apart from case
/// and micro signs.
fn find(root: &Path, path: &str) -> Option<PathBuf> {
    path.split('/').try_fold(root.to_owned(), |folder, part| {
        let exact = folder.join(part);
        if exact.exists() {
            return Some(exact);
        }
        fs::read_dir(&folder)
            .ok()?
            .filter_map(Result::ok)
            .find(|entry| folded_name(&entry.file_name().to_string_lossy()) == folded_name(part))
            .map(|entry| entry.path())
    })
}

/// All files below `folder` in natural order, without the lock and hidden ones.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::read(&folder))? {
            let path = entry.map_err(Error::read(&folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || name == LOCK_FILE {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort_by(|a, b| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .components()
        .map(|c| c.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

fn examples(paths: &[String]) -> String {
    match paths {
        [] => String::new(),
        [only] => only.clone(),
        [first, .., last] => format!("{} files, {first} to {last}", paths.len()),
    }
}

impl Manifest {
    /// Looks whether `folder` holds a whole and unchanged copy of a data set: folders, number,
    /// size and depth of the CT slices, and checksums.
    ///
    /// Checksums are compared with the manifest where it has them, else with `corelith-lock.toml`
    /// in the folder, which fetching writes, or else the first verification without a failure.
    ///
    /// # Errors
    /// [`Error::NoDataset`], [`Error::Read`] when the folder is not there or a file is
    /// unreadable, cancellation. A copy that is not whole is a report, not an error.
    pub fn verify(
        &self,
        name: &str,
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<VerifyReport, Error> {
        let dataset = self.dataset(name)?;
        let files = files_below(folder)?;
        let mut report = VerifyReport {
            dataset: name.to_owned(),
            folder: folder.to_owned(),
            checks: Vec::new(),
        };
        for entry in &dataset.folders {
            let subject = format!("folder {}", entry.path);
            match find(folder, &entry.path).filter(|p| p.is_dir()) {
                None => report.add(subject, Outcome::Failed, "missing"),
                Some(found) => match files_below(&found)?.len() {
                    0 => report.add(subject, Outcome::Failed, "empty"),
                    n => report.add(subject, Outcome::Passed, format!("{n} files")),
                },
            }
        }
        for fraction in &dataset.fractions {
            progress.check()?;
            check_stack(fraction, &dataset.acquisition, folder, &mut report);
        }
        let records = record_files(&files, progress)?;
        let now: BTreeMap<String, FileRecord> = files
            .iter()
            .map(|path| relative(folder, path))
            .zip(records)
            .collect();
        check_published(dataset, &now, &mut report);
        check_lock(dataset, folder, now, &mut report)?;
        Ok(report)
    }
}

fn check_stack(
    fraction: &Fraction,
    acquisition: &Acquisition,
    folder: &Path,
    report: &mut VerifyReport,
) {
    let subject = |what: &str| format!("CT {} um: {what}", fraction.name);
    let Some(path) = find(folder, &fraction.folder).filter(|p| p.is_dir()) else {
        report.add(
            subject("slices"),
            Outcome::Failed,
            format!("folder {} is missing", fraction.folder),
        );
        return;
    };
    let stack =
        match VolumeSource::open(&path).and_then(|stack| stack.check_headers().map(|()| stack)) {
            Ok(stack) => stack,
            Err(error) => {
                report.add(subject("slices"), Outcome::Failed, error.to_string());
                return;
            }
        };
    let [slices, rows, cols] = stack.shape();
    match fraction.slices {
        Some(expected) if expected == slices => {
            report.add(subject("slices"), Outcome::Passed, format!("{slices}"));
        }
        Some(expected) => report.add(
            subject("slices"),
            Outcome::Failed,
            format!("{slices}, expected {expected}"),
        ),
        None => report.add(
            subject("slices"),
            Outcome::NotChecked,
            format!("{slices} without a gap; the data set does not state how many there should be"),
        ),
    }
    let size = format!("{cols} x {rows} pixels");
    if (cols, rows) == (fraction.width_px, fraction.height_px) {
        report.add(subject("size"), Outcome::Passed, size);
    } else {
        report.add(
            subject("size"),
            Outcome::Failed,
            format!(
                "{size}, expected {} x {}",
                fraction.width_px, fraction.height_px
            ),
        );
    }
    let expected = if acquisition.bits == 16 {
        Depth::U16
    } else {
        Depth::U8
    };
    if stack.depth() == expected {
        report.add(subject("depth"), Outcome::Passed, expected.to_string());
    } else {
        report.add(
            subject("depth"),
            Outcome::Failed,
            format!("{}, expected {expected}", stack.depth()),
        );
    }
}

fn check_published(
    dataset: &DatasetEntry,
    now: &BTreeMap<String, FileRecord>,
    report: &mut VerifyReport,
) {
    if dataset.files.is_empty() {
        report.add(
            "published checksums",
            Outcome::NotChecked,
            "the manifest has none yet for this data set",
        );
    }
    for file in &dataset.files {
        let subject = format!("file {}", file.path);
        let found = now
            .iter()
            .find(|(path, _)| folded_name(path) == folded_name(&file.path))
            .map(|(_, record)| record);
        let Some(found) = found else {
            report.add(subject, Outcome::Failed, "missing");
            continue;
        };
        match (file.bytes, &file.sha256) {
            (Some(bytes), _) if bytes != found.bytes => report.add(
                subject,
                Outcome::Failed,
                format!("{} bytes, expected {bytes}", found.bytes),
            ),
            (_, Some(sha256)) if *sha256 != found.sha256 => report.add(
                subject,
                Outcome::Failed,
                format!("SHA-256 {}, expected {sha256}", found.sha256),
            ),
            (None, None) => report.add(
                subject,
                Outcome::NotChecked,
                "neither size nor checksum is published",
            ),
            (_, None) => report.add(subject, Outcome::Passed, "size as published"),
            (_, Some(_)) => report.add(subject, Outcome::Passed, "checksum as published"),
        }
    }
}

fn check_lock(
    dataset: &DatasetEntry,
    folder: &Path,
    now: BTreeMap<String, FileRecord>,
    report: &mut VerifyReport,
) -> Result<(), Error> {
    let subject = "unchanged since it was fetched or first verified";
    let files = now.len();
    match DatasetLock::read(folder)? {
        Some(lock) => {
            let changes = lock.changes(&now);
            for (what, paths) in [
                ("changed", &changes.changed),
                ("missing", &changes.missing),
                ("new", &changes.added),
            ] {
                if !paths.is_empty() {
                    report.add(
                        subject,
                        Outcome::Failed,
                        format!("{what}: {}", examples(paths)),
                    );
                }
            }
            if changes == super::lock::Changes::default() {
                report.add(
                    subject,
                    Outcome::Passed,
                    format!("{files} files, sizes and SHA-256"),
                );
            }
        }
        None if !report.passed() => report.add(
            subject,
            Outcome::NotChecked,
            format!("{LOCK_FILE} is written once nothing else fails"),
        ),
        None => {
            let lock = DatasetLock {
                dataset: dataset.name.clone(),
                files: now,
                downloads: BTreeMap::new(),
            };
            let detail = match lock.write(folder) {
                Ok(()) => format!(
                    "this is the first one: sizes and SHA-256 of {files} files are now in \
                     {LOCK_FILE}"
                ),
                Err(error) => format!("this is the first one, and its lock was not kept: {error}"),
            };
            report.add(subject, Outcome::NotChecked, detail);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
