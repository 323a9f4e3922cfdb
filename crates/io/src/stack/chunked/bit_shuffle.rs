//! Sorting of bits by their place in elements, and the filter of that name for HDF5.
//! Format: `bshuf_h5filter.c` and `bitshuffle_core.c` of Bitshuffle 0.5 (Masui et al. 2015).

use super::codec::{unpack_lz4, unpack_zstd};

/// What packs the blocks of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack) enum BlockPacking {
    None,
    Lz4,
    Zstd,
}

/// Undoes the sorting of bits of a multiple of eight elements; other bytes are left as they are.
pub(super) fn bits_unshuffled(block: Vec<u8>, element_bytes: usize) -> Vec<u8> {
    let elements = block.len() / element_bytes;
    if elements == 0 || !elements.is_multiple_of(8) {
        return block;
    }
    let (sorted, rest) = block.split_at(elements * element_bytes);
    let mut all = vec![0; sorted.len()];
    let row = elements / 8;
    for place in 0..element_bytes {
        let rows = &sorted[8 * place * row..8 * (place + 1) * row];
        for (i, eight) in all.chunks_exact_mut(8 * element_bytes).enumerate() {
            let bits = std::array::from_fn(|bit| rows[bit * row + i]);
            let bytes = transposed(u64::from_le_bytes(bits)).to_le_bytes();
            for (element, byte) in eight.chunks_exact_mut(element_bytes).zip(bytes) {
                element[place] = byte;
            }
        }
    }
    all.extend_from_slice(rest);
    all
}

/// Bit `c` of byte `r` becomes bit `r` of byte `c` (Warren, Hacker's Delight, 7-3).
fn transposed(mut bits: u64) -> u64 {
    for (mask, shift) in [
        (0x00aa_00aa_00aa_00aa, 7),
        (0x0000_cccc_0000_cccc, 14),
        (0x0000_0000_f0f0_f0f0, 28),
    ] {
        let moved = (bits ^ (bits >> shift)) & mask;
        bits ^= moved ^ (moved << shift);
    }
    bits
}

/// Bytes of a block where the file does not say.
const BLOCK_BYTES: usize = 8192;

/// Unpacks a chunk of the HDF5 filter, of at most `most` bytes; `block_elements` is 0 where the
/// block has its default size. Memory grows with what is unpacked.
///
/// # Errors
/// In words, when it is damaged.
pub(super) fn unpack(
    packed: &[u8],
    element_bytes: usize,
    block_elements: usize,
    packing: BlockPacking,
    most: usize,
) -> Result<Vec<u8>, String> {
    let damaged = || "Bitshuffle: its chunk is damaged".to_owned();
    let default = (BLOCK_BYTES / element_bytes).max(8) / 8 * 8;
    if packing == BlockPacking::None {
        let block = match block_elements {
            0 => default,
            elements => elements,
        };
        return Ok(in_blocks(packed, element_bytes, block));
    }
    let (size, rest) = packed.split_first_chunk().ok_or_else(damaged)?;
    let (block, mut rest) = rest.split_first_chunk().ok_or_else(damaged)?;
    let size = usize::try_from(u64::from_be_bytes(*size)).map_err(|_| damaged())?;
    let block = match u32::from_be_bytes(*block) as usize / element_bytes {
        0 => default,
        elements => elements,
    };
    if size > most || !block.is_multiple_of(8) {
        return Err(damaged());
    }
    let mut all = Vec::new();
    let elements = size / element_bytes;
    let mut done = 0;
    while done + 8 <= elements {
        // The last block has as many times eight elements as are left.
        let here = block.min((elements - done) / 8 * 8);
        let (length, after) = rest.split_first_chunk().ok_or_else(damaged)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (bytes, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        let bytes = match packing {
            BlockPacking::Zstd => unpack_zstd(bytes, here * element_bytes + 1)?,
            _ => unpack_lz4(bytes, here * element_bytes)?,
        };
        if bytes.len() != here * element_bytes {
            return Err(damaged());
        }
        all.append(&mut bits_unshuffled(bytes, element_bytes));
        rest = after;
        done += here;
    }
    let left = size - done * element_bytes;
    all.extend_from_slice(rest.get(..left).ok_or_else(damaged)?);
    Ok(all)
}

fn in_blocks(packed: &[u8], element_bytes: usize, block_elements: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(packed.len());
    let mut rest = packed;
    while rest.len() >= 8 * element_bytes {
        let here = block_elements
            .max(8)
            .min(rest.len() / element_bytes / 8 * 8);
        let (block, after) = rest.split_at(here * element_bytes);
        all.append(&mut bits_unshuffled(block.to_vec(), element_bytes));
        rest = after;
    }
    all.extend_from_slice(rest);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back_to_their_elements() {
        let elements: Vec<u16> = (0..16).map(|i| i * 4001).collect();
        let mut sorted = vec![0_u8; 32];
        for (i, element) in elements.iter().enumerate() {
            for bit in 0..16 {
                sorted[bit * 2 + i / 8] |= ((element >> bit & 1) as u8) << (i % 8);
            }
        }
        let bytes: Vec<u8> = elements.iter().flat_map(|e| e.to_le_bytes()).collect();
        assert_eq!(bits_unshuffled(sorted.clone(), 2), bytes);
        assert_eq!(
            unpack(&sorted, 2, 16, BlockPacking::None, 99).unwrap(),
            bytes
        );
    }

    #[test]
    fn a_chunk_that_says_too_much_is_refused() {
        for packed in [
            &[0_u8; 3][..],
            &[0xff; 40],
            &[0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8],
        ] {
            assert!(
                unpack(packed, 2, 0, BlockPacking::Lz4, 1000).is_err(),
                "{packed:?}"
            );
        }
    }
}
