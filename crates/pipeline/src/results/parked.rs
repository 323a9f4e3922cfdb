use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use corelith_core::{Spacing, Volume};
use corelith_stats::imaging::weak_regions::ByteSlices;

use crate::{Context, Error};

/// A volume that waits in a file without a name, beside the results, while other work takes the memory; in
/// memory where there is no folder of results. Nothing is left of it when it goes, however it goes.
pub(crate) struct Parked {
    shape: [usize; 3],
    spacing: Spacing,
    place: Place,
}

enum Place {
    Memory(Volume<u8>),
    Disk(Mutex<File>),
}

impl Parked {
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn new(volume: Volume<u8>, context: &Context<'_>) -> Result<Self, Error> {
        let (shape, spacing) = (volume.shape(), volume.spacing());
        let place = match context.folder() {
            None => Place::Memory(volume),
            Some(folder) => {
                let written = tempfile::tempfile_in(folder).and_then(|mut file| {
                    file.write_all(volume.data())?;
                    Ok(file)
                });
                let file = written.map_err(|reason| corelith_io::Error::Write {
                    path: folder.to_owned(),
                    reason,
                })?;
                Place::Disk(Mutex::new(file))
            }
        };
        Ok(Self {
            shape,
            spacing,
            place,
        })
    }

    /// The volume.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub(crate) fn back(self, context: &Context<'_>) -> Result<Volume<u8>, Error> {
        let (shape, spacing) = (self.shape, self.spacing);
        let data = match self.place {
            Place::Memory(volume) => return Ok(volume),
            Place::Disk(_) => self.slices(0..shape[0]).map(Cow::into_owned),
        };
        let data = data.map_err(|reason| corelith_io::Error::Read {
            path: context.out.to_owned(),
            reason,
        })?;
        Ok(Volume::new(data, shape, spacing)?)
    }
}

impl ByteSlices for Parked {
    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn slices(&self, slices: Range<usize>) -> io::Result<Cow<'_, [u8]>> {
        match &self.place {
            Place::Memory(volume) => volume.slices(slices),
            Place::Disk(file) => {
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
            let parked = Parked::new(volume.clone(), &context).unwrap();
            assert_eq!(parked.shape(), [5, 3, 4]);
            for slices in [3..5, 0..1, 2..2] {
                let expected = volume.slices(slices.clone()).unwrap();
                assert_eq!(parked.slices(slices).unwrap(), expected);
            }
            assert_eq!(parked.back(&context).unwrap(), volume);
            assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        }
        let nowhere = Context {
            out: &folder.path().join("nowhere"),
            ..in_memory
        };
        let error = Parked::new(volume, &nowhere).err().unwrap().to_string();
        assert!(error.contains("nowhere"), "{error}");
    }
}
