//! TIFF and BigTIFF files: their pages, what these say of themselves, and their samples.
//!
//! Volumes and section images are both read with this; the `tiff` crate, which writes, takes the
//! first plane of planar tiles, drops samples before it undoes a predictor, reads files from their
//! first page on, and knows neither palettes of 16 bits, depths without a type, nor 3D tiles.

mod decode;
mod decompress;
mod directory;
mod page;
mod stored_samples;
pub(crate) mod tags;

pub(crate) use decode::{Part, bytes_of_sample, check_size, decode};
pub(crate) use decompress::JPEG;
pub(crate) use directory::{Directory, TiffFile, Use};
pub(crate) use page::{
    Chunks, Page, SampleFormat, UNCOMPRESSED, is_reduced, is_secondary, size_of,
};
