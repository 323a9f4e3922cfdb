//! What lies beside slices and is none: companions of macOS and Windows, logs, other images.

use std::collections::BTreeMap;
use std::fs;
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
    folders: Vec<PathBuf>,
    /// What the first of the others is, where no slice was found.
    kind: Option<FileKind>,
    /// Folders with files of the kind of the slices, and how many each.
    with_slices: Vec<(String, usize)>,
}

/// Kinds of slices; of as many files, those of the first are taken.
const SLICE_KINDS: [FileKind; 3] = [FileKind::Tiff, FileKind::Png, FileKind::Bmp];

/// The name of a kind without its article.
fn bare(kind: FileKind) -> String {
    let name = kind.to_string();
    name.split_once(' ')
        .map_or(name.clone(), |(_, bare)| bare.to_owned())
}

/// The ending of a file with its dot.
fn ending_of(path: &Path) -> String {
    path.extension()
        .map(|ending| format!(".{}", ending.to_string_lossy()))
        .unwrap_or_default()
}

/// What to do with files of a kind that are no slices.
fn in_words(kind: FileKind) -> String {
    match kind {
        FileKind::Unknown | FileKind::Zeros | FileKind::JpegXl => {
            "; voxels without a header are described by `raw` in section [ct]".to_owned()
        }
        FileKind::Jpeg => format!(
            ", {kind}, whose compression blurs grey values; export the reconstruction as TIFF"
        ),
        kind => format!(", {kind}; export the reconstruction as TIFF"),
    }
}

/// Files of a folder that may be slices by their endings, of one kind or of any.
fn slices_in(folder: &Path, kind: Option<FileKind>) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let kinds = entries.flatten().map(|entry| kind_by_ending(&entry.path()));
    kinds
        .flatten()
        .filter(|k| kind.is_none_or(|kind| kind == *k))
        .count()
}

/// `part1 (10 files), part2 (12 files)`
fn listed(folders: &[(String, usize)]) -> String {
    let named: Vec<String> = folders
        .iter()
        .take(5)
        .map(|(name, files)| format!("{name} ({files} files)"))
        .collect();
    named.join(", ") + if folders.len() > 5 { " ..." } else { "" }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

impl LeftOut {
    /// Takes the slices out of the files of a folder or a pattern: TIFFs, PNGs or BMPs, by their
    /// endings; where no file has such an ending, by their first bytes.
    ///
    /// # Errors
    /// When there are files of two of these kinds in like numbers.
    pub(super) fn sort_out(paths: Vec<PathBuf>) -> Result<(Vec<PathBuf>, Self), Error> {
        let mut left_out = Self::default();
        let mut kinds = SLICE_KINDS.map(|kind| (kind, Vec::new()));
        let mut unknown = Vec::new();
        for path in paths {
            let name = name_of(&path);
            if path.is_dir() {
                left_out.folders.push(path);
            } else if name.starts_with("._") {
                left_out.companions.push(name);
            } else if name.starts_with('.') {
                left_out.others.push(name);
            } else {
                let kind = kind_by_ending(&path);
                match kinds.iter_mut().find(|(k, _)| Some(*k) == kind) {
                    Some((_, files)) => files.push(path),
                    None => unknown.push(path),
                }
            }
        }
        if kinds.iter().all(|(_, files)| files.is_empty()) {
            let mut rest = Vec::new();
            for path in unknown {
                let kind = FileKind::of(&path);
                let of_kind = kinds
                    .iter_mut()
                    .find(|(k, _)| kind.as_ref().ok() == Some(k));
                if let Some((_, files)) = of_kind {
                    files.push(path);
                    continue;
                }
                if let Ok(kind) = kind {
                    left_out.kind.get_or_insert(kind);
                }
                rest.push(path);
            }
            unknown = rest;
        }
        left_out.others.extend(unknown.iter().map(|p| name_of(p)));
        // The sort is stable: of as many files, the first kind goes first.
        kinds.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
        let [(kind, kept), rest @ ..] = kinds;
        if let [(other, few), ..] = &rest[..]
            && !few.is_empty()
            && 4 * few.len() >= kept.len()
        {
            return Err(Error::SliceNames {
                folder: kept[0].parent().unwrap_or(Path::new("")).to_owned(),
                problem: format!(
                    "there are {} {} and {} {} files, such as {} and {}; choose one kind by a \
                     pattern such as `*{}`",
                    kept.len(),
                    bare(kind),
                    few.len(),
                    bare(*other),
                    name_of(&kept[0]),
                    name_of(&few[0]),
                    ending_of(&kept[0])
                ),
            });
        }
        let fewer = rest.iter().flat_map(|(_, files)| files);
        left_out.others.extend(fewer.map(|p| name_of(p)));
        left_out.others.sort();
        left_out.folders.sort();
        let kind = kept.first().and_then(|slice| kind_by_ending(slice));
        let counted = left_out
            .folders
            .iter()
            .map(|f| (name_of(f), slices_in(f, kind)));
        left_out.with_slices = counted.filter(|(_, slices)| *slices > 0).collect();
        left_out.companions.sort();
        Ok((kept, left_out))
    }

    /// Takes the files of the ending that most have.
    pub(super) fn sort_out_raw(paths: Vec<PathBuf>) -> (Vec<PathBuf>, Self) {
        let mut left_out = Self::default();
        let mut by_ending: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for path in paths {
            let name = name_of(&path);
            if path.is_dir() {
                left_out.folders.push(path);
            } else if name.starts_with('.') {
                left_out.others.push(name);
            } else {
                let ending = path
                    .extension()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .to_lowercase();
                by_ending.entry(ending).or_default().push(path);
            }
        }
        let most = by_ending
            .iter()
            .max_by_key(|(_, files)| files.len())
            .map(|(ending, _)| ending.clone());
        let kept = most.and_then(|ending| by_ending.remove(&ending));
        let others = by_ending.values().flatten().map(|path| name_of(path));
        left_out.others.extend(others);
        left_out.others.sort();
        (kept.unwrap_or_default(), left_out)
    }

    /// Sentences that name what was left out.
    pub(super) fn notes(&self, folder: &Path) -> Vec<String> {
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
        let strays = (!parts.is_empty()).then(|| {
            format!(
                "left out in {}, being no slices: {}",
                folder.display(),
                parts.join(", ")
            )
        });
        let folders = (!self.with_slices.is_empty()).then(|| {
            format!(
                "folders in {} were left out: {}; where they hold more of the same stack, move \
                 their slices to the others, numbered through",
                folder.display(),
                listed(&self.with_slices)
            )
        });
        [strays, folders].into_iter().flatten().collect()
    }

    /// What there is where no slice was found, in brackets; empty where there is nothing.
    pub(super) fn seen(&self) -> String {
        let mut names = self.others.clone();
        names.extend(self.companions.iter().cloned());
        let first: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
        match (names.len(), self.folders.len()) {
            (0, 0) => String::new(),
            (0, _) if !self.with_slices.is_empty() => format!(
                " that is a slice (there are folders with slices: {}; name one of them, or all by \
                 a pattern such as `FOLDER/*/*.tif`, which works where slices are numbered through \
                 from one folder to the next)",
                listed(&self.with_slices)
            ),
            (0, n) => format!(" that is a slice (there are only {n} folders)"),
            (n, _) => format!(
                " that is a slice (there are {n} others, such as {}{})",
                first.join(", "),
                self.kind.map_or_else(String::new, in_words)
            ),
        }
    }
}
