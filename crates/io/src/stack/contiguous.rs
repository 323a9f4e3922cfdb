//! ImageJ's way past 4 GiB: one directory, and all slices after each other in plain bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use tiff::decoder::DecodingResult;
use tiff::tags::{ByteOrder, Tag};

use super::page::{PageFormat, Pages, damaged};
use super::sample::{Codec, Depth};
use crate::Error;

/// Where the slices lie in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contiguous {
    offset: u64,
    slices: usize,
    little_endian: bool,
}

impl Contiguous {
    /// Looks whether the only page of a file that says `images` stands for all of them.
    ///
    /// `None` when the pixels are compressed: then there is just one image. ImageJ:
    /// `ij.io.TiffEncoder`, "only the first image has an IFD" for stacks past 4 GiB.
    pub(super) fn find(
        pages: &mut Pages,
        path: &Path,
        format: PageFormat,
        images: usize,
    ) -> Result<Option<Self>, Error> {
        let compression: Option<u16> = pages
            .find_tag_unsigned(Tag::Compression)
            .map_err(damaged(path, 0))?;
        let offsets = pages
            .find_tag_unsigned_vec::<u64>(Tag::StripOffsets)
            .map_err(damaged(path, 0))?;
        let (Some(1) | None, Some([offset, ..])) = (compression, offsets.as_deref()) else {
            return Ok(None);
        };
        let found = Self {
            offset: *offset,
            slices: images,
            little_endian: matches!(pages.byte_order(), ByteOrder::LittleEndian),
        };
        let size = std::fs::metadata(path).map_err(Error::read(path))?.len();
        let whole = images as u64 * bytes_of(format) as u64;
        if size < offset + whole {
            return Err(Error::Page {
                path: path.to_owned(),
                slice: (size.saturating_sub(*offset) / bytes_of(format) as u64) as usize,
                reason: format!(
                    "the file ends too early: it says that it holds {images} slices, which need {} \
                     bytes, and has {size}",
                    offset + whole
                ),
            });
        }
        Ok(Some(found))
    }

    pub(super) fn slices(self) -> usize {
        self.slices
    }

    pub(super) fn decode<T: Codec>(
        self,
        path: &Path,
        slice: usize,
        format: PageFormat,
    ) -> Result<Vec<T>, Error> {
        let length = bytes_of(format);
        let mut bytes = vec![0; length];
        let mut file = File::open(path).map_err(Error::read(path))?;
        file.seek(SeekFrom::Start(self.offset + (slice * length) as u64))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(Error::read(path))?;
        let words = |bytes: &[u8]| -> Vec<u32> {
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|&b| match self.little_endian {
                    true => u32::from_le_bytes(b),
                    false => u32::from_be_bytes(b),
                })
                .collect()
        };
        let pixels = match format.depth {
            Depth::U8 => DecodingResult::U8(bytes),
            Depth::U16 => DecodingResult::U16(
                bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|&b| match self.little_endian {
                        true => u16::from_le_bytes(b),
                        false => u16::from_be_bytes(b),
                    })
                    .collect(),
            ),
            Depth::U32 => DecodingResult::U32(words(&bytes)),
            Depth::F32 => {
                DecodingResult::F32(words(&bytes).into_iter().map(f32::from_bits).collect())
            }
        };
        T::widen(pixels).ok_or_else(|| Error::PixelKind {
            path: path.to_owned(),
            slice,
            expected: T::ACCEPTS.to_owned(),
            found: format.depth.to_string(),
        })
    }
}

fn bytes_of(format: PageFormat) -> usize {
    format.cols * format.rows * format.depth.bytes()
}
