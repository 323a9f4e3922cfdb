//! The values of one page, or of one layer of 3D tiles.

use std::io::BufReader;
use std::path::Path;

use tiff::TiffError;
use tiff::decoder::{Decoder, Limits};

use super::directory::TiffFile;
use super::page_layout::{Chunks, PageLayout, UNCOMPRESSED};
use super::page_view::{Declared, PageView};
use super::sample::Depth;
use super::voxels::Voxels;
use crate::Error;

/// Largest page that is decoded: a damaged header must not ask for all memory.
const PAGE_BYTES_MAX: usize = 4 << 30;

/// How the pixels of a page can be compressed (TIFF 6.0; Adobe's notes for Deflate; libtiff for
/// ZSTD), and how many times larger than its data an image can at most be.
fn largest_ratio(compression: u64) -> Option<u64> {
    Some(match compression {
        UNCOMPRESSED => 1,
        // LZW: a code of 9 bits or more stands for at most 4096 bytes.
        5 => 4096,
        // JPEG: two bits a block of 64 pixels of at least.
        7 => 2048,
        8 | 32_946 => 1032,
        // PackBits: two bytes stand for at most 128.
        32_773 => 64,
        50_000 => 1 << 16,
        _ => return None,
    })
}

fn compression_name(compression: u64) -> String {
    match compression {
        2..=4 => "fax compression".to_owned(),
        6 => "the JPEG compression of TIFF before 1995".to_owned(),
        33_003 | 33_005 | 34_712 => "JPEG 2000 compression".to_owned(),
        34_887 => "LERC compression".to_owned(),
        34_925 => "LZMA compression".to_owned(),
        50_001 => "WebP compression".to_owned(),
        50_002 | 52_546 => "JPEG XL compression".to_owned(),
        other => format!("compression {other}"),
    }
}

/// The strips or tiles of one plane and one layer.
///
/// Tiles are decoded as the strips of an image as wide as a tile, in which they lie below each
/// other: a row of a tile that stands beside another would be read alone, and the decoder's LZW
/// reader takes its end for the end of the data (image-tiff issue 395).
struct Layer {
    cols: usize,
    rows: usize,
    strip_rows: usize,
    first_chunk: usize,
    chunks: usize,
}

fn layer_of(layout: &PageLayout, plane: usize, layer: usize) -> Option<Layer> {
    match layout.chunks {
        Chunks::Strips(rows) => {
            let chunks = layout.rows.div_ceil(rows);
            Some(Layer {
                cols: layout.cols,
                rows: layout.rows,
                strip_rows: rows,
                first_chunk: plane * chunks,
                chunks,
            })
        }
        Chunks::Tiles([x, y, z]) => {
            let chunks = layout
                .cols
                .div_ceil(x)
                .checked_mul(layout.rows.div_ceil(y))?;
            let strip_rows = y.checked_mul(z)?;
            let layers = layout.slices.div_ceil(z);
            Some(Layer {
                cols: x,
                rows: strip_rows.checked_mul(chunks)?,
                strip_rows,
                first_chunk: (plane * layers + layer) * chunks,
                chunks,
            })
        }
    }
}

/// Bits of a value that the decoder has a type for.
fn is_whole(layout: &PageLayout) -> bool {
    matches!(layout.bits, 8 | 16 | 32 | 64)
}

fn format_of(depth: Depth) -> u64 {
    match depth {
        Depth::U1 | Depth::U8 | Depth::U16 | Depth::U32 | Depth::U64 => 1,
        Depth::I8 | Depth::I16 | Depth::I32 | Depth::I64 => 2,
        Depth::F16 | Depth::F32 | Depth::F64 => 3,
    }
}

/// Slices of a page that are decoded together: those of one layer of tiles.
pub(super) fn slices_a_layer(layout: &PageLayout) -> usize {
    match layout.chunks {
        Chunks::Strips(_) => 1,
        Chunks::Tiles([.., z]) => z,
    }
}

/// One slice of a decoded layer, cropped to the size of the page; `slice` is counted in the page.
pub(super) fn cropped(decoded: Voxels, layout: &PageLayout, slice: usize) -> Voxels {
    match layout.chunks {
        Chunks::Strips(_) => decoded,
        Chunks::Tiles(_) => crop(&decoded, layout, slice),
    }
}

/// As [`cropped`], of a layer that is kept.
pub(super) fn crop(decoded: &Voxels, layout: &PageLayout, slice: usize) -> Voxels {
    let Chunks::Tiles([tile_cols, tile_rows, tile_depth]) = layout.chunks else {
        return decoded.clone();
    };
    let across = layout.cols.div_ceil(tile_cols);
    let z = slice % tile_depth;
    decoded.picked((0..layout.rows).flat_map(|y| {
        (0..across).map(move |tile_x| {
            let tile = y / tile_rows * across + tile_x;
            let row = (tile * tile_depth + z) * tile_rows + y % tile_rows;
            let cols = tile_cols.min(layout.cols - tile_x * tile_cols);
            row * tile_cols..row * tile_cols + cols
        })
    }))
}

