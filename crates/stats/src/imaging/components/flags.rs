/// Packs 64 flags into bits: flag `i` becomes bit `i`.
///
/// The flags are computed into bytes first so that the comparison vectorises for every voxel
/// type; eight bytes of 0 or 1 become eight bits by one multiplication.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline(always)]
pub(super) fn pack(flag: impl Fn(usize) -> bool) -> u64 {
    let mut bytes = [0u8; 64];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from(flag(i));
    }
    let mut bits = 0;
    for (i, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= gathered << (8 * i);
    }
    bits
}

/// Calls `visit` with the position of every set bit, in ascending order.
#[inline(always)]
pub(crate) fn for_each_set(mut bits: u64, mut visit: impl FnMut(u32)) {
    while bits != 0 {
        visit(bits.trailing_zeros());
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_where_the_flags_are() {
        for bits in [0, 1, 1 << 63, 0xdead_beef_0bad_cafe_u64, u64::MAX] {
            assert_eq!(pack(|i| bits >> i & 1 == 1), bits);
            let mut seen = 0u64;
            for_each_set(bits, |i| seen |= 1 << i);
            assert_eq!(seen, bits);
        }
    }
}
