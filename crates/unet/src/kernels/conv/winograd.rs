//! Minimal filtering (Winograd 1980; Lavin and Gray 2016) along z and y: F(2 x 2, 3 x 3).
//!
//! A tile is two rows of two slices of the output, and needs four rows of four slices of the input.
//! Sums and differences of those sixteen rows are the rows of sixteen points; at every point a
//! convolution along x alone is left. So 16 x 3 products make what takes 4 x 27 directly, 2.25
//! times as many. Along x nothing is transformed, so that rows stay contiguous vectors.

use pulp::Simd;

use crate::kernels::Extent;
use crate::kernels::simd::{load, store};

/// Points of a tile.
pub const POINTS: usize = 16;

/// The three weights along z and y of one pair of channels and one shift along x, at every point.
///
/// `weight` is `[3, 3, 3]`; the result is `[point][dx]`.
pub fn transformed_weight(weight: &[f32]) -> [[f32; 3]; POINTS] {
    let along = |w: [f32; 3]| {
        let (outer, inner) = (w[0] + w[2], w[1]);
        [w[0], 0.5 * (outer + inner), 0.5 * (outer - inner), w[2]]
    };
    let mut out = [[0.0; 3]; POINTS];
    for dx in 0..3 {
        let columns: [[f32; 4]; 3] = std::array::from_fn(|dz| {
            along(std::array::from_fn(|dy| weight[(dz * 3 + dy) * 3 + dx]))
        });
        for y in 0..4 {
            let points = along(std::array::from_fn(|dz| columns[dz][y]));
            for (z, point) in points.into_iter().enumerate() {
                out[z * 4 + y][dx] = point;
            }
        }
    }
    out
}

/// The weights whose points are `points`, summed up: the transpose of [`transformed_weight`], which
/// takes the gradient of the points to the gradient of the weights.
pub fn weight_of_points(points: &[[f32; 3]; POINTS], weight: &mut [f32]) {
    let along = |p: [f32; 4]| {
        let (sum, difference) = (0.5 * (p[1] + p[2]), 0.5 * (p[1] - p[2]));
        [p[0] + sum, difference, sum + p[3]]
    };
    for dx in 0..3 {
        let rows: [[f32; 3]; 4] =
            std::array::from_fn(|z| along(std::array::from_fn(|y| points[z * 4 + y][dx])));
        for dy in 0..3 {
            let column = along(std::array::from_fn(|z| rows[z][dy]));
            for (dz, value) in column.into_iter().enumerate() {
                weight[(dz * 3 + dy) * 3 + dx] += value;
            }
        }
    }
}

/// How a volume is cut into blocks, and how the points of a block lie in memory.
///
/// A block is a pair of slices and some pairs of rows. At a point, the rows of a channel lie one
/// after another, each with a voxel of rim on both sides: a shift along x is a shift in memory.
#[derive(Debug, Clone, Copy)]
pub struct Blocks {
    pub extent: Extent,
    /// Pairs of rows of a block; the last of a slice may have fewer.
    pub pairs: usize,
    /// Voxels of a row with its rim.
    pub pitch: usize,
    /// Positions that are computed: all rows with their rims, rounded up to whole vectors.
    pub positions: usize,
    /// Voxels from channel to channel at a point.
    pub channel: usize,
}

/// Where a block lies.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// First slice.
    pub z: usize,
    /// First row.
    pub y: usize,
    /// Pairs of rows.
    pub pairs: usize,
}

impl Blocks {
    /// Blocks that take the fewest vectors altogether, in at most `bytes`, where each position
    /// takes `channels` values a point.
    pub fn new(extent: Extent, channels: usize, bytes: usize, lanes: usize) -> Self {
        let pitch = extent.width + 2;
        let all = extent.height.div_ceil(2);
        let most = (bytes / (POINTS * channels * pitch * size_of::<f32>())).clamp(1, all);
        let vectors = |pairs: usize| (pairs * pitch).div_ceil(lanes);
        // A vector alone keeps the arithmetic units half as busy as three do.
        let cost = |pairs: usize| {
            let vectors = vectors(pairs);
            (2 * vectors + usize::from(!vectors.is_multiple_of(3))) * all.div_ceil(pairs)
        };
        let pairs = (1..=most)
            .rev()
            .min_by_key(|&pairs| cost(pairs))
            .unwrap_or(1);
        let positions = vectors(pairs) * lanes;
        Self {
            extent,
            pairs,
            pitch,
            positions,
            // Shifts along x reach two further.
            channel: positions + 2,
        }
    }

