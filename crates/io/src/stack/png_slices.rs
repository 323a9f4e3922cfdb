//! PNG files as slices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::png_values::{Meaning, PngValues};
use super::sample::Depth;
use super::store::{Opened, SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::Error;
use crate::file_kind::FileKind;
use crate::image_file::{PngHeader, png_header};

/// Opens one PNG a slice.
pub(super) fn open(files: Vec<PathBuf>) -> Result<Opened, Error> {
    let first = header_of(&files[0], 0)?;
    let (meaning, note) = match first.colour {
        GREY => (Meaning::Grey, None),
        _ => {
            let values = PngValues::read(&files[0], &first)?;
            let meaning = values.meaning().ok_or_else(|| not_grey(&files[0], 0))?;
            (meaning, values.note(&files[0]))
        }
    };
    Ok(Opened {
        shape: [files.len(), first.rows, first.cols],
        depth: depth_of(&first),
        spacing: None,
        white_is_zero: false,
        notes: Vec::from_iter(note),
        store: Arc::new(PngSlices {
            files: files.clone(),
            first,
            meaning,
        }),
        files,
        beside: Vec::new(),
        places: Vec::new(),
    })
}

/// The colour type of greys.
const GREY: u8 = 0;

#[derive(Debug)]
struct PngSlices {
    files: Vec<PathBuf>,
    first: PngHeader,
    meaning: Meaning,
}

fn not_grey(path: &Path, slice: usize) -> Error {
    Error::PixelKind {
        path: path.to_owned(),
        slice,
        expected: "greyscale".to_owned(),
        found: "a PNG in colour, or with another palette than the first slice".to_owned(),
    }
}

fn depth_of(header: &PngHeader) -> Depth {
    match header.bits {
        16 => Depth::U16,
        _ => Depth::U8,
    }
}

fn header_of(path: &Path, slice: usize) -> Result<PngHeader, Error> {
    let kind = FileKind::of(path)?;
    if kind != FileKind::Png {
        return Err(Error::WrongKind {
            path: path.to_owned(),
            slice,
            found: kind,
            expected: "a PNG as the first slice",
        });
    }
    png_header(path)
}

impl PngSlices {
    /// The header of a slice, after a check that it is like that of the first.
    fn header(&self, z: usize) -> Result<PngHeader, Error> {
        let (path, first) = (&self.files[z], &self.first);
        let header = header_of(path, z)?;
        if [header.cols, header.rows] != [first.cols, first.rows] {
            return Err(Error::SliceSize {
                path: path.clone(),
                slice: z,
                expected: [first.cols, first.rows],
                found: [header.cols, header.rows],
            });
        }
        if depth_of(&header) != depth_of(first) {
            return Err(Error::PixelKind {
                path: path.clone(),
                slice: z,
                expected: format!("{} as the first slice", depth_of(first)),
                found: depth_of(&header).to_string(),
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
        let header = self.slices.header(z)?;
        let values = PngValues::read(path, &header)?;
        if !values.orientation.is_upright() {
            return Err(Error::PixelKind {
                path: path.clone(),
                slice: z,
                expected: "a slice that is stored upright".to_owned(),
                found: format!(
                    "a PNG that its EXIF data call {}",
                    values.orientation.in_words()
                ),
            });
        }
        let values = values.values(&self.slices.meaning);
        self.z += 1;
        values.ok_or_else(|| not_grey(path, z))
    }
}
