use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::imaging::components::{both_foreground, differing, for_each_set};

/// Rows after a row, by `(dy, dz)`, that hold neighbours of its voxels: those to the left and to the
/// right as well.
const NEXT_ROWS: [(isize, usize); 4] = [(1, 0), (-1, 1), (0, 1), (1, 1)];

/// Two basins that touch, by ascending number, and the height of the highest way between their
/// maxima across the contact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Saddle {
    pub(super) basins: (u32, u32),
    pub(super) height: f32,
}

/// The contacts of basins within some slices and with the slice after them.
pub(super) struct Contacts(Vec<Saddle>);

impl Contacts {
    /// `basins` and `heights` are those of the voxels of some slices of `[ny, nx]`; `heights` of the
    /// slice after them, where there is one, come by themselves.
    pub(super) fn of(basins: &[u32], heights: [&[f32]; 2], [ny, nx]: [usize; 2]) -> Self {
        let mut highest = Highest::default();
        if basins.is_empty() {
            return Self(Vec::new());
        }
        let rows = basins.len() / nx;
        let own_rows = heights[0].len() / nx;
        let height = |at: usize| {
            let after = || heights[1][at - heights[0].len()];
            heights[0].get(at).copied().unwrap_or_else(after)
        };
        let mut pairs = |a_first: usize, b_first: usize, length: usize| {
            let a = &basins[a_first..a_first + length];
            let b = &basins[b_first..b_first + length];
            for start in (0..length).step_by(64) {
                let mut differ = differing(a, b, start);
                if differ != 0 {
                    differ &= both_foreground(a, b, start);
                }
                for_each_set(differ, |bit| {
                    let at = start + bit as usize;
                    let height = height(a_first + at).min(height(b_first + at));
                    highest.raise(a[at], b[at], height);
                });
            }
        };
        for row in 0..own_rows {
            let here = row * nx;
            pairs(here, here + 1, nx - 1);
            let y = row % ny;
            for (dy, dz) in NEXT_ROWS {
                let Some(y) = y.checked_add_signed(dy).filter(|&y| y < ny) else {
                    continue;
                };
                let other = (row / ny + dz) * ny + y;
                if other >= rows {
                    continue;
                }
                let there = other * nx;
                pairs(here + 1, there, nx - 1);
                pairs(here, there, nx);
                pairs(here, there + 1, nx - 1);
            }
        }
        Self(highest.into_saddles())
    }

    /// All contacts, highest first; equal ones by basin.
    pub(super) fn saddles(of_slabs: Vec<Self>) -> Vec<Saddle> {
        let mut saddles: Vec<Saddle> = of_slabs.into_iter().flat_map(|slab| slab.0).collect();
        saddles.par_sort_unstable_by(|a, b| {
            let by_height = || b.height.total_cmp(&a.height);
            a.basins.cmp(&b.basins).then_with(by_height)
        });
        saddles.dedup_by_key(|saddle| saddle.basins);
        saddles.par_sort_unstable_by(|a, b| {
            let by_basin = || a.basins.cmp(&b.basins);
            b.height.total_cmp(&a.height).then_with(by_basin)
        });
        saddles
    }
}

/// The highest contact so far of every two basins.
#[derive(Default)]
struct Highest {
    known: FxHashMap<(u32, u32), f32>,
    /// The two that were met last: mostly it is them again.
    last: (u32, u32),
    height: f32,
}

impl Highest {
    #[inline]
    fn raise(&mut self, a: u32, b: u32, height: f32) {
        let basins = (a.min(b), a.max(b));
        if basins == self.last {
            self.height = self.height.max(height);
            return;
        }
        self.keep_last();
        (self.last, self.height) = (basins, height);
    }

    fn keep_last(&mut self) {
        if self.last != (0, 0) {
            let known = self.known.entry(self.last).or_insert(self.height);
            *known = known.max(self.height);
        }
    }

    fn into_saddles(mut self) -> Vec<Saddle> {
        self.keep_last();
        self.known
            .into_iter()
            .map(|(basins, height)| Saddle { basins, height })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_contact_counts() {
        let saddle = |a, b, height| Saddle {
            basins: (a, b),
            height,
        };
        let basins = [1, 2, 0, 1, 2, 3];
        let heights = [1.0, 2.0, 0.0, 5.0, 4.0, 3.0];
        let expected = [saddle(1, 2, 4.0), saddle(2, 3, 3.0)];
        let whole = Contacts::of(&basins, [&heights, &[]], [2, 3]);
        assert_eq!(Contacts::saddles(vec![whole]), expected);
        // The same as two slices of a row, each by itself.
        let slabs = vec![
            Contacts::of(&basins, [&heights[..3], &heights[3..]], [1, 3]),
            Contacts::of(&basins[3..], [&heights[3..], &[]], [1, 3]),
        ];
        assert_eq!(Contacts::saddles(slabs), expected);
    }
}
