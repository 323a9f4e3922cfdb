use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use corelith_core::{Progress, SliceSource, SliceStore, Spacing, Volume};

use crate::{Context, Error};

/// A volume that waits in a file without a name, beside the results, while other work takes the memory; in
/// memory where there is no folder of results. Nothing is left of it when it goes, however it goes.
pub struct Parked {
    shape: [usize; 3],
    spacing: Spacing,
    place: Place,
}

enum Place {
    Memory(Volume<u8>),
    Disk { folder: PathBuf, file: Mutex<File> },
}

impl Parked {
    /// Zeros, in `[nz, ny, nx]` voxels.
    ///
    /// # Errors
    /// When there can be no file in the folder of results.
    pub fn zeros(
        shape: [usize; 3],
        spacing: Spacing,
        context: &Context<'_>,
    ) -> Result<Self, Error> {
        let place = match context.folder() {
            None => Place::Memory(Volume::filled(shape, spacing, 0)),
            Some(folder) => {
                let folder = folder.to_owned();
                let bytes = shape.iter().product::<usize>() as u64;
                tempfile::tempfile_in(&folder)
                    .and_then(|file| file.set_len(bytes).map(|()| Mutex::new(file)))
                    .map(|file| Place::Disk {
                        folder: folder.clone(),
                        file,
                    })
                    .map_err(|reason| corelith_io::Error::Write {
                        path: folder,
                        reason,
                    })?
            }
        };
        Ok(Self {
            shape,
            spacing,
            place,
        })
    }

    /// Distance between voxels.
    pub(crate) fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// Puts some whole slices where they belong, as [`SliceStore::put_slices`] does.
    ///
    /// # Errors
    /// When they cannot be written.
    ///
    /// # Panics
    /// When the volume does not have the slices.
    pub(crate) fn put(&mut self, z: usize, slices: &[u8]) -> Result<(), Error> {
        self.put_slices(z, slices).map_err(|reason| {
            let path = self.folder();
            corelith_io::Error::Write { path, reason }.into()
        })
    }

    /// Writes it into one TIFF, as [`corelith_io::write_volume`] does.
    ///
    /// # Errors
    /// When it cannot be read back or written; cancellation.
    pub(crate) fn write(&self, path: &Path, progress: &dyn Progress) -> Result<(), Error> {
        Ok(corelith_io::write_slices(
            path,
            self,
            self.spacing,
            progress,
        )?)
    }

    /// The volume.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub fn back(self) -> Result<Volume<u8>, Error> {
        match self.place {
            Place::Memory(volume) => Ok(volume),
            Place::Disk { .. } => self.copy(),
        }
    }

    /// The volume, which stays where it is.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub fn copy(&self) -> Result<Volume<u8>, Error> {
        let data = self.read(0..self.shape[0])?.into_owned();
        Ok(Volume::new(data, self.shape, self.spacing)?)
    }

    /// Where it waits; empty in memory.
    fn folder(&self) -> PathBuf {
        match &self.place {
            Place::Memory(_) => PathBuf::new(),
            Place::Disk { folder, .. } => folder.clone(),
        }
    }

    /// Some slices, as [`SliceSource::slices`] reads them.
    ///
    /// # Errors
    /// When they cannot be read back.
    pub(crate) fn read(&self, slices: Range<usize>) -> Result<Cow<'_, [u8]>, Error> {
        self.slices(slices).map_err(|reason| {
            let path = self.folder();
            corelith_io::Error::Read { path, reason }.into()
        })
    }
}

impl SliceStore<u8> for Parked {
    fn put_slices(&mut self, z: usize, slices: &[u8]) -> io::Result<()> {
        let first = z * self.shape[1] * self.shape[2];
        assert!(
            first + slices.len() <= self.shape.iter().product(),
            "slices"
        );
        match &mut self.place {
            Place::Memory(volume) => volume.put_slices(z, slices),
            Place::Disk { file, .. } => {
                let file = file.get_mut().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(first as u64))?;
                file.write_all(slices)
            }
        }
    }
}

impl SliceSource<u8> for Parked {
    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn slices(&self, slices: Range<usize>) -> io::Result<Cow<'_, [u8]>> {
        match &self.place {
            Place::Memory(volume) => volume.slices(slices),
            Place::Disk { file, .. } => {
                let area = self.shape[1] * self.shape[2];
                let mut read = vec![0; slices.len() * area];
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start((slices.start * area) as u64))?;
                file.read_exact(&mut read)?;
                Ok(Cow::Owned(read))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;
    use corelith_gpu::Compute;

    use super::*;

    #[test]
    fn what_waits_on_the_disk_comes_back_and_leaves_nothing() {
        let volume = Volume::from_fn([5, 3, 4], Spacing::isotropic(2.5), |x, y, z| {
            (x + 7 * y + 31 * z) as u8
        });
        let folder = tempfile::tempdir().unwrap();
        let in_memory = Context::in_memory(&Compute::Cpu, &Silent);
        let on_disk = Context {
            out: folder.path(),
            ..in_memory
        };
        for context in [in_memory, on_disk] {
            let mut parked = Parked::zeros([5, 3, 4], volume.spacing(), &context).unwrap();
            for z in [3, 0, 2, 4, 3] {
                parked.put(z, volume.slice(z)).unwrap();
            }
            assert_eq!(*parked.read(1..2).unwrap(), [0; 12]);
            parked.put(1, &volume.data()[12..36]).unwrap();
            assert_eq!(parked.shape(), [5, 3, 4]);
            for slices in [3..5, 0..1, 2..2] {
                let voxels = slices.start * 12..slices.end * 12;
                assert_eq!(*parked.read(slices).unwrap(), volume.data()[voxels]);
            }
            assert_eq!(parked.back().unwrap(), volume);
            assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        }
        let nowhere = Context {
            out: &folder.path().join("nowhere"),
            ..in_memory
        };
        let error = Parked::zeros([5, 3, 4], volume.spacing(), &nowhere)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("nowhere"), "{error}");
    }
}
