//! The compressions of strips and tiles.

use std::io::{self, Read};

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};

use super::page::{Page, UNCOMPRESSED};

/// JPEG of TIFF Technical Note 2.
pub(crate) const JPEG: u64 = 7;

const LZW: u64 = 5;
const PACK_BITS: u64 = 32_773;
const ZSTD: u64 = 50_000;

/// YCbCr of TIFF 6.0.
const YCBCR: u64 = 6;

/// How many times larger than its data an image can at most be (TIFF 6.0; Adobe's notes for
/// Deflate; RFC 8878 for ZSTD); `None` for a compression that is not read.
pub(super) fn largest_ratio(compression: u64) -> Option<u64> {
    Some(match compression {
        UNCOMPRESSED => 1,
        // A code of 9 bits or more stands for at most 4096 bytes.
        LZW => 4096,
        // Two bits a block of 64 pixels of at least.
        JPEG => 2048,
        8 | 32_946 => 1032,
        // Two bytes stand for at most 128.
        PACK_BITS => 64,
        ZSTD => 1 << 16,
        _ => return None,
    })
}

/// The name of a compression that is not read.
pub(super) fn compression_name(compression: u64) -> String {
    match compression {
        2..=4 => "fax compression".to_owned(),
        6 => "the JPEG compression of TIFF before 1995".to_owned(),
        33_003 | 33_005 | 34_712 => "JPEG 2000 compression".to_owned(),
        34_887 => "LERC compression".to_owned(),
        34_892 => "lossy JPEG compression of raw images".to_owned(),
        34_925 => "LZMA compression".to_owned(),
        50_001 => "WebP compression".to_owned(),
        50_002 | 52_546 => "JPEG XL compression".to_owned(),
        other => format!("compression {other}"),
    }
}

/// A strip or tile, decompressed to `wanted` bytes; `sizes` are its columns, its rows, and those of
/// a whole one. Memory grows with what is decompressed, not with what is wanted.
///
/// # Errors
/// In words, when it is damaged or holds fewer bytes.
pub(super) fn decompress(
    page: &Page,
    mut packed: Vec<u8>,
    sizes: [usize; 3],
    wanted: usize,
) -> Result<Vec<u8>, String> {
    // As libtiff does, for all but JPEG, whose bits have an order of their own.
    if page.lowest_bit_first && page.compression != JPEG {
        packed.iter_mut().for_each(|b| *b = b.reverse_bits());
    }
    let in_words = |e: io::Error| e.to_string();
    let mut bytes = match page.compression {
        UNCOMPRESSED => packed,
        LZW => lzw(&packed, wanted)?,
        8 | 32_946 => {
            let mut bytes = room(&packed, wanted);
            flate2::read::ZlibDecoder::new(&packed[..])
                .take(wanted as u64)
                .read_to_end(&mut bytes)
                .map_err(in_words)?;
            bytes
        }
        JPEG => jpeg(page, packed, sizes)?,
        PACK_BITS => pack_bits(&packed, wanted),
        ZSTD => {
            let mut bytes = room(&packed, wanted);
            ruzstd::decoding::StreamingDecoder::new(&packed[..])
                .map_err(|e| format!("ZSTD: {e}"))?
                .take(wanted as u64)
                .read_to_end(&mut bytes)
                .map_err(in_words)?;
            bytes
        }
        other => return Err(format!("it has {}", compression_name(other))),
    };
    if bytes.len() < wanted {
        return Err(format!(
            "a strip or tile holds {} bytes, expected {wanted}: it is cut short",
            bytes.len()
        ));
    }
    bytes.truncate(wanted);
    Ok(bytes)
}

/// A buffer with room for what bytes commonly unpack to.
fn room(packed: &[u8], wanted: usize) -> Vec<u8> {
    Vec::with_capacity(wanted.min(packed.len().saturating_mul(8)))
}

fn lzw(packed: &[u8], wanted: usize) -> Result<Vec<u8>, String> {
    use weezl::{BitOrder, LzwStatus, decode::Configuration};
    const STEP: usize = 1 << 16;
    let mut decoder = Configuration::with_tiff_size_switch(BitOrder::Msb, 8).build();
    let (mut bytes, mut rest) = (room(packed, wanted), packed);
    while bytes.len() < wanted {
        let start = bytes.len();
        bytes.resize(start + STEP.min(wanted - start), 0);
        let result = decoder.decode_bytes(rest, &mut bytes[start..]);
        bytes.truncate(start + result.consumed_out);
        rest = &rest[result.consumed_in..];
        match result.status {
            // Some codes stand for nothing.
            Ok(LzwStatus::Ok) if result.consumed_in + result.consumed_out > 0 => {}
            Ok(_) => break,
            Err(e) => return Err(format!("LZW: {e}")),
        }
    }
    Ok(bytes)
}

fn pack_bits(packed: &[u8], wanted: usize) -> Vec<u8> {
    let mut bytes = room(packed, wanted);
    let mut rest = packed;
    // TIFF 6.0, section 9: n >= 0 copies n + 1 bytes, n < 0 repeats the next byte 1 - n times.
    while let [n, tail @ ..] = rest
        && bytes.len() < wanted
    {
        let n = *n as i8;
        if n >= 0 {
            let run = tail.len().min(n as usize + 1);
            bytes.extend_from_slice(&tail[..run]);
            rest = &tail[run..];
        } else if n == -128 {
            rest = tail;
        } else {
            let Some((byte, after)) = tail.split_first() else {
                break;
            };
            bytes.extend(std::iter::repeat_n(*byte, 1 + n.unsigned_abs() as usize));
            rest = after;
        }
    }
    bytes
}

fn jpeg(page: &Page, packed: Vec<u8>, [cols, rows, most]: [usize; 3]) -> Result<Vec<u8>, String> {
    // The tables end with an end-of-image marker, the strip starts with a start-of-image marker.
    let whole = match page.jpeg_tables.len() {
        0..=3 => packed,
        n => [
            &page.jpeg_tables[..n - 2],
            packed.get(2..).unwrap_or_default(),
        ]
        .concat(),
    };
    let problem = |e: DecodeErrors| format!("JPEG: {e}");
    let mut decoder = JpegDecoder::new(ZCursor::new(whole));
    decoder.decode_headers().map_err(problem)?;
    let found = decoder.dimensions();
    // The last strip may be stored whole.
    let (c, r) = found.unwrap_or((0, 0));
    if c != cols || !(rows..=most).contains(&r) {
        return Err(format!(
            "its JPEG data has {c} columns and {r} rows, expected {cols} and {rows}"
        ));
    }
    // What the page calls YCbCr comes as RGB, whichever of both the stream holds; other samples
    // come as they are stored.
    let colours = match page.photometric {
        YCBCR => Some(ColorSpace::RGB),
        _ => decoder.input_colorspace(),
    };
    if let Some(colours) = colours {
        decoder.set_options(DecoderOptions::default().jpeg_set_out_colorspace(colours));
    }
    decoder.decode().map_err(problem)
}
