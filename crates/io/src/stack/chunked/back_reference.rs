//! What the streams of LZF and BloscLZ are made of (Ziv and Lempel 1977).

/// Takes a byte.
pub(super) fn next(packed: &mut &[u8]) -> Option<usize> {
    let (first, rest) = packed.split_first()?;
    *packed = rest;
    Some(usize::from(*first))
}

/// Repeats `length` bytes from `distance` before the end; none where they would begin before the
/// start. A match may reach into what it writes.
pub(super) fn repeat(bytes: &mut Vec<u8>, distance: usize, length: usize) -> Option<()> {
    let from = bytes.len().checked_sub(distance)?;
    for i in from..from + length {
        bytes.push(bytes[i]);
    }
    Some(())
}