/// Decodes sample `sample` of layer `layer` of a page, both counted from 0; see [`cropped`].
///
/// # Errors
/// When the page is damaged or its size cannot be true.
pub(super) fn decode_layer(
    file: &TiffFile,
    layout: &PageLayout,
    page: usize,
    sample: usize,
    layer: usize,
) -> Result<Voxels, Error> {
    let too_large = || Error::Page {
        path: file.path().to_owned(),
        slice: page,
        reason: format!(
            "its header gives {} x {} pixels, which is more than the file can hold",
            layout.cols, layout.rows
        ),
    };
    let ratio = largest_ratio(layout.compression).ok_or_else(|| Error::PixelKind {
        path: file.path().to_owned(),
        slice: page,
        expected: "no compression, LZW, Deflate, PackBits, ZSTD or JPEG".to_owned(),
        found: compression_name(layout.compression),
    })?;
    let (plane, within) = match layout.planes_separate {
        true => (sample, 0),
        false => (0, sample),
    };
    let samples = match layout.planes_separate {
        true => 1,
        false => layout.samples,
    };
    let layer = layer_of(layout, plane, layer).ok_or_else(too_large)?;
    let chunks = layer.first_chunk..layer.first_chunk + layer.chunks;
    let offsets = &layout.offsets[chunks.clone()];

    let row_bytes = layout.row_bytes(layer.cols).ok_or_else(too_large)?;
    let bytes = row_bytes
        .checked_mul(layer.rows)
        .filter(|n| *n <= PAGE_BYTES_MAX)
        .ok_or_else(too_large)?;
    let byte_counts: Vec<u64> = match layout.byte_counts.get(chunks) {
        Some(counts) if layout.byte_counts.len() == layout.offsets.len() => counts.to_vec(),
        // Old programs leave the lengths out; they follow from the size without compression.
        _ if layout.compression == UNCOMPRESSED => (0..layer.chunks)
            .map(|i| {
                let rows = layer.strip_rows.min(layer.rows - i * layer.strip_rows);
                (row_bytes * rows) as u64
            })
            .collect(),
        _ => {
            return Err(Error::Page {
                path: file.path().to_owned(),
                slice: page,
                reason: "the header does not give the lengths of its strips or tiles".to_owned(),
            });
        }
    };
    for (&offset, &length) in offsets.iter().zip(&byte_counts) {
        if offset.checked_add(length).is_none_or(|end| end > file.size) {
            return Err(Error::Page {
                path: file.path().to_owned(),
                slice: page,
                reason: format!(
                    "the file ends too early: pixels lie at byte {}, and the file has {} bytes",
                    offset.saturating_add(length),
                    file.size
                ),
            });
        }
    }
    let stored: u64 = byte_counts.iter().sum();
    if bytes as u64 > stored.saturating_mul(ratio) {
        return Err(too_large());
    }

    // Bits without a type are decoded as bytes, and unpacked below.
    let whole = is_whole(layout);
    if !whole && layout.predictor != 1 {
        return Err(Error::PixelKind {
            path: file.path().to_owned(),
            slice: page,
            expected: "values of 8, 16 or 32 bits".to_owned(),
            found: format!("differences (predictor) of values of {} bits", layout.bits),
        });
    }
    let declared = Declared {
        cols: if whole { layer.cols } else { row_bytes },
        rows: layer.rows,
        samples: if whole { samples } else { 1 },
        bits: if whole { layout.bits } else { 8 },
        format: if whole { format_of(layout.depth) } else { 1 },
        compression: layout.compression,
        predictor: layout.predictor,
        strip_rows: layer.strip_rows,
        offsets,
        byte_counts: &byte_counts,
        jpeg_tables: &layout.jpeg_tables,
    };
    let view = PageView::new(file.try_clone()?, file.little_endian, &declared);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = PAGE_BYTES_MAX;
    limits.intermediate_buffer_size = PAGE_BYTES_MAX;
    limits.ifd_value_size = PAGE_BYTES_MAX;
    let decoded = Decoder::new(BufReader::with_capacity(1 << 16, view))
        .map(|decoder| decoder.with_limits(limits))
        .and_then(|mut decoder| decoder.read_image())
        .map_err(damaged(file.path(), page))?;
    let mut voxels = Voxels::from(decoded);
    if let (false, Voxels::U8(packed)) = (whole, &voxels) {
        voxels = unpacked(packed, row_bytes, layer.cols * samples, layout.bits);
    }
    if voxels.len() != layer.cols * layer.rows * samples {
        return Err(Error::Page {
            path: file.path().to_owned(),
            slice: page,
            reason: "its pixels are another number than its size says".to_owned(),
        });
    }

    if samples > 1 {
        let ranges = (0..layer.cols * layer.rows).map(|i| i * samples + within);
        voxels = voxels.picked(ranges.map(|i| i..i + 1));
    }
    Ok(voxels)
}

/// Values of fewer than 8, or of 9 to 15 bits, packed from the highest bit on; rows begin at
/// bytes.
fn unpacked(packed: &[u8], row_bytes: usize, values_a_row: usize, bits: u64) -> Voxels {
    let mut values = Vec::with_capacity(packed.len() / row_bytes.max(1) * values_a_row);
    for row in packed.chunks_exact(row_bytes) {
        let (mut held, mut held_bits) = (0_u64, 0);
        let mut bytes = row.iter();
        for _ in 0..values_a_row {
            while held_bits < bits {
                held = held << 8 | u64::from(*bytes.next().expect("a row has bytes for all"));
                held_bits += 8;
            }
            held_bits -= bits;
            values.push((held >> held_bits) as u16 & ((1_u32 << bits) - 1) as u16);
        }
    }
    match bits {
        ..=8 => Voxels::U8(values.into_iter().map(|v| v as u8).collect()),
        _ => Voxels::U16(values),
    }
}

/// What a TIFF decoder says of a damaged page.
fn damaged(path: &Path, slice: usize) -> impl FnOnce(TiffError) -> Error + '_ {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_unpacked_from_the_highest_on() {
        assert_eq!(
            unpacked(&[0b1010_0000, 0b0100_0000], 1, 3, 1),
            Voxels::U8(vec![1, 0, 1, 0, 1, 0])
        );
        assert_eq!(
            unpacked(&[0xab, 0xcd, 0xef], 3, 2, 12),
            Voxels::U16(vec![0xabc, 0xdef])
        );
    }
}
