use super::{Connectivity, Values, for_each_set, pack, union_find};

/// Maximal stretches of foreground (of one value, when values matter) in consecutive rows.
pub(super) struct Runs {
    /// First voxel of each run in its row.
    pub(super) starts: Vec<u32>,
    /// One past the last voxel of each run.
    pub(super) ends: Vec<u32>,
    /// Position of the first run of each row, and the number of runs at the end.
    pub(super) row_starts: Vec<u32>,
}

impl Runs {
    pub(super) fn with_rows(rows: usize) -> Self {
        let mut row_starts = Vec::with_capacity(rows + 1);
        row_starts.push(0);
        Self {
            starts: Vec::new(),
            ends: Vec::new(),
            row_starts,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Positions of the runs of a row.
    pub(super) fn row(&self, row: usize) -> std::ops::Range<usize> {
        self.row_starts[row] as usize..self.row_starts[row + 1] as usize
    }

    /// Finds the runs of the next row.
    pub(super) fn push_row<T: Copy + Eq + Default>(&mut self, row: &[T], values: Values) {
        let zero = T::default();
        // Whether the voxel before the chunk is foreground, and its value.
        let mut before_is_set = 0u64;
        let mut before = zero;
        for (index, chunk) in row.chunks(64).enumerate() {
            let (set, changed) = if let Ok(full) = <&[T; 64]>::try_from(chunk) {
                scan(full, before, values)
            } else {
                let mut padded = [zero; 64];
                padded[..chunk.len()].copy_from_slice(chunk);
                scan(&padded, before, values)
            };
            let shifted = set << 1 | before_is_set;
            let offset = (index * 64) as u32;
            for_each_set(set & (!shifted | changed), |i| self.starts.push(offset + i));
            for_each_set(shifted & (!set | changed), |i| self.ends.push(offset + i));
            before_is_set = set >> 63;
            before = chunk[chunk.len() - 1];
        }
        if self.ends.len() < self.starts.len() {
            self.ends.push(row.len() as u32);
        }
        self.row_starts.push(self.len() as u32);
    }

    /// Joins runs of two rows that hold neighbours within `reach` along x. `a` and `b` are
    /// positions of runs; `same` tells whether two runs may join.
    #[inline]
    pub(super) fn join_rows(
        a: (&Self, std::ops::Range<usize>),
        b: (&Self, std::ops::Range<usize>),
        reach: u32,
        mut join: impl FnMut(usize, usize),
    ) {
        let ((a, a_row), (b, b_row)) = (a, b);
        let (a_first, b_first) = (a_row.start, b_row.start);
        let (a_starts, a_ends) = (&a.starts[a_row.clone()], &a.ends[a_row]);
        let (b_starts, b_ends) = (&b.starts[b_row.clone()], &b.ends[b_row]);
        let (mut i, mut j) = (0, 0);
        while i < a_starts.len().min(a_ends.len()) && j < b_starts.len().min(b_ends.len()) {
            let (a_end, b_end) = (a_ends[i], b_ends[j]);
            if a_starts[i] < b_end + reach && b_starts[j] < a_end + reach {
                join(a_first + i, b_first + j);
            }
            if a_end == b_end && reach > 0 {
                // Runs of different values follow each other without a gap, so either may still
                // touch the other's successor across a corner.
                if b_starts.get(j + 1) == Some(&a_end) {
                    join(a_first + i, b_first + j + 1);
                }
                if a_starts.get(i + 1) == Some(&b_end) {
                    join(a_first + i + 1, b_first + j);
                }
            }
            i += usize::from(a_end <= b_end);
            j += usize::from(b_end <= a_end);
        }
    }
}

/// Bits of the foreground voxels of a chunk, and of those that differ from the voxel before.
#[inline]
fn scan<T: Copy + Eq + Default>(chunk: &[T; 64], before: T, values: Values) -> (u64, u64) {
    let zero = T::default();
    let set = pack(|i| chunk[i] != zero);
    let changed = match values {
        Values::Binary => 0,
        Values::Multi => {
            let inner = pack(|i| chunk[i] != chunk[i.saturating_sub(1)]);
            inner | u64::from(chunk[0] != before)
        }
    };
    (set, changed)
}

/// Components of a slab of whole slices, by its runs.
pub(super) struct SlabComponents {
    pub(super) runs: Runs,
    /// Component of each run, from 0, in the order of their first voxel within the slab.
    pub(super) component: Vec<u32>,
    pub(super) count: u32,
}

impl SlabComponents {
    /// Labels `slab`, whole slices of `ny` rows of `nx` voxels.
    pub(super) fn of<T: Copy + Eq + Default>(
        slab: &[T],
        (ny, nx): (usize, usize),
        connectivity: Connectivity,
        values: Values,
    ) -> Self {
        let rows = slab.len() / nx;
        let mut runs = Runs::with_rows(rows);
        let mut parent: Vec<u32> = Vec::new();
        for (row, voxels) in slab.chunks_exact(nx).enumerate() {
            runs.push_row(voxels, values);
            parent.extend(parent.len() as u32..runs.len() as u32);
            let (y, z) = ((row % ny) as isize, (row / ny) as isize);
            for &(dy, dz, reach) in connectivity.preceding_rows() {
                if y + dy < 0 || y + dy >= ny as isize || z + dz < 0 {
                    continue;
                }
                let other = ((z + dz) * ny as isize + y + dy) as usize;
                let other_voxels = &slab[other * nx..(other + 1) * nx];
                Runs::join_rows(
                    (&runs, runs.row(row)),
                    (&runs, runs.row(other)),
                    reach,
                    |i, j| {
                        let same = values == Values::Binary
                            || voxels[runs.starts[i] as usize]
                                == other_voxels[runs.starts[j] as usize];
                        if same {
                            union_find::union(&mut parent, i as u32, j as u32);
                        }
                    },
                );
            }
        }
        let count = union_find::number_sets(&mut parent);
        Self {
            runs,
            component: parent,
            count,
        }
    }

    /// The runs of a slice that is labelled already, with ids from 1.
    pub(super) fn of_labels(slice: &[u32], nx: usize) -> Self {
        let mut runs = Runs::with_rows(slice.len() / nx);
        let mut component = Vec::new();
        for row in slice.chunks_exact(nx) {
            runs.push_row(row, Values::Multi);
            let known = component.len();
            component.extend(runs.starts[known..].iter().map(|&x| row[x as usize] - 1));
        }
        let count = component.iter().max().map_or(0, |&last| last + 1);
        Self {
            runs,
            component,
            count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs_of(row: &[u8], values: Values) -> Vec<(u32, u32)> {
        let mut runs = Runs::with_rows(1);
        runs.push_row(row, values);
        runs.starts.into_iter().zip(runs.ends).collect()
    }

    #[test]
    fn runs_cross_chunks_and_reach_the_end() {
        let mut row = vec![0u8; 150];
        row[3] = 1;
        row[60..70].fill(1);
        row[128..].fill(1);
        assert_eq!(
            runs_of(&row, Values::Binary),
            [(3, 4), (60, 70), (128, 150)]
        );
        assert_eq!(runs_of(&[1; 64], Values::Binary), [(0, 64)]);
        assert_eq!(runs_of(&[1; 128], Values::Multi), [(0, 128)]);
    }

    #[test]
    fn values_cut_runs() {
        let mut row = vec![2u8; 130];
        row[64..].fill(5);
        row[1] = 0;
        assert_eq!(runs_of(&row, Values::Multi), [(0, 1), (2, 64), (64, 130)]);
        assert_eq!(runs_of(&row, Values::Binary), [(0, 1), (2, 130)]);
    }
}
