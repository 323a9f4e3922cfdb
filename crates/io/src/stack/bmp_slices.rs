//! BMP files as slices, as NRecon of SkyScan scanners writes them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::sample::Depth;
use super::store::{Opened, SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::Error;
use crate::file_kind::FileKind;
use crate::image_file::{Grey, ImageFile, Pixels, bmp_size};

/// Opens one BMP a slice, of 8 bits by what viewers show of them.
pub(super) fn open(files: Vec<PathBuf>) -> Result<Opened, Error> {
    let size = size_of(&files[0], 0)?;
    grey_of(&files[0], 0)?;
    let [cols, rows] = size;
    Ok(Opened {
        shape: [files.len(), rows, cols],
        depth: Depth::U8,
        spacing: None,
        white_is_zero: false,
        notes: Vec::new(),
        store: Arc::new(BmpSlices {
            files: files.clone(),
            size,
        }),
        files,
        beside: Vec::new(),
        places: Vec::new(),
    })
}

#[derive(Debug)]
struct BmpSlices {
    files: Vec<PathBuf>,
    /// Columns and rows of the first.
    size: [usize; 2],
}

fn size_of(path: &Path, slice: usize) -> Result<[usize; 2], Error> {
    match FileKind::of(path)? {
        FileKind::Bmp => bmp_size(path),
        found => Err(Error::WrongKind {
            path: path.to_owned(),
            slice,
            found,
            expected: "a BMP as the first slice",
        }),
    }
}

/// The greys of a slice; palettes and colours have to be grey.
fn grey_of(path: &Path, slice: usize) -> Result<Vec<u8>, Error> {
    let image = ImageFile::read(path, None)?;
    let grey = match image.pixels {
        Pixels::Grey {
            values: Grey::U8(values),
            ..
        } => Some(values),
        Pixels::Colour(rgba) => rgba
            .iter()
            .map(|&[r, g, b, _]| (r == g && g == b).then_some(r))
            .collect(),
        Pixels::Grey { .. } => None,
    };
    grey.ok_or_else(|| Error::PixelKind {
        path: path.to_owned(),
        slice,
        expected: "greyscale".to_owned(),
        found: "a BMP in colour".to_owned(),
    })
}

impl BmpSlices {
    /// Fails when a slice is no BMP of the size of the first.
    fn check(&self, z: usize) -> Result<(), Error> {
        let found = size_of(&self.files[z], z)?;
        match found == self.size {
            true => Ok(()),
            false => Err(Error::SliceSize {
                path: self.files[z].clone(),
                slice: z,
                expected: self.size,
                found,
            }),
        }
    }
}

impl SliceStore for BmpSlices {
    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(BmpReader { slices: self, z }))
    }

    fn check_headers(&self) -> Result<(), Error> {
        (0..self.files.len())
            .into_par_iter()
            .find_map_first(|z| self.check(z).err())
            .map_or(Ok(()), Err)
    }
}

struct BmpReader<'a> {
    slices: &'a BmpSlices,
    z: usize,
}

impl SliceReader for BmpReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let z = self.z;
        self.slices.check(z)?;
        self.z += 1;
        Ok(Voxels::U8(grey_of(&self.slices.files[z], z)?))
    }
}
