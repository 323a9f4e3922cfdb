//! What lies beside slices and is none: companions of macOS and Windows, logs, other images.

use std::path::{Path, PathBuf};

use super::source::kind_by_ending;
use crate::Error;
use crate::file_kind::FileKind;

/// Files that were left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct LeftOut {
    /// `._NAME`, which macOS writes on foreign disks.
    companions: Vec<String>,
    others: Vec<String>,
    folders: usize,
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

impl LeftOut {
    /// Takes the slices out of the files of a folder or a pattern: TIFFs, or PNGs, by their
    /// endings; where no file has such an ending, by their first bytes.
    ///
    /// # Errors
    /// When there are TIFFs and PNGs in like numbers.
    pub(super) fn sort_out(paths: Vec<PathBuf>) -> Result<(Vec<PathBuf>, Self), Error> {
        let mut left_out = Self::default();
        let (mut tiffs, mut pngs, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for path in paths {
            let name = name_of(&path);
            if path.is_dir() {
                left_out.folders += 1;
            } else if name.starts_with("._") {
                left_out.companions.push(name);
            } else if name.starts_with('.') {
                left_out.others.push(name);
            } else {
                match kind_by_ending(&path) {
                    Some(FileKind::Png) => pngs.push(path),
                    Some(_) => tiffs.push(path),
                    None => unknown.push(path),
                }
            }
        }
        if tiffs.is_empty() && pngs.is_empty() {
            let mut rest = Vec::new();
            for path in unknown {
                match FileKind::of(&path) {
                    Ok(FileKind::Tiff) => tiffs.push(path),
                    Ok(FileKind::Png) => pngs.push(path),
                    _ => rest.push(path),
                }
            }
            unknown = rest;
        }
        left_out.others.extend(unknown.iter().map(|p| name_of(p)));
        let (few, many) = match tiffs.len() < pngs.len() {
            true => (&tiffs, &pngs),
            false => (&pngs, &tiffs),
        };
        if 4 * few.len() >= many.len() && !few.is_empty() {
            return Err(Error::SliceNames {
                folder: many[0].parent().unwrap_or(Path::new("")).to_owned(),
                problem: format!(
                    "there are {} TIFF and {} PNG files, such as {} and {}; choose one kind by a \
                     pattern such as `*.tif`",
                    tiffs.len(),
                    pngs.len(),
                    name_of(&tiffs[0]),
                    name_of(&pngs[0])
                ),
            });
        }
        left_out.others.extend(few.iter().map(|p| name_of(p)));
        let kept = match tiffs.len() < pngs.len() {
            true => pngs,
            false => tiffs,
        };
        left_out.others.sort();
        left_out.companions.sort();
        Ok((kept, left_out))
    }

    /// A sentence that names what was left out.
    pub(super) fn note(&self, folder: &Path) -> Option<String> {
        let mut parts = Vec::new();
        match &*self.companions {
            [] => {}
            [one] => parts.push(format!("the macOS companion {one}")),
            [first, ..] => parts.push(format!(
                "{} macOS companions (such as {first})",
                self.companions.len()
            )),
        }
        if !self.others.is_empty() {
            let named: Vec<&str> = self.others.iter().take(5).map(String::as_str).collect();
            let more = match self.others.len() {
                n if n > 5 => format!(" and {} more", n - 5),
                _ => String::new(),
            };
            parts.push(format!("{}{more}", named.join(", ")));
        }
        (!parts.is_empty()).then(|| {
            format!(
                "left out in {}, being no slices: {}",
                folder.display(),
                parts.join(", ")
            )
        })
    }

    /// What there is where no slice was found, in brackets; empty where there is nothing.
    pub(super) fn seen(&self) -> String {
        let mut names = self.others.clone();
        names.extend(self.companions.iter().cloned());
        let first: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
        match (names.len(), self.folders) {
            (0, 0) => String::new(),
            (0, n) => format!(" that is a slice (there are only {n} folders)"),
            (n, _) => format!(
                " that is a slice (there are {n} others, such as {})",
                first.join(", ")
            ),
        }
    }
}
