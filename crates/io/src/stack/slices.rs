use corelith_core::Raster;

use super::read::VolumeSource;
use super::sample::Sample;
use super::store::SliceReader;
use crate::Error;

/// The slices of a volume in order; ends after the first error.
pub struct Slices<'a, T> {
    source: &'a VolumeSource,
    reader: Option<Box<dyn SliceReader + 'a>>,
    z: usize,
    sample: std::marker::PhantomData<T>,
}

impl<T> std::fmt::Debug for Slices<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slices")
            .field("source", &self.source)
            .field("z", &self.z)
            .finish_non_exhaustive()
    }
}

impl<'a, T: Sample> Slices<'a, T> {
    pub(super) fn of(source: &'a VolumeSource) -> Self {
        Self {
            source,
            reader: None,
            z: 0,
            sample: std::marker::PhantomData,
        }
    }

    fn decode(&mut self) -> Result<Raster<T>, Error> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            empty => empty.insert(self.source.reader(self.z)?),
        };
        let voxels = reader.next_slice()?;
        self.source.raster(self.z, voxels)
    }
}

impl<T: Sample> Iterator for Slices<'_, T> {
    type Item = Result<Raster<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let slices = self.source.shape()[0];
        if self.z >= slices {
            return None;
        }
        let slice = self.decode();
        self.z = match slice {
            Ok(_) => self.z + 1,
            Err(_) => slices,
        };
        Some(slice)
    }
}
