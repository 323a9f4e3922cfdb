//! What every format of volumes gives: size and type at once, slices when they are asked for.

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sample::Depth;
use super::voxels::Voxels;
use crate::{Error, SaidSpacing};

/// A volume whose headers were read.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// The files, in the order of their slices; one that all slices are named by in messages.
    pub files: Vec<PathBuf>,
    /// Further files that are read: voxels behind a header of their own, chunks.
    pub beside: Vec<PathBuf>,
    /// What the names of files say besides their order: the places of chunks.
    pub places: Vec<String>,
    /// `[nz, ny, nx]`.
    pub shape: [usize; 3],
    pub depth: Depth,
    pub spacing: Option<SaidSpacing>,
    /// Whether 0 is shown white.
    pub white_is_zero: bool,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
    pub store: Arc<dyn SliceStore>,
}

impl Opened {
    /// The same behind a header, which may be a file of its own: messages name it, and what it
    /// names is read as well.
    pub(super) fn behind(mut self, header: &Path) -> Self {
        let voxels = std::mem::replace(&mut self.files[0], header.to_owned());
        self.beside.extend((voxels != header).then_some(voxels));
        self
    }
}

/// Where slices come from.
pub(super) trait SliceStore: Debug + Send + Sync {
    /// A reader that gives slice `z` next. `z` is below the number of slices.
    ///
    /// # Errors
    /// When the file cannot be opened.
    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error>;

    /// Slices that are best read in one go, by one reader: about as many as are `wanted`, or all
    /// `slices` where a reader cannot begin in their midst.
    fn slices_in_a_run(&self, slices: usize, wanted: usize) -> usize {
        wanted.min(slices)
    }

    /// Looks at the header of every slice.
    ///
    /// # Errors
    /// When a slice is damaged, differs from the first in size or type, or says more than its file
    /// can hold.
    fn check_headers(&self) -> Result<(), Error>;
}

/// Decodes one slice after the other.
pub(super) trait SliceReader {
    /// The next slice, row by row.
    ///
    /// # Errors
    /// When it is damaged, or differs from the first in size or type.
    fn next_slice(&mut self) -> Result<Voxels, Error>;
}
