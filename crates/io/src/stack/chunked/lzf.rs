//! LZF (LibLZF of Marc Lehmann), as h5py packs chunks with it. Format: `lzf_d.c` of LibLZF 3.6.

use super::back_reference::{next, repeat};

/// Unpacks a stream of at most `most` unpacked bytes. Memory grows with what is unpacked.
///
/// # Errors
/// In words, when it is damaged.
pub(super) fn unpack(packed: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    follow(packed, most, &mut bytes).ok_or("LZF: its stream is damaged")?;
    Ok(bytes)
}

fn follow(mut packed: &[u8], most: usize, bytes: &mut Vec<u8>) -> Option<()> {
    while let Some(control) = next(&mut packed) {
        if control < 32 {
            let (literals, rest) = packed.split_at_checked(control + 1)?;
            bytes.extend_from_slice(literals);
            packed = rest;
        } else {
            let length = match control >> 5 {
                7 => 7 + next(&mut packed)?,
                short => short,
            } + 2;
            let distance = ((control & 31) << 8) + next(&mut packed)? + 1;
            repeat(bytes, distance, length)?;
        }
        if bytes.len() > most {
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_matches_are_followed() {
        // Three literals, then seven bytes from three back, then one literal.
        let packed = [2, 1, 2, 3, 5 << 5, 2, 0, 9];
        let expected = [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 9];
        assert_eq!(unpack(&packed, 11).unwrap(), expected);
        assert!(unpack(&packed, 9).is_err(), "more than is wanted");
        assert!(unpack(&packed[..5], 11).is_err(), "cut within a match");
        assert!(
            unpack(&[0, 1, 5 << 5, 1], 9).is_err(),
            "from before the start"
        );
    }
}
