use super::bit_rows::Side;
use super::for_each_set;
use super::voxel::{Voxel, equal};

/// Bits below `bit`.
#[inline(always)]
fn below(bit: u32) -> u64 {
    !(u64::MAX << bit)
}

impl Side<'_> {
    /// The last run that starts before column `bit` of a word; runs are counted from 1.
    #[inline(always)]
    fn run_before(&self, word: usize, bit: u32) -> u32 {
        self.before[word] + (self.starts[word] & below(bit)).count_ones()
    }

    /// The last run that starts at or before column `bit` of a word.
    #[inline(always)]
    fn run_at(&self, word: usize, bit: u32) -> u32 {
        self.before[word] + (self.starts[word] << (63 - bit)).count_ones()
    }

    #[inline(always)]
    fn face(&self, word: usize) -> u64 {
        self.facing[0][word] | self.facing[1][word]
    }
}

/// Calls `join(run of a, run of b)` so that all runs with neighbouring foreground in the rows of
/// `a` and `b` that face each other are joined: voxels of one column, and with `DIAGONAL` those of
/// columns side by side.
#[inline(always)]
pub(super) fn join_foreground<const DIAGONAL: bool>(
    a: &Side<'_>,
    b: &Side<'_>,
    mut join: impl FnMut(u32, u32),
) {
    let words = a.cover.len();
    let (mut overlap_before, mut carry) = (0, false);
    // Faces and cover in the word before; 0 before the first.
    let mut last = [0u64; 3];
    let mut face = if words > 0 {
        [a.face(0), b.face(0)]
    } else {
        [0; 2]
    };
    for word in 0..words {
        let cover = [a.cover[word], b.cover[word]];
        let next = if word + 1 < words {
            [a.face(word + 1), b.face(word + 1)]
        } else {
            [0; 2]
        };
        // A stretch of columns that both cover belongs to one run of each.
        let overlap = cover[0] & cover[1];
        let mut contact = face[0] & face[1];
        let (mut to_left, mut to_right) = (0, 0);
        if DIAGONAL {
            let left = [face[0] << 1 | last[0] >> 63, face[1] << 1 | last[1] >> 63];
            let right = [face[0] >> 1 | next[0] << 63, face[1] >> 1 | next[1] << 63];
            contact |= face[1] & (left[0] | right[0]) & cover[0];
            contact |= face[0] & (left[1] | right[1]) & cover[1];
            // Contacts outside every overlap: the run of `a` ends left of the column where that
            // of `b` starts, or the other way round.
            let cover_left = cover[1] << 1 | last[2] >> 63;
            to_left = left[0] & face[1] & !cover[0] & !cover_left;
            to_right = face[0] & left[1] & !cover[1] & !(cover[0] << 1 | last_cover(a, word));
        }
        // The sum carries from the lowest contact of a stretch to the column past its end: one
        // join for each stretch that has a contact, wherever that is.
        let (sum, first) = overlap.overflowing_add(contact);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        carry = first | second;
        let ends = (overlap << 1 | overlap_before) & !overlap & sum;
        for_each_set(ends, |end| {
            join(a.run_before(word, end), b.run_before(word, end));
        });
        if DIAGONAL {
            for_each_set(to_left, |x| join(a.run_before(word, x), b.run_at(word, x)));
            for_each_set(to_right, |x| join(a.run_at(word, x), b.run_before(word, x)));
        }
        overlap_before = overlap >> 63;
        last = [face[0], face[1], cover[1]];
        face = next;
    }
    if carry {
        join(a.before[words], b.before[words]);
    }
}

/// Bit 0 tells whether `side` covers the last column of the word before.
#[inline(always)]
fn last_cover(side: &Side<'_>, word: usize) -> u64 {
    word.checked_sub(1).map_or(0, |word| side.cover[word] >> 63)
}

/// Like [`join_foreground`] for single rows whose runs are of one value: only equal values join.
///
/// `known` holds a bit for each voxel of `b` whose neighbours in `a` are joined to it already, by
/// way of another row; with `note`, the voxels that equal the one of `a` in their column are
/// written there.
#[inline(always)]
pub(super) fn join_equal<T: Voxel, const DIAGONAL: bool>(
    (a, a_row): (&Side<'_>, &[T]),
    (b, b_row): (&Side<'_>, &[T]),
    known: &mut [u64],
    note: bool,
    mut join: impl FnMut(u32, u32),
) {
    let words = a.cover.len();
    // Of one length, so that no index is checked.
    let (a_cover, b_cover) = (a.cover, &b.cover[..words]);
    let (a_starts, b_starts, known) = (&a.starts[..words], &b.starts[..words], &mut known[..words]);
    // Of the last voxel of the word before, in bit 0: whether both are equal and that is known,
    // and what is covered; and whether its stretch is known.
    let (mut last, mut last_known, mut last_cover, mut carry) = (0, 0, [0; 2], false);
    for word in 0..words {
        let cover = [a_cover[word], b_cover[word]];
        let reached = if DIAGONAL {
            last_cover[0] | last_cover[1]
        } else {
            last
        };
        if reached == 0 && cover[0] & cover[1] == 0 {
            let may_touch = DIAGONAL && cover[0] != 0 && cover[1] != 0;
            if !may_touch {
                last_cover = cover.map(|cover| cover >> 63);
                continue;
            }
        }
        let first = 64 * word as isize;
        let equal = equal(a_row, first, b_row, first) & cover[0];
        let before = equal << 1 | last;
        // Voxels that are of the same two runs as the voxels before: the rest of a stretch.
        let linked = equal & before & !a_starts[word];
        // As in `join_foreground`, the sum carries to the column past the end of each stretch
        // of which some voxel is known.
        let is_known = if DIAGONAL { known[word] & equal } else { 0 };
        let after_known = is_known << 1 | last_known;
        let (sum, first_carry) = linked.overflowing_add((is_known | after_known) & linked);
        let (sum, second_carry) = sum.overflowing_add(u64::from(carry));
        carry = first_carry | second_carry;
        let sum = if DIAGONAL { sum } else { 0 };
        for_each_set(before & !linked & !sum & !after_known, |end| {
            join(a.run_before(word, end), b.run_before(word, end));
        });
        if DIAGONAL {
            let apart = !(equal | before);
            let to_left = apart & !known[word] & b_starts[word] & (cover[0] << 1 | last_cover[0]);
            for_each_set(to_left, |x| {
                let at = 64 * word + x as usize;
                if a_row[at - 1] == b_row[at] {
                    join(a.run_before(word, x), b.run_at(word, x));
                }
            });
            // Here it is the voxel before that may be known.
            let known_before =
                known[word] << 1 | word.checked_sub(1).map_or(0, |word| known[word] >> 63);
            let to_right = apart & !known_before & a_starts[word] & (cover[1] << 1 | last_cover[1]);
            for_each_set(to_right, |x| {
                let at = 64 * word + x as usize;
                if a_row[at] == b_row[at - 1] {
                    join(a.run_at(word, x), b.run_before(word, x));
                }
            });
        }
        if note {
            known[word] = equal;
        }
        (last, last_known) = (equal >> 63, is_known >> 63);
        last_cover = cover.map(|cover| cover >> 63);
    }
    if last == 1 && !carry && last_known == 0 {
        join(a.before[words], b.before[words]);
    }
}
