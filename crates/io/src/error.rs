use std::io;
use std::path::{Path, PathBuf};

use corelith_core::{Cancelled, MineralsError, ShapeError};

use crate::advice::{read_advice, voxel_advice, write_advice};
use crate::file_kind::FileKind;
use crate::unknown_colour::UnknownColour;

/// What can go wrong with a file.
///
/// Every message is complete in itself: what was wrong, in which file, slice, row or line, what
/// was expected and found, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {reason}{}", read_advice(reason))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file cannot be written; nothing half-written is left, and an earlier file is as it was.
    #[error("cannot write {path}: {reason}{}", write_advice(reason))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// No slice where slices were expected.
    #[error(
        "no slices found: {pattern} matches no file{seen}; expected a file with a volume, a folder \
         of TIFF, PNG or BMP slices, or a pattern such as `ct/slice_*.tif` (in a project file this is \
         `slices` in section [ct], relative to the project file)"
    )]
    NoSlices {
        /// The pattern, folder or file.
        pattern: PathBuf,
        /// What is there instead; empty where nothing is known.
        seen: String,
    },
    /// A glob pattern that cannot be understood.
    #[error("the pattern {pattern} cannot be understood: {reason}")]
    Pattern {
        /// The pattern.
        pattern: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The numbers in the file names do not count by a constant step: slices are missing.
    #[error(
        "the slices are not complete: number {expected} is missing between {before} and \
         {after}{more}; restore what is missing, or take away what does not belong there"
    )]
    SliceGap {
        /// Name of the slice before the gap.
        before: String,
        /// The number that should follow.
        expected: String,
        /// Name of the slice after the gap.
        after: String,
        /// How many more gaps there are; empty where there is none.
        more: String,
    },
    /// File names that do not make one stack: copies, strays, several scans.
    #[error("{folder}: {problem}")]
    SliceNames {
        /// The folder or pattern.
        folder: PathBuf,
        /// Which files, what was expected and what to do.
        problem: String,
    },
    /// A whole file of another kind than its name or place says.
    #[error(
        "{path}, slice {slice}: the file is {found}, expected {expected}; give it its right ending \
         and place, or export it as {expected}"
    )]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// Slice, counted from 0.
        slice: usize,
        /// What it is by its first bytes.
        found: FileKind,
        /// What was expected.
        expected: &'static str,
    },
    /// A volume that cannot be read as it is: several channels, an unknown encoding, a header that
    /// contradicts itself.
    #[error("{path}: {problem}")]
    Volume {
        /// The file.
        path: PathBuf,
        /// What is wrong, what was found and what to do.
        problem: String,
    },
    /// A voxel that its volume cannot hold.
    #[error(
        "{path}, slice {slice}: the voxel in column {col}, row {row} is {value}, expected \
         {expected}; {}",
        voxel_advice(value)
    )]
    Voxel {
        /// The file.
        path: PathBuf,
        /// Slice, counted from 0.
        slice: usize,
        /// Column, counted from 0.
        col: usize,
        /// Row, counted from 0.
        row: usize,
        /// The value in the file.
        value: String,
        /// What can be held.
        expected: &'static str,
    },
    /// A slice or page that cannot be decoded.
    #[error(
        "{path}, slice {slice}: {reason}; the file is damaged, cut short or of a kind that is not \
         read. Copy or export it again"
    )]
    Page {
        /// The file.
        path: PathBuf,
        /// Slice, counted from 0.
        slice: usize,
        /// What the decoder said.
        reason: String,
    },
    /// A slice of another size than the first.
    #[error(
        "{path}, slice {slice}: {} x {} pixels, expected {} x {} as in the first slice; all \
         slices need the same size",
        found[0], found[1], expected[0], expected[1]
    )]
    SliceSize {
        /// The file.
        path: PathBuf,
        /// Slice, counted from 0.
        slice: usize,
        /// Columns and rows of the first slice.
        expected: [usize; 2],
        /// Columns and rows of this slice.
        found: [usize; 2],
    },
    /// Pixels of another kind than expected: depth, colour, float.
    #[error("{path}, slice {slice}: {found}, expected {expected}; export it again as {expected}")]
    PixelKind {
        /// The file.
        path: PathBuf,
        /// Slice, counted from 0.
        slice: usize,
        /// What was expected.
        expected: String,
        /// What the file holds.
        found: String,
    },
    /// A stack that got more or fewer slices, or slices of another size, than announced.
    #[error("{path}: {found} {what} written, {expected} announced")]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// Slices or voxels.
        what: &'static str,
        /// Number announced.
        expected: usize,
        /// Number given.
        found: usize,
    },
    /// A buffer and a shape that do not fit.
    #[error("{path}: {reason}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: ShapeError,
    },
    /// A cell of a CSV file.
    #[error("{path}, row {row}, column `{column}`: {problem}")]
    Cell {
        /// The file.
        path: PathBuf,
        /// Row, counted from 1, without the header.
        row: usize,
        /// Name of the column.
        column: String,
        /// What is wrong, what was expected and found.
        problem: String,
    },
    /// A CSV file as a whole.
    #[error("{path}: {problem}")]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A mineral list that contradicts itself.
    #[error("{path}: {reason}")]
    Minerals {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: MineralsError,
    },
    /// A map colour that is not in the mineral list.
    #[error(transparent)]
    UnknownColour(#[from] Box<UnknownColour>),
    /// An image that cannot be decoded, or of a kind that is not read.
    #[error("{path}: {problem}")]
    Image {
        /// The file.
        path: PathBuf,
        /// What is wrong, what was expected and what to do.
        problem: String,
    },
    /// A BSE image of another size than its mineral map, in which the map has no clear place.
    #[error(
        "{path}: {} x {} pixels, expected {} x {} as in the mineral map {map}; {best}",
        found[0], found[1], expected[0], expected[1]
    )]
    ImageSize {
        /// The BSE image.
        path: PathBuf,
        /// The mineral map.
        map: PathBuf,
        /// Columns and rows of the mineral map.
        expected: [usize; 2],
        /// Columns and rows found.
        found: [usize; 2],
        /// The best place that was found, and what to do.
        best: String,
    },
    /// Two mineral maps that show one section.
    #[error(
        "the maps `{original}` and `{copy}` show one section: `{copy}` is `{original}`, {how}. What \
         is learned from a section cannot be checked against it, and it counts once: take one of \
         them out of the project file, or name the map of another section"
    )]
    SameSection {
        /// Name of the map that the other was made from.
        original: String,
        /// Name of the other.
        copy: String,
        /// What was done to it, in words.
        how: String,
    },
    /// Several things that are wrong, found at once.
    #[error("{}", one_a_line(.0))]
    Several(Vec<Error>),
    /// A project file or another TOML or JSON file.
    #[error("{path}:{line}:{column}: {problem}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong, with the nearest known key where one was mistyped.
        problem: String,
    },
    /// A project file whose values contradict each other.
    #[error("{path}, section [{section}]: {problem}")]
    Section {
        /// The project file.
        path: PathBuf,
        /// The section.
        section: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A file of results that is damaged or was written by another version.
    #[error("{path} cannot be used: {problem}; it is damaged or of another version: make it again")]
    Decode {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A value that the format cannot hold.
    #[error("{path}: {problem}")]
    Encode {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A folder, a device, a socket or a pipe where a file was expected.
    #[error("{path} is {found}, expected a file; correct the path")]
    NotAFile {
        /// What is there.
        path: PathBuf,
        /// Its kind in words.
        found: &'static str,
    },
    /// A data set that the manifest does not know.
    #[error("no data set is named `{name}`; known: {known}")]
    NoDataset {
        /// The wanted name.
        name: String,
        /// Names in the manifest.
        known: String,
    },
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Error {
    /// Everything that is wrong, as one error; `None` when nothing is.
    pub(crate) fn of_all(mut errors: Vec<Self>) -> Option<Self> {
        match errors.len() {
            0 | 1 => errors.pop(),
            _ => Some(Self::Several(errors)),
        }
    }

    /// The things that are wrong, one by one.
    pub fn each(self) -> Vec<Self> {
        match self {
            Self::Several(errors) => errors.into_iter().flat_map(Self::each).collect(),
            one => vec![one],
        }
    }

    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |reason| Self::Read {
            path: path.to_owned(),
            reason,
        }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |reason| Self::Write {
            path: path.to_owned(),
            reason,
        }
    }
}

fn one_a_line(errors: &[Error]) -> String {
    let lines: Vec<String> = errors.iter().map(Error::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_small() {
        assert!(size_of::<Error>() <= 120, "{}", size_of::<Error>());
    }
}
