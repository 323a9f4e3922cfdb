//! Tiles compressed with LZW.
//!
//! The TIFF decoder reads a tile that hangs over the edge of the image row by row, and its LZW
//! reader takes a row that ends between two codes for the end of the data (image-tiff issue 395).
//! A tile is decoded whole here.

use std::io::{self, Read, Seek, SeekFrom};

use tiff::decoder::{ChunkType, DecodingResult, DecodingSampleType};
use tiff::tags::{ByteOrder, Tag};
use tiff::{TiffError, TiffFormatError};
use weezl::{BitOrder, LzwStatus, decode::Configuration};

use super::page::Pages;

/// Values of tags in TIFF 6.0.
const COMPRESSION_LZW: u16 = 5;
const PREDICTOR_NONE: u16 = 1;
const PREDICTOR_HORIZONTAL: u16 = 2;
const PLANES_INTERLEAVED: u16 = 1;

/// A page of LZW tiles, its samples interleaved; `None` when the page is something else.
pub(super) fn decode(
    pages: &mut Pages,
    bytes_max: usize,
) -> Result<Option<DecodingResult>, TiffError> {
    let tag = |pages: &mut Pages, tag, default| -> Result<u16, TiffError> {
        Ok(pages.find_tag_unsigned(tag)?.unwrap_or(default))
    };
    let predictor = tag(pages, Tag::Predictor, PREDICTOR_NONE)?;
    if tag(pages, Tag::Compression, 1)? != COMPRESSION_LZW
        || pages.get_chunk_type() != ChunkType::Tile
        || tag(pages, Tag::PlanarConfiguration, PLANES_INTERLEAVED)? != PLANES_INTERLEAVED
        || !matches!(predictor, PREDICTOR_NONE | PREDICTOR_HORIZONTAL)
    {
        return Ok(None);
    }
    let word = match pages.image_buffer_layout()?.sample_type {
        Some(DecodingSampleType::U8) => 1,
        Some(DecodingSampleType::U16) => 2,
        Some(DecodingSampleType::U32 | DecodingSampleType::F32) => 4,
        _ => return Ok(None),
    };
    let is_float = pages.image_buffer_layout()?.sample_type == Some(DecodingSampleType::F32);
    let samples = usize::from(tag(pages, Tag::SamplesPerPixel, 1)?);
    let (cols, rows) = pages.dimensions()?;
    let (tile_cols, tile_rows) = pages.chunk_dimensions();
    let [cols, rows, tile_cols, tile_rows] = [cols, rows, tile_cols, tile_rows].map(|n| n as usize);
    let offsets = pages.get_tag_u64_vec(Tag::TileOffsets)?;
    let lengths = pages.get_tag_u64_vec(Tag::TileByteCounts)?;
    let pixel = samples * word;
    let size = |cols: usize, rows: usize| {
        cols.checked_mul(rows)
            .and_then(|n| n.checked_mul(pixel))
            .filter(|n| *n <= bytes_max)
            .ok_or(TiffError::LimitsExceeded)
    };
    let across = cols.div_ceil(tile_cols);
    if offsets.len() != lengths.len() || offsets.len() != across * rows.div_ceil(tile_rows) {
        return Err(TiffFormatError::InconsistentSizesEncountered.into());
    }
    let little_endian = matches!(pages.byte_order(), ByteOrder::LittleEndian);
    let mut image = vec![0; size(cols, rows)?];
    let mut tile = vec![0; size(tile_cols, tile_rows)?];
    for (i, (&offset, &length)) in offsets.iter().zip(&lengths).enumerate() {
        let mut packed = Vec::new();
        let file = pages.inner();
        file.seek(SeekFrom::Start(offset))?;
        file.take(length).read_to_end(&mut packed)?;
        unpack(&packed, &mut tile)?;
        let (x, y) = (i % across * tile_cols, i / across * tile_rows);
        let width = (cols - x).min(tile_cols) * pixel;
        for (row, line) in tile
            .chunks_exact(tile_cols * pixel)
            .take(rows - y)
            .enumerate()
        {
            let at = ((y + row) * cols + x) * pixel;
            let line_out = &mut image[at..at + width];
            line_out.copy_from_slice(&line[..width]);
            if !little_endian {
                for value in line_out.chunks_exact_mut(word) {
                    value.reverse();
                }
            }
            if predictor == PREDICTOR_HORIZONTAL {
                add_up(line_out, word, samples);
            }
        }
    }
    let u32s = |bytes: &[u8]| -> Vec<u32> {
        bytes
            .as_chunks()
            .0
            .iter()
            .map(|&b| u32::from_le_bytes(b))
            .collect()
    };
    Ok(Some(match word {
        1 => DecodingResult::U8(image),
        2 => DecodingResult::U16(
            image
                .as_chunks()
                .0
                .iter()
                .map(|&b| u16::from_le_bytes(b))
                .collect(),
        ),
        _ if is_float => {
            DecodingResult::F32(u32s(&image).into_iter().map(f32::from_bits).collect())
        }
        _ => DecodingResult::U32(u32s(&image)),
    }))
}

/// Fills `tile`; codes past its end, or a missing end code, are no error, as in libtiff.
fn unpack(mut packed: &[u8], mut tile: &mut [u8]) -> io::Result<()> {
    let mut decoder = Configuration::with_tiff_size_switch(BitOrder::Msb, 8)
        .with_yield_on_full_buffer(true)
        .build();
    while !tile.is_empty() {
        let step = decoder.decode_bytes(packed, tile);
        packed = &packed[step.consumed_in..];
        tile = &mut tile[step.consumed_out..];
        match step.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) if tile.is_empty() => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) => {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
    }
    Ok(())
}

/// Undoes horizontal differences in a row of little-endian words.
fn add_up(line: &mut [u8], word: usize, samples: usize) {
    for at in (samples * word..line.len()).step_by(word) {
        let mut carry = 0;
        for byte in 0..word {
            let sum =
                u16::from(line[at + byte]) + u16::from(line[at + byte - samples * word]) + carry;
            line[at + byte] = sum as u8;
            carry = sum >> 8;
        }
    }
}
