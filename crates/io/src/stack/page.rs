//! An image of a section in a TIFF file: its first page, colours and all.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::lzw_tiles;
use super::stored::StoredValues;
use crate::Error;

/// A TIFF file standing at one of its pages.
pub(crate) type Pages = Decoder<BufReader<StoredValues>>;

/// Largest page that is decoded: a damaged header must not ask for all memory.
const PAGE_BYTES_MAX: usize = 4 << 30;

pub(crate) fn damaged(path: &Path, slice: usize) -> impl FnOnce(TiffError) -> Error + '_ {
    move |reason| Error::Page {
        path: path.to_owned(),
        slice,
        reason: match reason {
            TiffError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                "the file ends too early".to_owned()
            }
            other => other.to_string(),
        },
    }
}

/// Opens a file at its first page; `slice` is the number that errors name.
pub(crate) fn open_page(path: &Path, slice: usize) -> Result<Pages, Error> {
    let file = File::open(path).map_err(Error::read(path))?;
    let values = StoredValues::new(file).map_err(Error::read(path))?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = PAGE_BYTES_MAX;
    limits.intermediate_buffer_size = PAGE_BYTES_MAX;
    limits.ifd_value_size = 64 << 20;
    Ok(Decoder::new(BufReader::new(values))
        .map_err(damaged(path, slice))?
        .with_limits(limits))
}

/// The pixels of the page, whatever they are.
pub(crate) fn pixels(
    pages: &mut Pages,
    path: &Path,
    slice: usize,
) -> Result<DecodingResult, Error> {
    let tiles = lzw_tiles::decode(pages, PAGE_BYTES_MAX).map_err(damaged(path, slice))?;
    match tiles {
        Some(pixels) => Ok(pixels),
        None => pages.read_image().map_err(damaged(path, slice)),
    }
}
