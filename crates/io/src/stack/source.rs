//! Which files make a stack.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::left_out::LeftOut;
use super::numbered_name::normalised;
use super::slice_names;
use crate::file_kind::FileKind;
use crate::pattern::{escaped, glob_files};
use crate::{Error, natural};

/// The files of a stack in the order of their slices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub files: Vec<PathBuf>,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
    /// Distance of slices by the positions in their names.
    pub step_um: Option<f64>,
}

/// The files of a stack: those that a pattern matches, all slices of a folder, or one file.
///
/// Endings are taken in any case, and `.tif` and `.tiff` as one. Where a pattern matches nothing,
/// its back slashes are read as slashes, then letters in any case and accents in any spelling.
///
/// # Errors
/// When nothing is found, or the names do not make one stack.
pub(super) fn files(pattern_or_folder: &Path) -> Result<Found, Error> {
    files_of(pattern_or_folder, LeftOut::sort_out)
}

/// The files of a stack as [`files`] finds them, of voxels without a header: those of the ending
/// that most have.
///
/// # Errors
/// Those of [`files`].
pub(super) fn raw_files(pattern_or_folder: &Path) -> Result<Found, Error> {
    files_of(pattern_or_folder, |paths| Ok(LeftOut::sort_out_raw(paths)))
}

