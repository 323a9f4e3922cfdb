//! How samples are stored in a chunk: their byte order, the differences of predictors, and depths
//! that fill no whole bytes.

use super::directory::TiffFile;
use super::page::Page;

/// Undoes byte order and predictor in all rows of a chunk.
pub(super) fn restore(file: &TiffFile, page: &Page, bytes: &mut [u8], row_bytes: usize) {
    let (word, channels) = (page.bits / 8, page.channels());
    if !page.bits.is_multiple_of(8) || row_bytes == 0 {
        return;
    }
    // Bytes that a predictor of floats took apart are in an order of their own.
    let foreign = file.little_endian != cfg!(target_endian = "little");
    if page.predictor == 3 {
        let rows = bytes.chunks_exact_mut(row_bytes);
        rows.for_each(|row| join_float_bytes(row, channels, word));
        return;
    }
    // JPEG data is in bytes, whatever the file says.
    if foreign && word > 1 {
        bytes.chunks_exact_mut(word).for_each(<[u8]>::reverse);
    }
    if page.predictor == 2 {
        for row in bytes.chunks_exact_mut(row_bytes) {
            match word {
                1 => sum_up(
                    row,
                    channels,
                    u8::from_ne_bytes,
                    u8::wrapping_add,
                    u8::to_ne_bytes,
                ),
                2 => sum_up(
                    row,
                    channels,
                    u16::from_ne_bytes,
                    u16::wrapping_add,
                    u16::to_ne_bytes,
                ),
                4 => sum_up(
                    row,
                    channels,
                    u32::from_ne_bytes,
                    u32::wrapping_add,
                    u32::to_ne_bytes,
                ),
                _ => sum_up(
                    row,
                    channels,
                    u64::from_ne_bytes,
                    u64::wrapping_add,
                    u64::to_ne_bytes,
                ),
            }
        }
    }
}

/// Sums of the differences to the pixel before (TIFF 6.0, section 14).
fn sum_up<T: Copy, const N: usize>(
    row: &mut [u8],
    channels: usize,
    value: impl Fn([u8; N]) -> T,
    sum: impl Fn(T, T) -> T,
    bytes: impl Fn(T) -> [u8; N],
) {
    let words = row.as_chunks_mut::<N>().0;
    for i in channels..words.len() {
        words[i] = bytes(sum(value(words[i - channels]), value(words[i])));
    }
}

/// Adobe Technical Note 3: bytes by significance, highest first, then differences.
fn join_float_bytes(row: &mut [u8], channels: usize, word: usize) {
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
}

/// `values` values of fewer than 8, or of 9 to 15 bits, packed from the highest bit on, each spread
/// over 1 or 2 bytes.
pub(super) fn unpacked(packed: &[u8], values: usize, bits: usize) -> Vec<u8> {
    let mut spread = Vec::with_capacity(2 * values);
    let (mut held, mut held_bits) = (0_u32, 0);
    let mut bytes = packed.iter();
    for _ in 0..values {
        while held_bits < bits {
            held = held << 8 | u32::from(bytes.next().copied().unwrap_or(0));
            held_bits += 8;
        }
        held_bits -= bits;
        let value = (held >> held_bits) as u16 & ((1_u32 << bits) - 1) as u16;
        match bits {
            ..=8 => spread.push(value as u8),
            _ => spread.extend(value.to_ne_bytes()),
        }
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_unpacked_from_the_highest_on() {
        assert_eq!(unpacked(&[0b1010_0000], 3, 1), [1, 0, 1]);
        let words: Vec<u8> = [0xabc_u16, 0xdef]
            .iter()
            .flat_map(|v| v.to_ne_bytes())
            .collect();
        assert_eq!(unpacked(&[0xab, 0xcd, 0xef], 2, 12), words);
    }

    #[test]
    fn differences_are_summed_channel_by_channel() {
        let mut row = [1, 10, 1, 1, 255, 2];
        sum_up(
            &mut row,
            2,
            u8::from_ne_bytes,
            u8::wrapping_add,
            u8::to_ne_bytes,
        );
        assert_eq!(row, [1, 10, 2, 11, 1, 13]);
    }
}
