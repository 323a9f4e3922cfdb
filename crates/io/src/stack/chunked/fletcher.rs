//! The checksum of HDF5 behind a chunk: `H5_checksum_fletcher32` of HDF5 1.14.

/// The sum of bytes as pairs, the high byte first.
fn sum(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (0_u32, 0_u32);
    let (pairs, rest) = bytes.as_chunks();
    // As many pairs as 32 bits surely hold.
    for block in pairs.chunks(360) {
        for &pair in block {
            low += u32::from(u16::from_be_bytes(pair));
            high += low;
        }
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    if let [last] = rest {
        low += u32::from(*last) << 8;
        high += low;
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
    high << 16 | low
}

/// Takes the checksum off.
///
/// # Errors
/// In words, when it is missing or wrong.
pub(super) fn checked(mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let end = bytes.len().checked_sub(4);
    let stated = bytes.split_off(end.ok_or("its checksum is missing")?);
    let sum = sum(&bytes).to_le_bytes();
    // HDF5 before 1.6.3 wrote the bytes of each half the other way round.
    let swapped = [sum[1], sum[0], sum[3], sum[2]];
    match stated == sum || stated == swapped {
        true => Ok(bytes),
        false => Err("its checksum is wrong".to_owned()),
    }
}
