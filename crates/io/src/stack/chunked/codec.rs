//! How chunks are packed.

use std::io::{self, Read};

use super::bit_shuffle::{self, BlockPacking};
use super::grid::Packed;
use super::{blosc, fletcher, lzf};

/// How the voxels of a chunk became bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::stack) struct Chain {
    /// The axes of the array in the order in which a chunk holds them, the slowest first.
    pub order: Vec<usize>,
    pub little_endian: bool,
    /// In the order in which they were applied.
    pub packings: Vec<Packing>,
}

/// A step from bytes to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack) enum Packing {
    Gzip,
    Zlib,
    Zstd,
    /// A frame of Blosc 1.
    Blosc,
    /// A block of LZ4 behind its unpacked size, as numcodecs writes it.
    Lz4,
    /// Bytes of elements of that size sorted by their place in the element.
    Shuffle(usize),
    /// LZF, as h5py packs with it.
    Lzf,
    /// Blocks of LZ4, as the HDF5 filter 32004 writes them.
    Lz4Blocks,
    /// Bits of elements sorted by their place, as the HDF5 filter 32008 writes them.
    BitShuffle {
        element_bytes: usize,
        /// 0 for the default.
        block_elements: usize,
        packing: BlockPacking,
    },
    /// The checksum of HDF5 behind the bytes.
    Fletcher32,
}

/// Bytes that one packed byte can at most stand for (RFC 8878 for ZSTD).
const LARGEST_RATIO: u64 = 1 << 16;

/// Chunks up to this size are read whatever the size of their file.
const BYTES_FREE: u64 = 1 << 20;

/// Bytes of an array that is not compressed for one that is in its files: chunks that hold nothing
/// but the fill value need not be there.
const SPARSE_RATIO: u64 = 4096;

/// Bytes of voxels that files of so many bytes can stand for at most.
pub(in crate::stack) fn most_bytes(packed: u64, is_compressed: bool) -> u64 {
    let ratio = match is_compressed {
        true => LARGEST_RATIO,
        false => SPARSE_RATIO,
    };
    packed.saturating_mul(ratio).saturating_add(BYTES_FREE)
}

impl Chain {
    /// Bytes of voxels that files of so many bytes can stand for at most.
    pub(in crate::stack) fn most_bytes(&self, packed: u64) -> u64 {
        most_bytes(packed, self.packings.iter().any(|p| p.compresses()))
    }

    /// The bytes of a chunk, of which there are `wanted`. Memory grows with what is unpacked.
    ///
    /// # Errors
    /// In words, when it is damaged, or holds more or fewer bytes.
    pub(super) fn unpack(&self, packed: Packed, wanted: usize) -> Result<Vec<u8>, String> {
        // A step in between may make bytes more, such as a frame around them.
        let most = wanted + wanted / 4 + (1 << 16);
        let mut bytes = packed.bytes;
        for (i, packing) in self.packings.iter().enumerate().rev() {
            let is_left_out = i < 32 && packed.left_out >> i & 1 == 1;
            if !is_left_out {
                bytes = packing.unpack(bytes, most)?;
            }
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
    /// Whether it makes bytes fewer.
    pub(in crate::stack) fn compresses(self) -> bool {
        !matches!(self, Self::Shuffle(_) | Self::Fletcher32)
    }

    /// The bytes before this step, `most` at most. Memory grows with what is unpacked.
    ///
    /// # Errors
    /// In words, when they are damaged.
    pub(in crate::stack) fn unpack(self, packed: Vec<u8>, most: usize) -> Result<Vec<u8>, String> {
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
            Self::Lzf => lzf::unpack(&packed, most),
            Self::Lz4Blocks => unpack_lz4_blocks(&packed, most),
            Self::BitShuffle {
                element_bytes,
                block_elements,
                packing,
            } => bit_shuffle::unpack(&packed, element_bytes, block_elements, packing, most),
            Self::Fletcher32 => fletcher::checked(packed),
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

/// Blocks of LZ4 behind the size of all and that of a block, as the HDF5 filter writes them.
fn unpack_lz4_blocks(packed: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let damaged = || "LZ4: its chunk is damaged".to_owned();
    let (size, rest) = packed.split_first_chunk().ok_or_else(damaged)?;
    let (block, mut rest) = rest.split_first_chunk().ok_or_else(damaged)?;
    let size = usize::try_from(u64::from_be_bytes(*size)).map_err(|_| damaged())?;
    let block = u32::from_be_bytes(*block) as usize;
    if size > most || block == 0 {
        return Err(damaged());
    }
    let mut all = Vec::new();
    while all.len() < size {
        let here = block.min(size - all.len());
        let (length, after) = rest.split_first_chunk().ok_or_else(damaged)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (bytes, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        match length == here {
            true => all.extend_from_slice(bytes),
            false => all.append(&mut unpack_lz4(bytes, here)?),
        }
        if !all.len().is_multiple_of(block) && all.len() < size {
            return Err(damaged());
        }
        rest = after;
    }
    Ok(all)
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
            packings: vec![Packing::Fletcher32],
        };
        // 1 and 2 are one pair, so that both halves of the sum are 0x0102.
        let mut bytes = vec![1, 2, 2, 1, 2, 1];
        let packed = |bytes: &[u8], left_out| Packed {
            bytes: bytes.to_vec(),
            left_out,
        };
        assert_eq!(chain.unpack(packed(&bytes, 0), 2).unwrap(), [1, 2]);
        assert_eq!(chain.unpack(packed(&bytes, 1), 6).unwrap(), bytes);
        let error = chain.unpack(packed(&bytes, 0), 4).unwrap_err();
        assert!(error.contains("2 bytes, expected 4"), "{error}");
        bytes[0] = 0;
        let error = chain.unpack(packed(&bytes, 0), 2).unwrap_err();
        assert!(error.contains("checksum"), "{error}");
    }
}
