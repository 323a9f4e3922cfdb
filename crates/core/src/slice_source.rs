use std::borrow::Cow;
use std::io;
use std::ops::Range;

use crate::Volume;

/// A volume that is asked for some slices at a time, so that it need not lie in memory. `E` is why they cannot
/// be read.
pub trait SliceSource<T: Clone, E = io::Error>: Sync {
    /// `[nz, ny, nx]`.
    fn shape(&self) -> [usize; 3];

    /// Some slices, one after the other.
    ///
    /// # Errors
    /// When they cannot be read.
    fn slices(&self, slices: Range<usize>) -> Result<Cow<'_, [T]>, E>;

    /// Slice `z`, row by row.
    ///
    /// # Errors
    /// When it cannot be read.
    fn slice(&self, z: usize) -> Result<Cow<'_, [T]>, E> {
        self.slices(z..z + 1)
    }
}

/// A volume whose slices can be replaced, some at a time.
pub trait SliceStore<T: Clone, E = io::Error>: SliceSource<T, E> {
    /// Puts some whole slices in the place of those from the `z`-th on.
    ///
    /// # Errors
    /// When they cannot be written.
    ///
    /// # Panics
    /// When the volume does not have the slices.
    fn put_slices(&mut self, z: usize, slices: &[T]) -> Result<(), E>;
}

impl<T: Clone + Sync, E> SliceSource<T, E> for Volume<T> {
    fn shape(&self) -> [usize; 3] {
        Self::shape(self)
    }

    fn slices(&self, slices: Range<usize>) -> Result<Cow<'_, [T]>, E> {
        let [_, ny, nx] = Self::shape(self);
        let area = ny * nx;
        let voxels = slices.start * area..slices.end * area;
        Ok(Cow::Borrowed(&self.data()[voxels]))
    }
}

impl<T: Clone + Sync, E> SliceStore<T, E> for Volume<T> {
    fn put_slices(&mut self, z: usize, slices: &[T]) -> Result<(), E> {
        let [_, ny, nx] = Self::shape(self);
        self.data_mut()[z * ny * nx..][..slices.len()].clone_from_slice(slices);
        Ok(())
    }
}
