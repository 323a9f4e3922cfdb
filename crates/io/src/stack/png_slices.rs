//! PNG files as slices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sample::Depth;
use super::store::{Opened, SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::Error;
use crate::file_kind::FileKind;
use crate::image_file::{Grey, ImageFile, Pixels};

/// Opens one PNG a slice.
pub(super) fn open(files: Vec<PathBuf>) -> Result<Opened, Error> {
    let first = decode(&files[0], 0)?;
    Ok(Opened {
        shape: [files.len(), first.rows, first.cols],
        depth: first.depth,
        spacing: None,
        white_is_zero: false,
        notes: Vec::new(),
        store: Arc::new(PngSlices {
            files: files.clone(),
            first: [first.cols, first.rows],
            depth: first.depth,
        }),
        files,
    })
}

#[derive(Debug)]
struct PngSlices {
    files: Vec<PathBuf>,
    /// Columns and rows.
    first: [usize; 2],
    depth: Depth,
}

struct Slice {
    cols: usize,
    rows: usize,
    depth: Depth,
    voxels: Voxels,
}

fn decode(path: &Path, slice: usize) -> Result<Slice, Error> {
    let kind = FileKind::of(path)?;
    if kind != FileKind::Png {
        return Err(Error::WrongKind {
            path: path.to_owned(),
            slice,
            found: kind,
            expected: "a PNG as the first slice",
        });
    }
    let image = ImageFile::read(path, None)?;
    let (cols, rows) = (image.cols, image.rows);
    let (depth, voxels) = match image.pixels {
        Pixels::Grey {
            values: Grey::U8(grey),
            transparent: None,
            ..
        } => (Depth::U8, Voxels::U8(grey)),
        Pixels::Grey {
            values: Grey::U16(grey),
            transparent: None,
            ..
        } => (Depth::U16, Voxels::U16(grey)),
        _ => {
            return Err(Error::PixelKind {
                path: path.to_owned(),
                slice,
                expected: "greyscale".to_owned(),
                found: "a PNG in colour, of a palette or with transparent pixels".to_owned(),
            });
        }
    };
    Ok(Slice {
        cols,
        rows,
        depth,
        voxels,
    })
}

impl SliceStore for PngSlices {
    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(PngReader { slices: self, z }))
    }
}

struct PngReader<'a> {
    slices: &'a PngSlices,
    z: usize,
}

impl SliceReader for PngReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let path = &self.slices.files[self.z];
        let slice = decode(path, self.z)?;
        if [slice.cols, slice.rows] != self.slices.first {
            return Err(Error::SliceSize {
                path: path.clone(),
                slice: self.z,
                expected: self.slices.first,
                found: [slice.cols, slice.rows],
            });
        }
        if slice.depth != self.slices.depth {
            return Err(Error::PixelKind {
                path: path.clone(),
                slice: self.z,
                expected: format!("{} as the first slice", self.slices.depth),
                found: slice.depth.to_string(),
            });
        }
        self.z += 1;
        Ok(slice.voxels)
    }
}
