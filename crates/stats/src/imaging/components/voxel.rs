/// Types whose volumes can be labelled: unsigned integers of at most 32 bits.
pub trait Voxel:
    Copy + Eq + Default + Send + Sync + Into<u32> + bytemuck::Pod + sealed::Sealed
{
    /// Bit `i` tells whether `a[i]` equals `b[i]`.
    #[doc(hidden)]
    fn equal(a: &[Self; 64], b: &[Self; 64]) -> u64;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
    impl Sealed for u32 {}
}

/// Compares 16 bytes an instruction.
#[cfg(target_arch = "x86_64")]
mod compare {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmpeq_epi16, _mm_cmpeq_epi32, _mm_movemask_epi8,
        _mm_packs_epi16, _mm_packs_epi32,
    };

    /// One bit for each byte of four registers; a byte is all ones or all zeros.
    #[inline(always)]
    fn bits(quarter: impl Fn(usize) -> __m128i) -> u64 {
        (0..4).fold(0, |bits, i| {
            // SAFETY: every x86-64 processor has SSE2.
            let sixteen = unsafe { _mm_movemask_epi8(quarter(i)) };
            bits | u64::from(sixteen as u16) << (16 * i)
        })
    }

    #[inline(always)]
    pub(super) fn bytes(a: &[u8; 64], b: &[u8; 64]) -> u64 {
        let (a, b): ([__m128i; 4], [__m128i; 4]) = (bytemuck::cast(*a), bytemuck::cast(*b));
        // SAFETY: every x86-64 processor has SSE2.
        bits(|i| unsafe { _mm_cmpeq_epi8(a[i], b[i]) })
    }

    #[inline(always)]
    pub(super) fn halves(a: &[u16; 64], b: &[u16; 64]) -> u64 {
        let (a, b): ([__m128i; 8], [__m128i; 8]) = (bytemuck::cast(*a), bytemuck::cast(*b));
        // SAFETY: every x86-64 processor has SSE2.
        let equal = |i: usize| unsafe { _mm_cmpeq_epi16(a[i], b[i]) };
        // SAFETY: as above.
        bits(|i| unsafe { _mm_packs_epi16(equal(2 * i), equal(2 * i + 1)) })
    }

    #[inline(always)]
    pub(super) fn words(a: &[u32; 64], b: &[u32; 64]) -> u64 {
        let (a, b): ([__m128i; 16], [__m128i; 16]) = (bytemuck::cast(*a), bytemuck::cast(*b));
        // SAFETY: every x86-64 processor has SSE2.
        let equal = |i: usize| unsafe { _mm_cmpeq_epi32(a[i], b[i]) };
        // SAFETY: as above.
        let pair = |i: usize| unsafe { _mm_packs_epi32(equal(2 * i), equal(2 * i + 1)) };
        // SAFETY: as above.
        bits(|i| unsafe { _mm_packs_epi16(pair(2 * i), pair(2 * i + 1)) })
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod compare {
    use crate::imaging::components::flags::pack;

    fn any<T: Eq>(a: &[T; 64], b: &[T; 64]) -> u64 {
        pack(|i| a[i] == b[i])
    }

    pub(super) use {any as bytes, any as halves, any as words};
}

impl Voxel for u8 {
    #[inline(always)]
    fn equal(a: &[Self; 64], b: &[Self; 64]) -> u64 {
        compare::bytes(a, b)
    }
}

impl Voxel for u16 {
    #[inline(always)]
    fn equal(a: &[Self; 64], b: &[Self; 64]) -> u64 {
        compare::halves(a, b)
    }
}

impl Voxel for u32 {
    #[inline(always)]
    fn equal(a: &[Self; 64], b: &[Self; 64]) -> u64 {
        compare::words(a, b)
    }
}

/// Bit `i` tells whether voxel `a_first + i` of row `a` equals voxel `b_first + i` of row `b`; beyond
/// the ends of a row there is background.
#[inline(always)]
pub(super) fn equal<T: Voxel>(a: &[T], a_first: isize, b: &[T], b_first: isize) -> u64 {
    match (inner(a, a_first), inner(b, b_first)) {
        (Some(a), Some(b)) => T::equal(a, b),
        _ => T::equal(&padded(a, a_first), &padded(b, b_first)),
    }
}

/// Bit `i` tells whether voxels `first + i` of two stretches of one length differ; those beyond their
/// ends do not.
#[inline(always)]
pub(crate) fn differing<T: Voxel>(a: &[T], b: &[T], first: usize) -> u64 {
    let (first, seen) = last_whole(a.len(), first);
    !equal(a, first, b, first) >> seen
}

/// Bit `i` tells whether voxels `first + i` of two stretches of one length are both foreground.
#[inline(always)]
pub(crate) fn both_foreground<T: Voxel>(a: &[T], b: &[T], first: usize) -> u64 {
    let (first, seen) = last_whole(a.len(), first);
    (foreground(a, first) & foreground(b, first)) >> seen
}

/// Where 64 voxels begin that hold those from `first` on, and how many of them lie before it: whole
/// ones where the stretch is long enough, for what goes beyond its end is slow.
#[inline(always)]
fn last_whole(length: usize, first: usize) -> (isize, usize) {
    match length.checked_sub(64) {
        Some(last) if first > last => (last as isize, first - last),
        _ => (first as isize, 0),
    }
}

/// Bit `i` tells whether voxel `first + i` of a row is foreground.
#[inline(always)]
pub(super) fn foreground<T: Voxel>(row: &[T], first: isize) -> u64 {
    let background = [T::default(); 64];
    !match inner(row, first) {
        Some(voxels) => T::equal(voxels, &background),
        None => T::equal(&padded(row, first), &background),
    }
}

/// The 64 voxels of a row from `first` on, where it has them all.
#[inline(always)]
fn inner<T>(row: &[T], first: isize) -> Option<&[T; 64]> {
    row.get(usize::try_from(first).ok()?..)?.first_chunk()
}

/// The 64 voxels of a row from `first` on, with background beyond its ends.
#[cold]
#[inline(never)]
fn padded<T: Voxel>(row: &[T], first: isize) -> [T; 64] {
    std::array::from_fn(|i| {
        usize::try_from(first + i as isize)
            .ok()
            .and_then(|at| row.get(at).copied())
            .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_equal_bits<T: Voxel + TryFrom<u64>>() {
        let value = |i: usize, seed: u64| {
            let mixed = (i as u64 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            // Values that differ in their lowest or highest byte only.
            let shift = 8 * (size_of::<T>() as u64 - 1) * (mixed & 1);
            T::try_from((mixed >> 1 & 1) << shift).ok().unwrap()
        };
        let a = std::array::from_fn(|i| value(i, 1));
        let b = std::array::from_fn(|i| value(i, 77));
        let bits = T::equal(&a, &b);
        assert!(bits != 0 && bits != u64::MAX);
        for i in 0..64 {
            assert_eq!(bits >> i & 1 == 1, a[i] == b[i], "{i}");
        }
    }

    #[test]
    fn bits_tell_what_is_equal() {
        assert_equal_bits::<u8>();
        assert_equal_bits::<u16>();
        assert_equal_bits::<u32>();
    }

    #[test]
    fn beyond_a_row_there_is_background() {
        let row: Vec<u16> = (0..70).map(|x| x % 3).collect();
        let at = |x: isize| usize::try_from(x).ok().and_then(|x| row.get(x)).copied();
        for first in [-1, 0, 3, 6, 7, 64] {
            let set = foreground(&row, first);
            let same = equal(&row, first, &row, first - 3);
            for i in 0..64 {
                let (here, before) = (at(first + i), at(first + i - 3));
                assert_eq!(set >> i & 1 == 1, here.unwrap_or(0) != 0);
                assert_eq!(same >> i & 1 == 1, here.unwrap_or(0) == before.unwrap_or(0));
            }
        }
    }
}
