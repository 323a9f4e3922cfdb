//! Strips and tiles of a page, as raw samples.
//!
//! The `tiff` crate reads grey stacks well, but of section images it takes the first plane of
//! planar tiles, drops samples before it undoes a predictor, and knows no palette of 16 bits.

use std::io::{self, Read};

use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};

use super::YCBCR;
use super::directory::{Page, TiffFile};

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// JPEG of TIFF Technical Note 2.
pub(super) const JPEG: u64 = 7;

fn compression_name(compression: u64) -> String {
    match compression {
        2..=4 => "fax".to_owned(),
        6 => "old JPEG".to_owned(),
        33003 | 33005 | 34712 => "JPEG 2000".to_owned(),
        34887 => "LERC".to_owned(),
        34892 => "lossy JPEG".to_owned(),
        34925 => "LZMA".to_owned(),
        50000 => "ZSTD".to_owned(),
        50001 => "WebP".to_owned(),
        50002 => "JPEG XL".to_owned(),
        other => format!("number {other}"),
    }
}

fn pack_bits(packed: &[u8], wanted: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
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

fn jpeg(page: &Page, packed: Vec<u8>) -> io::Result<Vec<u8>> {
    // The tables end with an end-of-image marker, the strip starts with a start-of-image marker.
    let whole = match page.jpeg_tables.len() {
        0..=3 => packed,
        n => [
            &page.jpeg_tables[..n - 2],
            packed.get(2..).unwrap_or_default(),
        ]
        .concat(),
    };
    let problem = |e: zune_jpeg::errors::DecodeErrors| wrong(format!("a JPEG strip: {e}"));
    let mut decoder = zune_jpeg::JpegDecoder::new(ZCursor::new(whole));
    decoder.decode_headers().map_err(problem)?;
    // What the page calls YCbCr comes as RGB, whichever of both the stream holds; other samples come
    // as they are stored.
    let colours = match page.photometric {
        YCBCR => Some(ColorSpace::RGB),
        _ => decoder.input_colorspace(),
    };
    if let Some(colours) = colours {
        decoder.set_options(DecoderOptions::default().jpeg_set_out_colorspace(colours));
    }
    decoder.decode().map_err(problem)
}

/// One strip or tile, decompressed to `wanted` bytes.
fn decompress(page: &Page, mut packed: Vec<u8>, wanted: usize) -> io::Result<Vec<u8>> {
    if page.lowest_bit_first && matches!(page.compression, 1 | 5 | 32773) {
        packed.iter_mut().for_each(|b| *b = b.reverse_bits());
    }
    let mut bytes = match page.compression {
        1 => packed,
        5 => {
            let mut bytes = Vec::new();
            let mut lzw =
                weezl::decode::Configuration::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
                    .build();
            let status = lzw.into_vec(&mut bytes).decode(&packed).status;
            if bytes.len() < wanted {
                status.map_err(|e| wrong(format!("LZW: {e}")))?;
            }
            bytes
        }
        8 | 32946 => {
            let mut bytes = Vec::new();
            flate2::read::ZlibDecoder::new(&packed[..])
                .take(wanted as u64)
                .read_to_end(&mut bytes)?;
            bytes
        }
        JPEG => jpeg(page, packed)?,
        32773 => pack_bits(&packed, wanted),
        50000 => {
            let mut bytes = Vec::new();
            ruzstd::decoding::StreamingDecoder::new(&packed[..])
                .map_err(|e| wrong(format!("ZSTD: {e}")))?
                .take(wanted as u64)
                .read_to_end(&mut bytes)?;
            bytes
        }
        other => {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!(
                    "it is compressed with {}, which is not read; save it uncompressed or with \
                     LZW or Deflate",
                    compression_name(other)
                ),
            ));
        }
    };
    if bytes.len() < wanted {
        return Err(wrong(format!(
            "a strip or tile holds {} bytes, expected {wanted}: it is cut short",
            bytes.len()
        )));
    }
    bytes.truncate(wanted);
    Ok(bytes)
}

