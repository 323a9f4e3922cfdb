//! Paths of a project file that name several images: folders and patterns.

use std::path::{Path, PathBuf};

use crate::pattern::{escaped, glob_files, is_pattern};
use crate::{Error, natural};

/// Endings of images.
const ENDINGS: [&str; 9] = [
    "png", "tif", "tiff", "bmp", "gif", "webp", "jpg", "jpeg", "jpe",
];

/// The name of a file, for messages and tables.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Whether a path names several files: a folder, or a pattern that is no file.
pub(crate) fn names_several(path: &Path) -> bool {
    path.is_dir() || is_pattern(path)
}

/// The images in a folder or that a pattern matches, in the order in which a person counts, and the
/// files that are none.
///
/// # Errors
/// [`Error::Read`], [`Error::Pattern`].
pub(crate) fn image_files(place: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let all: Vec<PathBuf> = match place.is_dir() {
        true => std::fs::read_dir(place)
            .map_err(Error::read(place))?
            .map(|entry| entry.map(|e| e.path()).map_err(Error::read(place)))
            .collect::<Result<_, _>>()?,
        false => glob_files(&escaped(place), place)?,
    };
    let visible = |path: &PathBuf| path.is_file() && !file_name(path).starts_with('.');
    let (mut images, mut others): (Vec<_>, Vec<_>) =
        all.into_iter().filter(visible).partition(|path| {
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            ENDINGS.contains(&&*ending.to_lowercase())
        });
    images.sort_by(|a, b| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    others.sort();
    Ok((images, others))
}
