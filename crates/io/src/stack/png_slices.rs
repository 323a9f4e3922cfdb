//! PNG files as slices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::sample::Depth;
use super::store::{Opened, SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::Error;
use crate::file_kind::FileKind;
use crate::image_file::{Grey, ImageFile, Pixels, png_header};

/// Opens one PNG a slice.
pub(super) fn open(files: Vec<PathBuf>) -> Result<Opened, Error> {
    let first = Header::of(&files[0], 0)?;
    Ok(Opened {
        shape: [files.len(), first.rows, first.cols],
        depth: first.depth,
        spacing: None,
        white_is_zero: false,
        notes: Vec::new(),
        store: Arc::new(PngSlices {
            files: files.clone(),
            first,
        }),
        files,
        beside: Vec::new(),
        places: Vec::new(),
    })
}

#[derive(Debug)]
struct PngSlices {
    files: Vec<PathBuf>,
    first: Header,
}

#[derive(Debug, Clone, Copy)]
struct Header {
    cols: usize,
    rows: usize,
    depth: Depth,
}

fn not_grey(path: &Path, slice: usize) -> Error {
    Error::PixelKind {
        path: path.to_owned(),
        slice,
        expected: "greyscale".to_owned(),
        found: "a PNG in colour, of a palette or with transparent pixels".to_owned(),
    }
}

impl Header {
    fn of(path: &Path, slice: usize) -> Result<Self, Error> {
        let kind = FileKind::of(path)?;
        if kind != FileKind::Png {
            return Err(Error::WrongKind {
                path: path.to_owned(),
                slice,
                found: kind,
                expected: "a PNG as the first slice",
            });
        }
        let header = png_header(path)?;
        if !header.is_grey {
            return Err(not_grey(path, slice));
        }
        Ok(Self {
            cols: header.cols,
            rows: header.rows,
            depth: match header.bits {
                16 => Depth::U16,
                _ => Depth::U8,
            },
        })
    }
}

impl PngSlices {
    /// The header of a slice, after a check that it is like that of the first.
    fn header(&self, z: usize) -> Result<Header, Error> {
        let (path, first) = (&self.files[z], self.first);
        let header = Header::of(path, z)?;
        if [header.cols, header.rows] != [first.cols, first.rows] {
            return Err(Error::SliceSize {
                path: path.clone(),
                slice: z,
                expected: [first.cols, first.rows],
                found: [header.cols, header.rows],
            });
        }
        if header.depth != first.depth {
            return Err(Error::PixelKind {
                path: path.clone(),
                slice: z,
                expected: format!("{} as the first slice", first.depth),
                found: header.depth.to_string(),
            });
        }
        Ok(header)
    }
}

impl SliceStore for PngSlices {
    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(PngReader { slices: self, z }))
    }

    fn check_headers(&self) -> Result<(), Error> {
        (0..self.files.len())
            .into_par_iter()
            .find_map_first(|z| self.header(z).err())
            .map_or(Ok(()), Err)
    }
}

struct PngReader<'a> {
    slices: &'a PngSlices,
    z: usize,
}

impl SliceReader for PngReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let (path, z) = (&self.slices.files[self.z], self.z);
        self.slices.header(z)?;
        let image = ImageFile::read(path, None)?;
        if !image.orientation.is_upright() {
            return Err(Error::PixelKind {
                path: path.clone(),
                slice: z,
                expected: "a slice that is stored upright".to_owned(),
                found: format!(
                    "a PNG that its EXIF data call {}",
                    image.orientation.in_words()
                ),
            });
        }
        self.z += 1;
        match image.pixels {
            Pixels::Grey {
                values: Grey::U8(grey),
                transparent: None,
                ..
            } => Ok(Voxels::U8(grey)),
            Pixels::Grey {
                values: Grey::U16(grey),
                transparent: None,
                ..
            } => Ok(Voxels::U16(grey)),
            _ => Err(not_grey(path, z)),
        }
    }
}
