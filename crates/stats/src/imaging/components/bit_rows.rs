use super::voxel::{Voxel, equal, foreground};
use super::{Values, for_each_set};

/// Voxels of a word.
pub(super) const WORD: usize = 64;

/// Rows of voxels as bits, 64 a word, in bundles of rows whose runs are found together.
///
/// A bundle of edge 1 is a row. A bundle of edge 2 is 2 x 2 rows (fewer at the far faces): with 26
/// neighbours all foreground of one column of it, and of two consecutive columns, is connected,
/// so that the runs of the columns that hold any foreground take the place of the runs of four
/// rows (the blocks of Grana, Borghesani and Cucchiara 2010, unrolled along x).
pub(super) struct BitRows {
    /// Voxels of a row, rows of a slice, slices.
    pub(super) nx: usize,
    pub(super) ny: usize,
    pub(super) nz: usize,
    edge: usize,
    /// Words of a row.
    pub(super) words: usize,
    /// Foreground, row by row.
    set: Vec<u64>,
    /// Columns with any foreground, bundle by bundle; empty where that is `set`.
    cover: Vec<u64>,
    /// First columns of the runs, bundle by bundle.
    starts: Vec<u64>,
    /// Number of runs before each word of each bundle, and before the end of the bundle.
    before: Vec<u32>,
    runs: u32,
}

/// A bundle as another bundle sees it.
pub(super) struct Side<'a> {
    /// Foreground of the rows that face the other; twice the same row where only one does.
    pub(super) facing: [&'a [u64]; 2],
    /// Columns with any foreground.
    pub(super) cover: &'a [u64],
    /// First columns of the runs.
    pub(super) starts: &'a [u64],
    /// Number of runs before each word, and before the end.
    pub(super) before: &'a [u32],
}

impl BitRows {
    /// For `nz` slices of `ny` rows of `nx` voxels.
    pub(super) fn new([nz, ny, nx]: [usize; 3], edge: usize) -> Self {
        let words = nx.div_ceil(WORD);
        let bundles = nz.div_ceil(edge) * ny.div_ceil(edge);
        Self {
            nx,
            ny,
            nz,
            edge,
            words,
            set: vec![0; nz * ny * words],
            cover: Vec::with_capacity(if edge > 1 { bundles * words } else { 0 }),
            starts: Vec::with_capacity(bundles * words),
            before: Vec::with_capacity(bundles * (words + 1)),
            runs: 0,
        }
    }

    /// All rows of `slab`, slices of `ny` rows of `nx` voxels, each a bundle of its own.
    pub(super) fn of_rows<T: Voxel>(slab: &[T], (ny, nx): (usize, usize), values: Values) -> Self {
        let mut rows = Self::new([slab.len() / (ny * nx), ny, nx], 1);
        for _ in 0..rows.nz * ny {
            rows.push_bundle(slab, values);
        }
        rows
    }

    /// Foreground, row by row.
    pub(super) fn set(&self) -> &[u64] {
        &self.set
    }

    /// First columns of the runs, bundle by bundle.
    pub(super) fn starts(&self) -> &[u64] {
        &self.starts
    }

    /// Number of runs before each word of all bundles.
    pub(super) fn runs_before_words(&self) -> impl Iterator<Item = u32> {
        let of_bundles = self.before.chunks(self.words + 1);
        of_bundles.flat_map(|of_bundle| of_bundle[..self.words].iter().copied())
    }

    /// Bundles along y.
    pub(super) fn bundles_y(&self) -> usize {
        self.ny.div_ceil(self.edge)
    }

    /// Bundles along z.
    pub(super) fn bundles_z(&self) -> usize {
        self.nz.div_ceil(self.edge)
    }

    /// Number of runs found so far.
    pub(super) fn runs(&self) -> u32 {
        self.runs
    }

