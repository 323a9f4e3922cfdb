//! What columns along z hold.

use rayon::prelude::*;

/// Columns that a thread looks at in one go: in one slice they fit a cache.
const PART: usize = 1 << 13;

/// The lowest and highest grey of every column along z, over the slices that hold more than one grey.
#[derive(Debug, PartialEq)]
pub(super) struct ColumnRanges {
    /// Row by row; the lowest is above the highest where there are no slices.
    ranges: Vec<[u16; 2]>,
}

impl ColumnRanges {
    /// Of no slice yet; `shape` is `[nz, ny, nx]`.
    pub fn new([_, ny, nx]: [usize; 3]) -> Self {
        Self {
            ranges: vec![[u16::MAX, 0]; ny * nx],
        }
    }

    /// Adds slices.
    pub fn add(&mut self, slices: &[(usize, &[u16])]) {
        let parts = self.ranges.par_chunks_mut(PART).enumerate();
        parts.for_each(|(i, ranges)| {
            for (_, slice) in slices {
                let part = &slice[i * PART..i * PART + ranges.len()];
                for ([low, high], &grey) in ranges.iter_mut().zip(part) {
                    *low = grey.min(*low);
                    *high = grey.max(*high);
                }
            }
        });
    }

    /// Whether each column changes along z; others are padding.
    pub fn vary(&self) -> Vec<bool> {
        self.ranges.iter().map(|[low, high]| low < high).collect()
    }

    /// Columns that hold no other grey.
    pub fn holding_only(&self, grey: u16) -> usize {
        let only = |[low, high]: &&[u16; 2]| low > high || (*low == grey && *high == grey);
        self.ranges.iter().filter(only).count()
    }
}