    fn a_slice(self) -> usize {
        self.extent.height.div_ceil(2 * self.pairs)
    }

    /// Number of blocks.
    pub fn count(self) -> usize {
        self.extent.depth.div_ceil(2) * self.a_slice()
    }

    /// Where block number `block` lies.
    pub fn at(self, block: usize) -> Place {
        let y = block % self.a_slice() * 2 * self.pairs;
        Place {
            z: block / self.a_slice() * 2,
            y,
            pairs: self.pairs.min((self.extent.height - y).div_ceil(2)),
        }
    }

    /// The points of one channel of the input: `out` starts at the channel of the first point, and
    /// the points lie `point` apart. Zero outside the volume and behind the last row.
    #[inline(always)]
    pub fn transform_input<S: Simd>(
        self,
        simd: S,
        x: &[f32],
        place: Place,
        out: &mut [f32],
        point: usize,
    ) {
        let Extent {
            depth,
            height,
            width,
        } = self.extent;
        assert!(out.len() >= (POINTS - 1) * point + self.channel);
        for pair in 0..place.pairs {
            let rows: [[Option<&[f32]>; 4]; 4] = std::array::from_fn(|dz| {
                std::array::from_fn(|dy| {
                    // Positions count from -1; the wrap of 0 - 1 lies outside.
                    let z = (place.z + dz).wrapping_sub(1);
                    let y = (place.y + 2 * pair + dy).wrapping_sub(1);
                    (z < depth && y < height).then(|| &x[(z * height + y) * width..][..width])
                })
            });
            let to = pair * self.pitch;
            for at in (0..width).step_by(S::F32_LANES) {
                let len = S::F32_LANES.min(width - at);
                let zero = simd.splat_f32s(0.0);
                // Along y, then along z.
                let mut columns = [[zero; 4]; 4];
                for dz in 0..4 {
                    let mut values = [zero; 4];
                    for dy in 0..4 {
                        if let Some(row) = rows[dz][dy] {
                            values[dy] = load(simd, &row[at..at + len]);
                        }
                    }
                    columns[dz] = differences(simd, values);
                }
                for y in 0..4 {
                    let column = [columns[0][y], columns[1][y], columns[2][y], columns[3][y]];
                    let points = differences(simd, column);
                    for z in 0..4 {
                        let from = (z * 4 + y) * point + to + 1 + at;
                        store(simd, &mut out[from..from + len], points[z]);
                    }
                }
            }
            for p in 0..POINTS {
                out[p * point + to] = 0.0;
                out[p * point + to + width + 1] = 0.0;
            }
        }
        for p in 0..POINTS {
            out[p * point..][place.pairs * self.pitch..self.channel].fill(0.0);
        }
    }