    /// Finds the runs of the next bundle, in storage order of bundles, in `slab`.
    #[inline(always)]
    pub(super) fn push_bundle<T: Voxel>(&mut self, slab: &[T], values: Values) {
        let bundle = self.before.len() / (self.words + 1);
        let (by, bz) = (bundle % self.bundles_y(), bundle / self.bundles_y());
        for z in bz * self.edge..self.nz.min((bz + 1) * self.edge) {
            for y in by * self.edge..self.ny.min((by + 1) * self.edge) {
                let row = z * self.ny + y;
                let voxels = &slab[row * self.nx..(row + 1) * self.nx];
                let set = &mut self.set[row * self.words..(row + 1) * self.words];
                for (word, bits) in set.iter_mut().enumerate() {
                    *bits = foreground(voxels, 64 * word as isize);
                }
            }
        }
        if self.edge == 1 {
            let voxels = &slab[bundle * self.nx..(bundle + 1) * self.nx];
            self.push_runs(bundle, |cover, first| {
                let first = first as isize;
                match values {
                    Values::Binary => 0,
                    Values::Multi if cover == 0 => 0,
                    // The first voxel of a row starts a run in any case; all others have one before them.
                    Values::Multi if first == 0 => cover & !(equal(voxels, 1, voxels, 0) << 1),
                    Values::Multi => cover & !equal(voxels, first, voxels, first - 1),
                }
            });
        } else {
            for word in 0..self.words {
                let rows = self
                    .rows_of(by, bz)
                    .map(|row| self.set[row * self.words + word]);
                let cover = rows.fold(0, |all, bits| all | bits);
                self.cover.push(cover);
            }
            self.push_runs(bundle, |_, _| 0);
        }
    }

    /// Rows of a bundle.
    fn rows_of(&self, by: usize, bz: usize) -> impl Iterator<Item = usize> + use<> {
        let (ny, edge) = (self.ny, self.edge);
        let ys = by * edge..ny.min((by + 1) * edge);
        let zs = bz * edge..self.nz.min((bz + 1) * edge);
        zs.flat_map(move |z| ys.clone().map(move |y| z * ny + y))
    }

    /// Notes where the runs of a bundle start: after background, and where `cut(cover, x)` says.
    #[inline(always)]
    fn push_runs(&mut self, bundle: usize, cut: impl Fn(u64, usize) -> u64) {
        let cover = if self.edge == 1 {
            &self.set
        } else {
            &self.cover
        };
        let mut last = 0;
        for (word, &cover) in cover[bundle * self.words..][..self.words]
            .iter()
            .enumerate()
        {
            let starts = cover & !(cover << 1 | last) | cut(cover, 64 * word);
            self.starts.push(starts);
            self.before.push(self.runs);
            self.runs += starts.count_ones();
            last = cover >> 63;
        }
        self.before.push(self.runs);
    }

    /// Bundle `(by, bz)` as seen from the bundle that lies `(dy, dz)` away.
    #[inline(always)]
    pub(super) fn side(&self, (by, bz): (usize, usize), (dy, dz): (isize, isize)) -> Side<'_> {
        let facing = |bundle: usize, n: usize, toward: isize| {
            let (first, last) = (bundle * self.edge, n.min((bundle + 1) * self.edge) - 1);
            match toward {
                0 => (first, last),
                1 => (last, last),
                _ => (first, first),
            }
        };
        let (y, z) = (facing(by, self.ny, dy), facing(bz, self.nz, dz));
        let row = |y: usize, z: usize| {
            let row = z * self.ny + y;
            &self.set[row * self.words..(row + 1) * self.words]
        };
        let bundle = bz * self.bundles_y() + by;
        let range = bundle * self.words..(bundle + 1) * self.words;
        let cover = if self.edge == 1 {
            &self.set
        } else {
            &self.cover
        };
        Side {
            facing: [row(y.0, z.0), row(y.1, z.1)],
            cover: &cover[range.clone()],
            starts: &self.starts[range],
            before: &self.before[bundle * (self.words + 1)..(bundle + 1) * (self.words + 1)],
        }
    }

    /// Row `y` of a slice of the voxels that the bits are of.
    #[inline(always)]
    pub(super) fn voxels_of_row<'a, T>(&self, slice: &'a [T], y: usize) -> &'a [T] {
        &slice[y * self.nx..(y + 1) * self.nx]
    }

    /// Foreground of row `y` of slice `z`, and the runs of its bundle.
    #[inline(always)]
    pub(super) fn row(&self, y: usize, z: usize) -> (&[u64], Side<'_>) {
        let row = z * self.ny + y;
        (
            &self.set[row * self.words..(row + 1) * self.words],
            self.side((y / self.edge, z / self.edge), (0, 0)),
        )
    }
}

/// Calls `visit(run, bits)` for every run that has foreground in a word of a row, in ascending
/// order and counted from 1: `set` is the word, `starts` tells where runs start and `before` how many
/// started before.
#[inline(always)]
pub(super) fn for_each_run_of_word(
    set: u64,
    starts: u64,
    before: u32,
    mut visit: impl FnMut(u32, u64),
) {
    let mut run = before;
    let mut left = set;
    for_each_set(starts, |start| {
        let until = left & !(u64::MAX << start);
        if until != 0 {
            visit(run, until);
        }
        left ^= until;
        run += 1;
    });
    if left != 0 {
        visit(run, left);
    }
}