/// Undoes the predictor in one row and gives its samples in the byte order of this machine.
fn restore_row(page: &Page, file: &TiffFile, row: &mut [u8], channels: usize) -> io::Result<()> {
    let word = page.bits / 8;
    if page.predictor == 3 {
        // Adobe Technical Note 3: bytes by significance, highest first, then differences.
        for i in channels..row.len() {
            row[i] = row[i].wrapping_add(row[i - channels]);
        }
        let shuffled = row.to_vec();
        let values = shuffled.len() / word;
        for (i, value) in row.chunks_exact_mut(word).enumerate() {
            for (k, byte) in value.iter_mut().enumerate() {
                *byte = shuffled[(word - 1 - k) * values + i];
            }
            if cfg!(target_endian = "big") {
                value.reverse();
            }
        }
        return Ok(());
    }
    if word > 1 && file.little_endian != cfg!(target_endian = "little") {
        row.chunks_exact_mut(word).for_each(<[u8]>::reverse);
    }
    match page.predictor {
        1 => {}
        2 => {
            let step = channels * word;
            let native = |bytes: &[u8]| {
                let mut value = [0; 8];
                if cfg!(target_endian = "little") {
                    value[..word].copy_from_slice(bytes);
                } else {
                    value[8 - word..].copy_from_slice(bytes);
                }
                u64::from_ne_bytes(value)
            };
            for i in (step..row.len()).step_by(word) {
                let sum = native(&row[i - step..i - step + word])
                    .wrapping_add(native(&row[i..i + word]))
                    .to_ne_bytes();
                let sum = if cfg!(target_endian = "little") {
                    &sum[..word]
                } else {
                    &sum[8 - word..]
                };
                row[i..i + word].copy_from_slice(sum);
            }
        }
        other => return Err(wrong(format!("its predictor {other} is not known"))),
    }
    Ok(())
}

/// The samples of a page, interleaved, each in `bytes_of_sample` bytes in the order of this
/// machine. Depths that fill no whole bytes are spread over 1 or 2 bytes.
pub(super) fn samples(file: &mut TiffFile, page: &Page) -> io::Result<Vec<u8>> {
    let packed = !page.bits.is_multiple_of(8);
    if (packed && page.bits > 16) || page.bits > 64 || page.bits == 0 || page.bits == 24 {
        return Err(wrong(format!("it has {} bits a sample", page.bits)));
    }
    let whole_word = matches!(page.bits, 8 | 16 | 32 | 64);
    let bad_predictor = match page.predictor {
        1 => false,
        2 => !whole_word,
        _ => !whole_word || page.bits < 16,
    };
    if bad_predictor || !(packed || whole_word) {
        return Err(wrong(format!(
            "it has {} bits a sample with predictor {}",
            page.bits, page.predictor
        )));
    }
    let planes = if page.planar { page.samples } else { 1 };
    let channels = page.samples / planes;
    let (across, down) = (
        page.cols.div_ceil(page.chunk_cols),
        page.rows.div_ceil(page.chunk_rows),
    );
    let chunks = across * down * planes;
    if page.offsets.len() < chunks {
        return Err(wrong(format!(
            "it has {} strips or tiles, expected {chunks}",
            page.offsets.len()
        )));
    }
    let row_bytes = (page.chunk_cols * channels)
        .checked_mul(page.bits)
        .map(|bits| bits.div_ceil(8))
        .ok_or_else(|| wrong("a strip or tile of impossible size"))?;
    let word = bytes_of_sample(page);
    let mut out = vec![0; page.cols * page.rows * page.samples * word];
    for chunk in 0..chunks {
        let plane = chunk / (across * down);
        let left = chunk % across * page.chunk_cols;
        let top = chunk % (across * down) / across * page.chunk_rows;
        let (cols, rows) = (
            page.chunk_cols.min(page.cols - left),
            page.chunk_rows.min(page.rows - top),
        );
        // A tile is stored whole; the last strip may be short.
        let wanted = row_bytes
            .checked_mul(rows)
            .ok_or_else(|| wrong("a strip or tile of impossible size"))?;
        let offset = page.offsets[chunk];
        let length = match page.lengths.get(chunk) {
            Some(0) | None => (wanted as u64).min(file.bytes.saturating_sub(offset)),
            // An uncompressed strip may be longer than the rows that are wanted.
            Some(length) if page.compression == 1 => (*length).min(wanted as u64),
            Some(length) => *length,
        };
        let stored = file.read_at(offset, length)?;
        let mut bytes = decompress(page, stored, wanted)?;
        for (r, row) in bytes.chunks_exact_mut(row_bytes).enumerate() {
            if !packed {
                restore_row(page, file, row, channels)?;
            }
            for col in 0..cols {
                let pixel = ((top + r) * page.cols + left + col) * page.samples;
                for channel in 0..channels {
                    let to = (pixel + plane + channel) * word;
                    let from = col * channels + channel;
                    if packed {
                        let value = unpacked(row, from * page.bits, page.bits);
                        if word == 1 {
                            out[to] = value as u8;
                        } else {
                            out[to..to + 2].copy_from_slice(&value.to_ne_bytes());
                        }
                    } else {
                        out[to..to + word].copy_from_slice(&row[from * word..(from + 1) * word]);
                    }
                }
            }
        }
    }
    Ok(out)
}

/// Bytes of one sample in what [`samples`] returns.
pub(super) fn bytes_of_sample(page: &Page) -> usize {
    match page.bits {
        0..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}

/// `bits` bits from bit `at` of a row, the highest bit of a byte first.
fn unpacked(row: &[u8], at: usize, bits: usize) -> u16 {
    (at..at + bits).fold(0, |value, bit| {
        value << 1 | u16::from(row[bit / 8] >> (7 - bit % 8) & 1)
    })
}
