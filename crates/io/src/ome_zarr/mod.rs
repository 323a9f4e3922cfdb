//! Results as one OME-Zarr image with its labels, as napari, Fiji and ome-zarr-py open it.
//!
//! Version 0.5 of the format, on Zarr 3: the grey values at every power of two down to a thumbnail,
//! label volumes of the same grid below `labels/`, micrometres, and the colours of the mineral list.
//! Format: <https://ngff.openmicroscopy.org/0.5/>.

mod array;
mod metadata;
mod pyramid;
mod voxel;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use corelith_core::{Progress, Raster, Spacing};
use serde_json::Value;

use self::metadata::Resolution;
use self::pyramid::Pyramid;
use crate::{Error, write_json};

pub use voxel::ZarrVoxel;

/// A value of a label volume: what it stands for, and how it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelValue {
    /// The value.
    pub value: u32,
    /// What it stands for.
    pub name: String,
    /// Colour and opacity.
    pub rgba: [u8; 4],
}

/// An OME-Zarr image under way. Without [`Self::finish`] the folder is no image: what names its
/// parts is written last.
#[derive(Debug)]
pub struct OmeZarr {
    folder: PathBuf,
    name: String,
    shape: [usize; 3],
    spacing: Spacing,
    /// Relative to `folder`.
    files: Vec<PathBuf>,
    image: Option<Value>,
    labels: Vec<String>,
}

impl OmeZarr {
    /// Starts an image of `[nz, ny, nx]` voxels; what the folder held before is removed.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn create(
        folder: &Path,
        name: &str,
        shape: [usize; 3],
        spacing: Spacing,
    ) -> Result<Self, Error> {
        match fs::remove_dir_all(folder) {
            Err(reason) if reason.kind() != ErrorKind::NotFound => {
                return Err(Error::write(folder)(reason));
            }
            _ => {}
        }
        fs::create_dir_all(folder).map_err(Error::write(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            shape,
            spacing,
            files: Vec::new(),
            image: None,
            labels: Vec::new(),
        })
    }

    /// Writes the grey values, slice by slice. One slab of 64 slices and its coarser versions are in
    /// memory.
    ///
    /// # Errors
    /// When a slice cannot be read or a file not written, or on cancellation.
    ///
    /// # Panics
    /// When the slices are not of the image's shape.
    pub fn write_greys(
        &mut self,
        slices: impl Iterator<Item = Result<Raster<u16>, Error>>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let mut counts = vec![0_u64; usize::from(u16::MAX) + 1];
        let slices = slices.inspect(|slice| {
            for &grey in slice.iter().flat_map(Raster::data) {
                counts[usize::from(grey)] += 1;
            }
        });
        let resolutions = self.write_levels(Path::new(""), slices, progress)?;
        self.image = Some(metadata::image(&self.name, &resolutions, &counts));
        Ok(())
    }

    /// Writes labels of the same grid, slice by slice. Viewers show nothing where a label is 0.
    ///
    /// # Errors
    /// As [`Self::write_greys`].
    ///
    /// # Panics
    /// As [`Self::write_greys`].
    pub fn write_labels<T: ZarrVoxel>(
        &mut self,
        name: &str,
        slices: impl Iterator<Item = Result<Raster<T>, Error>>,
        values: &[LabelValue],
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let below = Path::new("labels").join(name);
        let resolutions = self.write_levels(&below, slices, progress)?;
        self.write_group(&below, metadata::labels(name, &resolutions, values))?;
        self.labels.push(name.to_owned());
        Ok(())
    }

    /// Writes what names the parts. Returns every file, relative to the folder.
    ///
    /// # Errors
    /// [`Error::Write`].
    ///
    /// # Panics
    /// Without grey values: labels are labels of something.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, Error> {
        let labels = metadata::list_of_labels(&self.labels);
        self.write_group(Path::new("labels"), labels)?;
        let image = self.image.take().expect("grey values were written");
        self.write_group(Path::new(""), image)?;
        Ok(self.files)
    }

    fn write_group(&mut self, below: &Path, ome: Value) -> Result<(), Error> {
        let file = below.join("zarr.json");
        write_json(&self.folder.join(&file), &metadata::group(ome))?;
        self.files.push(file);
        Ok(())
    }

    /// Writes a volume at every resolution.
    fn write_levels<T: ZarrVoxel>(
        &mut self,
        below: &Path,
        slices: impl Iterator<Item = Result<Raster<T>, Error>>,
        progress: &dyn Progress,
    ) -> Result<Vec<Resolution>, Error> {
        let [nz, ny, nx] = self.shape;
        let mut pyramid = Pyramid::create(&self.folder, below, self.shape)?;
        progress.start("writing OME-Zarr", nz as u64);
        for slice in slices {
            progress.check()?;
            let slice = slice?;
            assert_eq!((slice.rows(), slice.cols()), (ny, nx), "size of a slice");
            pyramid.push(slice.data())?;
            progress.advance(1);
        }
        progress.finish();
        let (levels, files) = pyramid.finish();
        self.files.extend(files);
        Ok(Resolution::of_levels(&levels, self.spacing))
    }
}