fn files_of(
    pattern_or_folder: &Path,
    sort_out: impl Fn(Vec<PathBuf>) -> Result<(Vec<PathBuf>, LeftOut), Error>,
) -> Result<Found, Error> {
    let mut notes = Vec::new();
    let candidates = match fs::metadata(pattern_or_folder) {
        Ok(found) if found.is_dir() => entries(pattern_or_folder)?,
        Ok(found) if found.is_file() => {
            return Ok(Found {
                files: vec![pattern_or_folder.to_owned()],
                notes,
                step_um: None,
            });
        }
        Ok(_) => {
            return Err(Error::NotAFile {
                path: pattern_or_folder.to_owned(),
                found: "a pipe, a socket or a device",
            });
        }
        Err(_) => matching(pattern_or_folder, &mut notes)?,
    };
    let (mut files, left_out) = sort_out(candidates)?;
    if files.is_empty() {
        let seen = match left_out.seen() {
            nothing if nothing.is_empty() => seen_beside(pattern_or_folder),
            seen => seen,
        };
        return Err(Error::NoSlices {
            pattern: pattern_or_folder.to_owned(),
            seen,
        });
    }
    files.sort_by(|a, b| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    let folder = common_folder(&files);
    notes.extend(left_out.notes(&folder));
    let names: Vec<String> = files
        .iter()
        .map(|file| {
            let below = file.strip_prefix(&folder).unwrap_or(file);
            below.to_string_lossy().replace('\\', "/")
        })
        .collect();
    let order = slice_names::order(&names, &folder)?;
    notes.extend(order.notes);
    Ok(Found {
        files: order.places.iter().map(|&i| files[i].clone()).collect(),
        notes,
        step_um: order.step_um,
    })
}

/// What lies in the folder in which nothing matches, in brackets; empty where that says nothing.
fn seen_beside(pattern: &Path) -> String {
    let Some(folder) = pattern.parent().filter(|f| !f.as_os_str().is_empty()) else {
        return String::new();
    };
    let Ok(found) = entries(folder) else {
        return match folder.exists() {
            true => String::new(),
            false => format!(" (there is no folder {})", folder.display()),
        };
    };
    let mut slices: Vec<PathBuf> = found
        .into_iter()
        .filter(|file| kind_by_ending(file).is_some())
        .collect();
    slices.sort_by(|a, b| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    match &slices[..] {
        [] => String::new(),
        [first, ..] => format!(
            " (its folder holds {} images, such as {}; in a pattern `*` stands for any text)",
            slices.len(),
            first.file_name().unwrap_or_default().to_string_lossy()
        ),
    }
}

fn common_folder(files: &[PathBuf]) -> PathBuf {
    let mut folder = files[0].parent().unwrap_or(Path::new("")).to_owned();
    while !files.iter().all(|file| file.starts_with(&folder)) {
        if !folder.pop() {
            break;
        }
    }
    folder
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    fs::read_dir(folder)
        .map_err(Error::read(folder))?
        .map(|entry| entry.map(|e| e.path()).map_err(Error::read(folder)))
        .collect()
}

/// Spellings of an ending: both of TIFF, in any case.
fn with_any_ending(pattern: &str) -> Vec<String> {
    let lower = pattern.to_lowercase();
    let any_case = |ending: &str| -> String {
        ending
            .chars()
            .map(|c| format!("[{c}{}]", c.to_ascii_uppercase()))
            .collect()
    };
    for (ending, all) in [
        (".tif", &["tif", "tiff"][..]),
        (".tiff", &["tif", "tiff"]),
        (".png", &["png"]),
        (".bmp", &["bmp"]),
    ] {
        if lower.ends_with(ending) && pattern.is_char_boundary(pattern.len() - ending.len()) {
            let start = &pattern[..pattern.len() - ending.len()];
            return all
                .iter()
                .map(|e| format!("{start}.{}", any_case(e)))
                .collect();
        }
    }
    vec![pattern.to_owned()]
}

/// Each file once, under its shortest path: `**` follows links, which may lead in a circle.
fn each_once(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    files.sort_by_key(|file| file.components().count());
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
    files
}

fn matching(pattern: &Path, notes: &mut Vec<String>) -> Result<Vec<PathBuf>, Error> {
    let mut found = matching_endings(pattern, notes)?;
    if pattern.to_string_lossy().contains("**") {
        found = each_once(found);
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let text = pattern.to_string_lossy();
    let slashes = PathBuf::from(text.replace('\\', "/"));
    if slashes != pattern {
        let found = match fs::metadata(&slashes) {
            Ok(m) if m.is_dir() => entries(&slashes)?,
            Ok(_) => vec![slashes.clone()],
            Err(_) => matching_endings(&slashes, notes)?,
        };
        if !found.is_empty() {
            notes.push(format!(
                "the back slashes in `{text}` were read as slashes, which every system knows"
            ));
            return Ok(found);
        }
    }
    let letters = PathBuf::from(slashes.to_string_lossy().replace('[', "[[]"));
    if letters != slashes {
        let found = matching_endings(&letters, &mut Vec::new())?;
        if !found.is_empty() {
            notes.push(format!(
                "the brackets in `{text}` were taken as letters; in a pattern `[1]` stands for one \
                 of the characters between them"
            ));
            return Ok(found);
        }
    }
    let mut found = matching_spellings(&slashes)?;
    if let [folder] = &*found
        && folder.is_dir()
    {
        found = entries(folder)?;
    }
    if let Some(first) = found.first() {
        notes.push(format!(
            "`{text}` matches nothing letter by letter; files that differ from it only in upper \
             and lower case or in the spelling of accents were taken, such as {}",
            first.display()
        ));
    }
    Ok(found)
}

/// Files that match but for their ending.
fn matching_endings(pattern: &Path, notes: &mut Vec<String>) -> Result<Vec<PathBuf>, Error> {
    let escaped = escaped(pattern);
    let exact = glob_files(&escaped, pattern)?;
    let mut all = Vec::new();
    for spelling in with_any_ending(&escaped) {
        all.extend(glob_files(&spelling, pattern)?);
    }
    let exact: HashSet<PathBuf> = exact.into_iter().collect();
    let others: Vec<&PathBuf> = all.iter().filter(|file| !exact.contains(*file)).collect();
    if let Some(first) = others.first() {
        notes.push(format!(
            "the pattern `{}` was taken to match any spelling of its ending: {} more files, such \
             as {}",
            pattern.display(),
            others.len(),
            first.file_name().unwrap_or_default().to_string_lossy()
        ));
    }
    Ok(all)
}

/// Files that match the pattern, component by component, with letters in any case and accents in
/// any spelling.
fn matching_spellings(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut places = vec![PathBuf::new()];
    for component in pattern.components() {
        let Component::Normal(wanted) = component else {
            for place in &mut places {
                place.push(component);
            }
            continue;
        };
        let wanted_text = normalised(&wanted.to_string_lossy());
        let mut next = Vec::new();
        for place in &places {
            let exact = place.join(wanted);
            if exact.symlink_metadata().is_ok() {
                next.push(exact);
                continue;
            }
            let folder = match place.as_os_str().is_empty() {
                true => Path::new("."),
                false => place,
            };
            let Ok(names) = fs::read_dir(folder) else {
                continue;
            };
            let spellings: Vec<glob::Pattern> = with_any_ending(&wanted_text)
                .iter()
                .filter_map(|spelling| glob::Pattern::new(spelling).ok())
                .collect();
            for name in names.flatten().map(|entry| entry.file_name()) {
                let text = normalised(&name.to_string_lossy());
                if spellings.iter().any(|s| s.matches(&text)) {
                    next.push(place.join(name));
                }
            }
        }
        places = next;
    }
    places.retain(|place| !place.as_os_str().is_empty());
    Ok(places)
}

/// Whether a file is a slice by its ending; `None` when the ending says nothing.
pub(super) fn kind_by_ending(path: &Path) -> Option<FileKind> {
    let ending = path.extension()?.to_str()?.to_lowercase();
    match ending.as_str() {
        "tif" | "tiff" => Some(FileKind::Tiff),
        "png" => Some(FileKind::Png),
        "bmp" => Some(FileKind::Bmp),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
