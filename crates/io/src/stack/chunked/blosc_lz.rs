//! BloscLZ, the compression of Blosc's own. Format: `blosclz_decompress` of c-blosc 1.21.

use super::back_reference::{next, repeat};

/// Farther matches have a distance of 16 bits more.
const DISTANCE_MAX: usize = 8191;

/// Unpacks a stream of `size` unpacked bytes. Memory grows with what is unpacked.
///
/// # Errors
/// In words, when it is damaged.
pub(super) fn unpack(packed: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    follow(packed, size, &mut bytes).ok_or("BloscLZ: its stream is damaged")?;
    Ok(bytes)
}

fn follow(mut packed: &[u8], size: usize, bytes: &mut Vec<u8>) -> Option<()> {
    // The first is always a run of literals.
    let mut control = next(&mut packed)? & 31;
    loop {
        if control < 32 {
            let (literals, rest) = packed.split_at_checked(control + 1)?;
            if bytes.len() + literals.len() > size {
                return None;
            }
            bytes.extend_from_slice(literals);
            packed = rest;
        } else {
            let mut length = (control >> 5) - 1;
            if length == 6 {
                loop {
                    let more = next(&mut packed)?;
                    length += more;
                    if more != 255 {
                        break;
                    }
                }
            }
            length += 3;
            let (high, low) = ((control & 31) << 8, next(&mut packed)?);
            let distance = match low == 255 && high == 31 << 8 {
                true => (next(&mut packed)? << 8) + next(&mut packed)? + DISTANCE_MAX + 1,
                false => high + low + 1,
            };
            if bytes.len() + length > size {
                return None;
            }
            repeat(bytes, distance, length)?;
        }
        match next(&mut packed) {
            Some(byte) => control = byte,
            None => return Some(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_matches_are_followed() {
        // Three literals, then seven bytes from three back, then one literal.
        let packed = [2, 1, 2, 3, (5 << 5), 2, 0, 9];
        assert_eq!(
            unpack(&packed, 11).unwrap(),
            [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 9][..]
        );
        assert!(unpack(&packed, 10).is_err(), "more than is wanted");
        assert!(unpack(&packed[..5], 11).is_err(), "cut within a match");
        assert!(
            unpack(&[0, 1, 5 << 5, 1, 0, 9], 9).is_err(),
            "from before the start"
        );
    }
}
