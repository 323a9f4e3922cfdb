/// For each byte of starts and each of its bits (a byte each, the lowest first): how many starts
/// are at or before that bit, bit 0 not counted.
static RANKS: [u64; 256] = ranks();

const fn ranks() -> [u64; 256] {
    let mut ranks = [0; 256];
    let mut starts = 0;
    while starts < 256 {
        let (mut bit, mut rank) = (1, 0);
        while bit < 8 {
            rank += (starts >> bit & 1) as u64;
            ranks[starts] |= rank << (8 * bit);
            bit += 1;
        }
        starts += 1;
    }
    ranks
}

/// Ids past those of a row that [`write_row`] may look at.
pub(super) const PADDING: usize = 8;

/// Gives the voxels of a row the ids of their runs: those set in `set`; the others are 0 already.
///
/// `starts` tells where runs start and `before` how many have started before each word;
/// `ids[k]` is the id of the k-th run, counted from 1, with [`PADDING`] more behind the last.
pub(super) fn write_row(out: &mut [u32], set: &[u64], starts: &[u64], before: &[u32], ids: &[u32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt")
    {
        // SAFETY: the processor has what the function is compiled for.
        unsafe { write_row_avx2(out, set, starts, before, ids) };
        return;
    }
    write_row_with(out, set, starts, before, ids, eight_ids);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn write_row_avx2(out: &mut [u32], set: &[u64], starts: &[u64], before: &[u32], ids: &[u32]) {
    use std::arch::x86_64::{
        _mm_cvtsi64_si128, _mm256_and_si256, _mm256_cmpeq_epi32, _mm256_cvtepu8_epi32,
        _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_setr_epi32,
    };
    let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    write_row_with(out, set, starts, before, ids, |set, starts, ids| {
        let ranks = _mm_cvtsi64_si128(RANKS[usize::from(starts)] as i64);
        let ids = _mm256_permutevar8x32_epi32(bytemuck::cast(*ids), _mm256_cvtepu8_epi32(ranks));
        let set = _mm256_and_si256(_mm256_set1_epi32(i32::from(set)), bits);
        bytemuck::cast(_mm256_and_si256(ids, _mm256_cmpeq_epi32(set, bits)))
    });
}

/// The ids of eight voxels, of the bits that are set in `set`; `ids[0]` belongs to the run of the
/// first.
#[inline]
fn eight_ids(set: u8, starts: u8, ids: &[u32; 8]) -> [u32; 8] {
    let ranks = RANKS[usize::from(starts)].to_le_bytes();
    std::array::from_fn(|bit| {
        let is_set = u32::from(set >> bit & 1);
        ids[usize::from(ranks[bit] & 7)] & 0u32.wrapping_sub(is_set)
    })
}

#[inline(always)]
fn write_row_with(
    out: &mut [u32],
    set: &[u64],
    starts: &[u64],
    before: &[u32],
    ids: &[u32],
    eight_ids: impl Fn(u8, u8, &[u32; 8]) -> [u32; 8],
) {
    for (word, out) in out.chunks_mut(64).enumerate() {
        let (mut set, mut starts) = (set[word], starts[word]);
        if set == 0 {
            continue;
        }
        let mut run = before[word] as usize;
        let mut next = || {
            let first = run + (starts & 1) as usize;
            let ids = ids[first..].first_chunk().unwrap_or(&[0; 8]);
            let found = eight_ids(set as u8, starts as u8, ids);
            run += (starts as u8).count_ones() as usize;
            (set, starts) = (set >> 8, starts >> 8);
            found
        };
        let (eights, rest) = out.as_chunks_mut::<8>();
        for eight in eights {
            *eight = next();
        }
        if !rest.is_empty() {
            rest.copy_from_slice(&next()[..rest.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gets_the_ids_of_its_runs() {
        let nx = 150;
        let is_set = |x: usize| x * 7 % 11 < 6 && x != 70;
        let starts_at = |x: usize| x % 5 == 3 || x > 130;
        let words = |flag: &dyn Fn(usize) -> bool| -> Vec<u64> {
            (0..nx)
                .step_by(64)
                .map(|first| {
                    (first..nx.min(first + 64))
                        .fold(0, |bits, x| bits | u64::from(flag(x)) << (x - first))
                })
                .collect()
        };
        let starts = words(&starts_at);
        let before = [
            0,
            starts[0].count_ones(),
            (starts[0].count_ones() + starts[1].count_ones()),
        ];
        let ids: Vec<u32> = (0..100).map(|run| 1000 + run).collect();
        let mut out = vec![0; nx];
        write_row(&mut out, &words(&is_set), &starts, &before, &ids);
        let mut run = 0;
        for x in 0..nx {
            run += u32::from(starts_at(x));
            assert_eq!(out[x], if is_set(x) { 1000 + run } else { 0 }, "{x}");
        }
        let mut portable = vec![0; nx];
        write_row_with(
            &mut portable,
            &words(&is_set),
            &starts,
            &before,
            &ids,
            eight_ids,
        );
        assert_eq!(portable, out);
    }
}