    /// The points of one channel of the gradient of the output: the transpose of
    /// [`Blocks::transform_output`]. `out` starts at the channel of the first point, and the points
    /// lie `point` apart. Zero in the rims and behind the last row.
    #[inline(always)]
    pub fn transform_gradient<S: Simd>(
        self,
        simd: S,
        grad: &[f32],
        place: Place,
        out: &mut [f32],
        point: usize,
    ) {
        let Extent {
            depth,
            height,
            width,
        } = self.extent;
        assert!(out.len() >= (POINTS - 1) * point + self.positions);
        for pair in 0..place.pairs {
            let rows: [[Option<&[f32]>; 2]; 2] = std::array::from_fn(|dz| {
                std::array::from_fn(|dy| {
                    let (z, y) = (place.z + dz, place.y + 2 * pair + dy);
                    (z < depth && y < height).then(|| &grad[(z * height + y) * width..][..width])
                })
            });
            let to = pair * self.pitch;
            for at in (0..width).step_by(S::F32_LANES) {
                let len = S::F32_LANES.min(width - at);
                let zero = simd.splat_f32s(0.0);
                let mut columns = [[zero; 4]; 2];
                for dz in 0..2 {
                    let mut values = [zero; 2];
                    for dy in 0..2 {
                        if let Some(row) = rows[dz][dy] {
                            values[dy] = load(simd, &row[at..at + len]);
                        }
                    }
                    columns[dz] = spread(simd, values);
                }
                for y in 0..4 {
                    let points = spread(simd, [columns[0][y], columns[1][y]]);
                    for z in 0..4 {
                        let from = (z * 4 + y) * point + to + at;
                        store(simd, &mut out[from..from + len], points[z]);
                    }
                }
            }
            for p in 0..POINTS {
                out[p * point + to + width..][..2].fill(0.0);
            }
        }
        for p in 0..POINTS {
            out[p * point..][place.pairs * self.pitch..self.positions].fill(0.0);
        }
    }

    /// The output of one channel from its points, which lie `self.positions` apart in `sums`.
    ///
    /// # Safety
    /// `out` must hold the volume, and nobody else may use the rows of this block.
    #[inline(always)]
    pub unsafe fn transform_output<S: Simd>(
        self,
        simd: S,
        sums: &[f32],
        place: Place,
        out: *mut f32,
    ) {
        let Extent {
            depth,
            height,
            width,
        } = self.extent;
        for pair in 0..place.pairs {
            for at in (0..width).step_by(S::F32_LANES) {
                let len = S::F32_LANES.min(width - at);
                let zero = simd.splat_f32s(0.0);
                let mut columns = [[zero; 2]; 4];
                for z in 0..4 {
                    let mut points = [zero; 4];
                    for y in 0..4 {
                        let from = (z * 4 + y) * self.positions + pair * self.pitch + at;
                        points[y] = load(simd, &sums[from..from + len]);
                    }
                    columns[z] = outputs(simd, points);
                }
                for dy in 0..2 {
                    let column = [
                        columns[0][dy],
                        columns[1][dy],
                        columns[2][dy],
                        columns[3][dy],
                    ];
                    let values = outputs(simd, column);
                    for dz in 0..2 {
                        let (z, y) = (place.z + dz, place.y + 2 * pair + dy);
                        if z < depth && y < height {
                            // SAFETY: the row lies in the volume; as the caller vouches.
                            let row = unsafe {
                                std::slice::from_raw_parts_mut(
                                    out.add((z * height + y) * width + at),
                                    len,
                                )
                            };
                            store(simd, row, values[dz]);
                        }
                    }
                }
            }
        }
    }
}

/// Input of a tile along one axis to its points.
#[inline(always)]
fn differences<S: Simd>(simd: S, d: [S::f32s; 4]) -> [S::f32s; 4] {
    [
        simd.sub_f32s(d[0], d[2]),
        simd.add_f32s(d[1], d[2]),
        simd.sub_f32s(d[2], d[1]),
        simd.sub_f32s(d[1], d[3]),
    ]
}

/// Points along one axis to the output of a tile.
#[inline(always)]
fn outputs<S: Simd>(simd: S, p: [S::f32s; 4]) -> [S::f32s; 2] {
    let (sum, difference) = (simd.add_f32s(p[1], p[2]), simd.sub_f32s(p[1], p[2]));
    [simd.add_f32s(p[0], sum), simd.sub_f32s(difference, p[3])]
}

/// Gradient of a tile's output along one axis to that of its points.
#[inline(always)]
fn spread<S: Simd>(simd: S, g: [S::f32s; 2]) -> [S::f32s; 4] {
    [
        g[0],
        simd.add_f32s(g[0], g[1]),
        simd.sub_f32s(g[0], g[1]),
        simd.neg_f32s(g[1]),
    ]
}
