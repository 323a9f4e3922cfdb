//! Frames of Blosc 1. Format: `README_CHUNK_FORMAT.rst` and `blosc.c` of c-blosc 1.21.

use super::bit_shuffle::bits_unshuffled;
use super::blosc_lz;
use super::codec::{unpack_lz4, unpack_zlib, unpack_zstd, unshuffled};

/// Bytes of the header.
const HEADER: usize = 16;

/// Blocks of more bytes an element are not split into a stream a byte.
const SPLITS_MAX: usize = 16;

/// Nor are those of fewer elements.
const SPLIT_ELEMENTS_MIN: usize = 128;

const SHUFFLED: u8 = 1;
const COPIED: u8 = 2;
const BITS_SHUFFLED: u8 = 4;
const NOT_SPLIT: u8 = 16;

struct Frame<'a> {
    bytes: &'a [u8],
    flags: u8,
    element_bytes: usize,
    size: usize,
    block_size: usize,
}

/// The bytes of a frame, if they are not more than `most`. Memory grows with what is unpacked.
///
/// # Errors
/// In words, when it is damaged.
pub(super) fn unpack(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let frame = Frame::of(bytes)?;
    if frame.size > most {
        return Err(format!("Blosc: it gives {} bytes, too many", frame.size));
    }
    if frame.flags & COPIED != 0 {
        let copied = bytes.get(HEADER..).and_then(|b| b.get(..frame.size));
        return Ok(copied.ok_or_else(ends_early)?.to_vec());
    }
    let mut all = Vec::new();
    let blocks = frame.size.div_ceil(frame.block_size);
    for i in 0..blocks {
        let size = frame.block_size.min(frame.size - i * frame.block_size);
        let start = number(bytes, HEADER + 4 * i)?;
        let block = frame.block(start, size)?;
        all.extend_from_slice(&block);
    }
    Ok(all)
}

fn ends_early() -> String {
    "Blosc: its frame ends too early".to_owned()
}

fn number(bytes: &[u8], at: usize) -> Result<usize, String> {
    let four = bytes.get(at..).and_then(|b| b.first_chunk());
    Ok(u32::from_le_bytes(*four.ok_or_else(ends_early)?) as usize)
}

impl<'a> Frame<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, String> {
        let &[version, _, flags, element_bytes, ..] = bytes else {
            return Err(ends_early());
        };
        if !(1..=2).contains(&version) {
            return Err(format!(
                "Blosc: a frame of version {version} is not read, expected 1 or 2"
            ));
        }
        let frame = Self {
            bytes,
            flags,
            element_bytes: usize::from(element_bytes).max(1),
            size: number(bytes, 4)?,
            block_size: number(bytes, 8)?,
        };
        number(bytes, 12)?;
        match frame.block_size == 0 && frame.size > 0 && flags & COPIED == 0 {
            true => Err("Blosc: its blocks have no bytes".to_owned()),
            false => Ok(frame),
        }
    }

    /// The block of `size` bytes that starts at `start`.
    fn block(&self, start: usize, size: usize) -> Result<Vec<u8>, String> {
        let is_split = self.flags & NOT_SPLIT == 0
            && self.element_bytes <= SPLITS_MAX
            && self.block_size / self.element_bytes >= SPLIT_ELEMENTS_MIN
            && size == self.block_size;
        let streams = if is_split { self.element_bytes } else { 1 };
        let stream_size = size / streams;
        let mut block = Vec::new();
        let mut at = start;
        for _ in 0..streams {
            let packed_size = number(self.bytes, at)?;
            at += 4;
            let packed = self.bytes.get(at..).and_then(|b| b.get(..packed_size));
            let packed = packed.ok_or_else(ends_early)?;
            at += packed_size;
            match packed_size == stream_size {
                true => block.extend_from_slice(packed),
                false => block.append(&mut self.stream(packed, stream_size)?),
            }
        }
        if block.len() != size {
            return Err(format!(
                "Blosc: a block of {} bytes, expected {size}",
                block.len()
            ));
        }
        Ok(if self.flags & SHUFFLED != 0 {
            unshuffled(&block, self.element_bytes)
        } else if self.flags & BITS_SHUFFLED != 0 {
            bits_unshuffled(block, self.element_bytes)
        } else {
            block
        })
    }

    fn stream(&self, packed: &[u8], size: usize) -> Result<Vec<u8>, String> {
        let bytes = match self.flags >> 5 {
            0 => blosc_lz::unpack(packed, size)?,
            1 => unpack_lz4(packed, size)?,
            2 => {
                let stated = snap::raw::decompress_len(packed).unwrap_or(usize::MAX);
                if stated != size {
                    return Err("Snappy: its stream has another size".to_owned());
                }
                // An element of three bytes makes at most 64.
                if size > packed.len().saturating_mul(64) {
                    return Err("Snappy: its stream is damaged".to_owned());
                }
                let unpacked = snap::raw::Decoder::new().decompress_vec(packed);
                unpacked.map_err(|_| "Snappy: its stream is damaged".to_owned())?
            }
            3 => unpack_zlib(packed, size + 1)?,
            4 => unpack_zstd(packed, size + 1)?,
            other => return Err(format!("Blosc: compression {other} is not read")),
        };
        match bytes.len() == size {
            true => Ok(bytes),
            false => Err("Blosc: its block is damaged".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_cut_or_says_too_much_is_refused() {
        let mut copied = vec![
            2, 1, COPIED, 1, 3, 0, 0, 0, 3, 0, 0, 0, 19, 0, 0, 0, 7, 8, 9,
        ];
        assert_eq!(unpack(&copied, 3).unwrap(), [7, 8, 9]);
        assert!(unpack(&copied, 2).is_err());
        assert!(unpack(&copied[..18], 3).is_err());
        copied[2] = 0;
        copied[8] = 0;
        assert!(unpack(&copied, 3).unwrap_err().contains("no bytes"));
    }
}
