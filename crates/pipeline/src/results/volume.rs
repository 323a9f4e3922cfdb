use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use corelith_core::{Progress, Spacing, Volume};
use corelith_io::{Sample, VolumeSource};
use serde::{Serialize, Serializer};

use super::in_use::InUse;
use crate::Error;
use crate::resume::Content;

/// A volume among the results. It is read once for all who use it at the same time.
#[derive(Debug, Clone)]
pub struct StoredVolume<T> {
    content: Content,
    spacing: Spacing,
    in_use: InUse<Volume<T>>,
}

impl<T> StoredVolume<T> {
    /// The volume in a file. Its spacing is the project's: a TIFF holds it as a ratio of whole
    /// numbers, which is not always the same number.
    pub fn new(content: Content, spacing: Spacing) -> Self {
        Self {
            content,
            spacing,
            in_use: InUse::default(),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.content.path()
    }

    /// Distance between voxels.
    pub fn spacing(&self) -> Spacing {
        self.spacing
    }
}

impl<T: Sample> StoredVolume<T> {
    /// `[nz, ny, nx]`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn shape(&self) -> Result<[usize; 3], Error> {
        Ok(VolumeSource::open(self.path())?.shape())
    }

    /// Reads some slices.
    ///
    /// # Errors
    /// When the file cannot be read.
    ///
    /// # Panics
    /// When there are no such slices.
    pub fn read_slices(
        &self,
        slices: Range<usize>,
        progress: &dyn Progress,
    ) -> Result<Volume<T>, Error> {
        let source = VolumeSource::open(self.path())?;
        Ok(source.read_slices(slices, self.spacing, progress)?)
    }

    /// Reads the volume for who is alone to use it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_alone(&self, progress: &dyn Progress) -> Result<Volume<T>, Error> {
        let volume = corelith_io::read_volume(self.path(), self.spacing, progress)?;
        Ok(volume.with_spacing(self.spacing))
    }

    /// Reads the volume, unless someone holds it already.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, progress: &dyn Progress) -> Result<Arc<Volume<T>>, Error> {
        self.in_use.get_or_read(|| self.read_alone(progress))
    }
}

impl<T> Serialize for StoredVolume<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (&self.content, self.spacing).serialize(to)
    }
}
