//! How chunks are packed.

use std::io::{self, Read};

use super::blosc;
use crate::text::shown;

/// How the voxels of a chunk became bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    /// The axes of the array in the order in which a chunk holds them, the slowest first.
    pub order: Vec<usize>,
    pub little_endian: bool,
    /// In the order in which they were applied.
    pub packings: Vec<Packing>,
}

/// A step from bytes to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zlib,
    Zstd,
    /// A frame of Blosc 1.
    Blosc,
    /// A block of LZ4 behind its unpacked size, as numcodecs writes it.
    Lz4,
    /// Bytes of elements of that size sorted by their place in the element.
    Shuffle(usize),
    /// A checksum behind the bytes.
    Crc32c,
}

/// Bytes that one packed byte can at most stand for (RFC 8878 for ZSTD).
const LARGEST_RATIO: u64 = 1 << 16;

/// Chunks up to this size are read whatever the size of their file.
const BYTES_FREE: u64 = 1 << 20;

/// Voxels of uncompressed chunks that are there for one that is: a sparse array.
const SPARSE_RATIO: u64 = 4096;

impl Packing {
    /// A codec by its name in Zarr 2 or 3.
    ///
    /// # Errors
    /// In words, for a codec that is not read.
    pub(super) fn named(name: &str, element_bytes: Option<u64>) -> Result<Self, String> {
        Ok(match name {
            "gzip" => Self::Gzip,
            "zlib" => Self::Zlib,
            "zstd" => Self::Zstd,
            "blosc" => Self::Blosc,
            "lz4" => Self::Lz4,
            "crc32c" => Self::Crc32c,
            "shuffle" => Self::Shuffle(element_bytes.unwrap_or(4).clamp(1, 255) as usize),
            other => return Err(Self::unknown(other)),
        })
    }

    /// What to say of a codec that is not read.
    pub(super) fn unknown(name: &str) -> String {
        format!(
            "its chunks are packed by `{}`, which is not read; save it with `zstd`, `blosc`, \
             `gzip`, `zlib`, `lz4` or without compression",
            shown(name)
        )
    }
}

impl Chain {
    /// Bytes that files of so many bytes can hold at most.
    pub(super) fn most_bytes(&self, packed: u64) -> u64 {
        let is_plain = |p: &Packing| matches!(p, Packing::Crc32c | Packing::Shuffle(_));
        let ratio = match self.packings.iter().all(is_plain) {
            true => SPARSE_RATIO,
            false => LARGEST_RATIO,
        };
        packed.saturating_mul(ratio).saturating_add(BYTES_FREE)
    }

    /// The bytes of a chunk, of which there are `wanted`. Memory grows with what is unpacked.
    ///
    /// # Errors
    /// In words, when it is damaged, or holds more or fewer bytes.
    pub(super) fn unpack(&self, packed: Vec<u8>, wanted: usize) -> Result<Vec<u8>, String> {
        // A step in between may make bytes more, such as a frame around them.
        let most = wanted + wanted / 4 + (1 << 16);
        let mut bytes = packed;
        for packing in self.packings.iter().rev() {
            bytes = packing.unpack(bytes, most)?;
        }
        match bytes.len() {
            n if n == wanted => Ok(bytes),
            n => Err(format!(
                "its chunk holds {}{n} bytes, expected {wanted}",
                if n >= most { "at least " } else { "" }
            )),
        }
    }
}

impl Packing {
    fn unpack(self, mut packed: Vec<u8>, most: usize) -> Result<Vec<u8>, String> {
        match self {
            Self::Gzip => all(flate2::read::MultiGzDecoder::new(&packed[..]), most),
            Self::Zlib => all(flate2::read::ZlibDecoder::new(&packed[..]), most),
            Self::Zstd => unpack_zstd(&packed, most),
            Self::Blosc => blosc::unpack(&packed, most),
            Self::Lz4 => {
                let (size, block) = packed.split_first_chunk().ok_or("LZ4: no size")?;
                let size = u32::from_le_bytes(*size) as usize;
                unpack_lz4(block, size.min(most + 1))
            }
            Self::Shuffle(element_bytes) => Ok(unshuffled(&packed, element_bytes)),
            Self::Crc32c => {
                let end = packed
                    .len()
                    .checked_sub(4)
                    .ok_or("its checksum is missing")?;
                let sum = packed.split_off(end);
                match crc32c::crc32c(&packed).to_le_bytes() == sum[..] {
                    true => Ok(packed),
                    false => Err("its checksum is wrong".to_owned()),
                }
            }
        }
    }
}

/// What a decoder gives, up to `most` bytes.
fn all(decoder: impl Read, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    decoder
        .take(most as u64)
        .read_to_end(&mut bytes)
        .map_err(|e: io::Error| e.to_string())?;
    Ok(bytes)
}

/// A frame of ZSTD.
pub(super) fn unpack_zstd(packed: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let decoder = ruzstd::decoding::StreamingDecoder::new(packed);
    all(decoder.map_err(|e| format!("ZSTD: {e}"))?, most)
}

/// A stream of zlib.
pub(super) fn unpack_zlib(packed: &[u8], most: usize) -> Result<Vec<u8>, String> {
    all(flate2::read::ZlibDecoder::new(packed), most)
}

/// A block of LZ4 of `size` unpacked bytes.
pub(super) fn unpack_lz4(packed: &[u8], size: usize) -> Result<Vec<u8>, String> {
    // A byte of a length stands for at most 255.
    if size > packed.len().saturating_mul(255).saturating_add(64) {
        return Err(format!("LZ4: {} bytes cannot hold {size}", packed.len()));
    }
    let mut bytes = vec![0; size];
    let written = lz4_flex::block::decompress_into(packed, &mut bytes)
        .map_err(|_| "LZ4: its block is damaged".to_owned())?;
    bytes.truncate(written);
    Ok(bytes)
}

/// Undoes the sorting of bytes by their place in elements; bytes of no whole element come last.
pub(super) fn unshuffled(bytes: &[u8], element_bytes: usize) -> Vec<u8> {
    let elements = bytes.len() / element_bytes;
    if element_bytes < 2 || elements == 0 {
        return bytes.to_vec();
    }
    let (sorted, rest) = bytes.split_at(elements * element_bytes);
    let mut all = vec![0; sorted.len()];
    for (place, plane) in sorted.chunks_exact(elements).enumerate() {
        for (element, &byte) in all.chunks_exact_mut(element_bytes).zip(plane) {
            element[place] = byte;
        }
    }
    all.extend_from_slice(rest);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_to_their_elements() {
        assert_eq!(unshuffled(&[1, 3, 5, 2, 4, 6, 7], 2), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(unshuffled(&[1, 2, 3], 4), [1, 2, 3]);
    }

    #[test]
    fn a_wrong_checksum_and_a_wrong_size_are_named() {
        let chain = Chain {
            order: vec![0],
            little_endian: true,
            packings: vec![Packing::Crc32c],
        };
        let mut bytes = vec![1, 2, 3];
        bytes.extend(crc32c::crc32c(&[1, 2, 3]).to_le_bytes());
        assert_eq!(chain.unpack(bytes.clone(), 3).unwrap(), [1, 2, 3]);
        let error = chain.unpack(bytes.clone(), 4).unwrap_err();
        assert!(error.contains("3 bytes, expected 4"), "{error}");
        bytes[0] = 0;
        assert!(chain.unpack(bytes, 3).unwrap_err().contains("checksum"));
    }
}
