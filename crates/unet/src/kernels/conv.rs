//! 3 x 3 x 3 convolution with zero padding and stride 1, and its gradients, on the CPU.
//!
//! Direct, without unrolling the volume into a matrix: a few rows of a slice, with the slices
//! above and below, are copied with a rim of zeros into a block that stays in the cache. In the
//! block a shift by one voxel, row or slice is a fixed distance in memory, so that every output is
//! a sum of products of contiguous vectors. Eight output channels by three vectors are summed up
//! in registers at a time. Both gradients are the same loops: the input's is the convolution of
//! the output's gradient with the mirrored weights, the weights' sums up over voxels instead of
//! channels.

use std::cell::RefCell;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::Extent;
use super::simd::vectorize;

/// Weights of one pair of channels.
const TAPS: usize = 27;

/// Vectors a tile: as many as the three shifts along x, so that both loops have one shape.
const VECTORS: usize = 3;

/// Most bytes of a block: it shares a second-level cache of 1 MiB with weights and results.
const BLOCK_BYTES: usize = 384 << 10;

/// Partial sums of the weight gradient. Fixed, so that the order of the additions, and with it the
/// last bit of the result, does not depend on the number of threads.
const PARTIAL_SUMS: usize = 16;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Output channels of a tile: what the registers hold beside the inputs.
const fn channels_a_tile<S: Simd>() -> usize {
    if S::F32_LANES == 8 { 4 } else { 8 }
}

/// A base pointer that blocks write through, each to voxels of its own.
#[derive(Clone, Copy)]
struct Disjoint(*mut f32);

// SAFETY: every user writes only the rows of its own block.
unsafe impl Send for Disjoint {}
// SAFETY: as above.
unsafe impl Sync for Disjoint {}

/// How a volume is cut into blocks, and how a block lies in memory.
#[derive(Debug, Clone, Copy)]
struct Blocks {
    extent: Extent,
    /// Rows of a block; the last of a slice may have fewer.
    rows: usize,
    /// Voxels of a row with its rim.
    pitch: usize,
    /// Voxels from slice to slice.
    slice: usize,
    /// Positions that are computed: all rows with their rims, rounded up to whole tiles.
    positions: usize,
    /// Voxels from channel to channel.
    channel: usize,
}

impl Blocks {
    fn new(channels: usize, extent: Extent, lanes: usize) -> Self {
        let pitch = extent.width + 2;
        let fit = BLOCK_BYTES / (3 * channels * pitch * size_of::<f32>());
        let rows = fit.saturating_sub(2).clamp(1, extent.height);
        let slice = (rows + 2) * pitch;
        let positions = (rows * pitch).next_multiple_of(VECTORS * lanes);
        Self {
            extent,
            rows,
            pitch,
            slice,
            positions,
            // The last tile reads past the last row by less than a tile and a shift.
            channel: 3 * slice + VECTORS * lanes + 2,
        }
    }

    fn a_slice(self) -> usize {
        self.extent.height.div_ceil(self.rows)
    }

    fn count(self) -> usize {
        self.extent.depth * self.a_slice()
    }

    /// Slice, first row and rows of a block.
    fn at(self, block: usize) -> (usize, usize, usize) {
        let first = block % self.a_slice() * self.rows;
        let rows = self.rows.min(self.extent.height - first);
        (block / self.a_slice(), first, rows)
    }

    /// Copies a block of all channels of `x` with its surroundings, zero outside the volume.
    fn load(self, x: &[f32], block: usize, out: &mut [f32]) {
        let Extent {
            depth,
            height,
            width,
        } = self.extent;
        let (z, first, _) = self.at(block);
        for (x, out) in x
            .chunks_exact(self.extent.voxels())
            .zip(out.chunks_exact_mut(self.channel))
        {
            for (dz, out) in out.chunks_exact_mut(self.slice).enumerate() {
                // Positions count from -1; the wrap of 0 - 1 lies outside.
                let z = (z + dz).wrapping_sub(1);
                for (dy, out) in out.chunks_exact_mut(self.pitch).enumerate() {
                    let y = (first + dy).wrapping_sub(1);
                    if z >= depth || y >= height {
                        out.fill(0.0);
                        continue;
                    }
                    out[0] = 0.0;
                    out[1..=width].copy_from_slice(&x[(z * height + y) * width..][..width]);
                    out[width + 1] = 0.0;
                }
            }
            out[3 * self.slice..].fill(0.0);
        }
    }

    /// Copies the rows of a block of all channels of `grad`, zero in the rims.
    fn load_rows(self, grad: &[f32], block: usize, out: &mut [f32]) {
        let (z, first, rows) = self.at(block);
        let width = self.extent.width;
        for (grad, out) in grad
            .chunks_exact(self.extent.voxels())
            .zip(out.chunks_exact_mut(self.positions))
        {
            out.fill(0.0);
            for (row, out) in out.chunks_exact_mut(self.pitch).take(rows).enumerate() {
                let from = (z * self.extent.height + first + row) * width;
                out[..width].copy_from_slice(&grad[from..][..width]);
            }
        }
    }
}

/// Runs `work` on this thread's scratch memory.
fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < len {
            scratch.resize(len, 0.0);
        }
        work(&mut scratch[..len])
    })
}

/// Weights `[co, ci, 27]` as `[co / tile, ci, 27, tile]`, zero for channels past the last.
fn packed(weight: &[f32], [ci, co]: [usize; 2], tile: usize) -> Vec<f32> {
    let mut out = vec![0.0; co.next_multiple_of(tile) * ci * TAPS];
    for (o, weight) in weight.chunks_exact(ci * TAPS).enumerate() {
        let base = o / tile * tile * ci * TAPS + o % tile;
        for (i, &w) in weight.iter().enumerate() {
            out[base + i * tile] = w;
        }
    }
    out
}

struct Forward<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    channels: [usize; 2],
    extent: Extent,
    out: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            x,
            weight,
            channels: [ci, co],
            extent,
            out,
        } = self;
        let tile = channels_a_tile::<S>();
        let blocks = Blocks::new(ci, extent, S::F32_LANES);
        let weight = packed(weight, [ci, co], tile);
        let target = Disjoint(out.as_mut_ptr());
        (0..blocks.count()).into_par_iter().for_each(|block| {
            with_scratch(ci * blocks.channel + tile * blocks.positions, |scratch| {
                let (input, sums) = scratch.split_at_mut(ci * blocks.channel);
                blocks.load(x, block, input);
                let (z, first, rows) = blocks.at(block);
                for (group, weight) in weight.chunks_exact(tile * ci * TAPS).enumerate() {
                    vectorize(Tiles {
                        blocks,
                        input,
                        weight,
                        sums,
                    });
                    let here = group * tile..co.min((group + 1) * tile);
                    for (o, sums) in here.zip(sums.chunks_exact(blocks.positions)) {
                        for (row, sums) in sums.chunks_exact(blocks.pitch).take(rows).enumerate() {
                            let at = o * extent.voxels()
                                + (z * extent.height + first + row) * extent.width;
                            // SAFETY: the row lies in `out` and belongs to this block alone.
                            unsafe {
                                target
                                    .row(at, extent.width)
                                    .copy_from_slice(&sums[..extent.width]);
                            }
                        }
                    }
                }
            });
        });
    }
}

impl Disjoint {
    /// # Safety
    /// The values must lie in the buffer, and nobody else may use them.
    unsafe fn row<'a>(self, at: usize, len: usize) -> &'a mut [f32] {
        // SAFETY: as the caller vouches.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(at), len) }
    }
}

/// All positions of a block for one group of output channels.
struct Tiles<'a> {
    blocks: Blocks,
    input: &'a [f32],
    weight: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Tiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if channels_a_tile::<S>() == 8 {
            self.run::<S, 8>(simd);
        } else {
            self.run::<S, 4>(simd);
        }
    }
}

impl Tiles<'_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize>(self, simd: S) {
        let Self {
            blocks,
            input,
            weight,
            sums,
        } = self;
        let ci = weight.len() / (TAPS * M);
        assert!(input.len() >= ci * blocks.channel && sums.len() >= M * blocks.positions);
        for position in (0..blocks.positions).step_by(VECTORS * S::F32_LANES) {
            let mut acc = [[simd.splat_f32s(0.0); VECTORS]; M];
            for c in 0..ci {
                for dz in 0..3 {
                    for dy in 0..3 {
                        for dx in 0..3 {
                            let from = c * blocks.channel
                                + dz * blocks.slice
                                + dy * blocks.pitch
                                + dx
                                + position;
                            let tap = ((c * 3 + dz) * 3 + dy) * 3 + dx;
                            // SAFETY: `from` and a tile lie in channel `c`, whose slack is a tile
                            // and two voxels; `tap` lies in the weights of this group.
                            unsafe {
                                let x: [S::f32s; VECTORS] = std::array::from_fn(|v| {
                                    load::<S>(input.as_ptr().add(from + v * S::F32_LANES))
                                });
                                let weight = weight.as_ptr().add(tap * M);
                                for m in 0..M {
                                    let w = simd.splat_f32s(*weight.add(m));
                                    for v in 0..VECTORS {
                                        acc[m][v] = simd.mul_add_e_f32s(w, x[v], acc[m][v]);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            for (m, acc) in acc.into_iter().enumerate() {
                for (v, acc) in acc.into_iter().enumerate() {
                    let at = m * blocks.positions + position + v * S::F32_LANES;
                    // SAFETY: positions are whole tiles, and `sums` holds M times as many.
                    unsafe {
                        sums.as_mut_ptr()
                            .add(at)
                            .cast::<S::f32s>()
                            .write_unaligned(acc)
                    };
                }
            }
        }
    }
}

/// # Safety
/// A vector must lie at `from`.
#[inline(always)]
unsafe fn load<S: Simd>(from: *const f32) -> S::f32s {
    // SAFETY: as the caller vouches; every bit pattern is a vector.
    unsafe { from.cast::<S::f32s>().read_unaligned() }
}

/// Convolves one sample: `x` is `[ci, depth, height, width]`, `weight` is `[co, ci, 3, 3, 3]`, the
/// result is `[co, depth, height, width]`.
pub fn forward(x: &[f32], weight: &[f32], [ci, co]: [usize; 2], extent: Extent, out: &mut [f32]) {
    assert_eq!(x.len(), ci * extent.voxels());
    assert_eq!(weight.len(), co * ci * TAPS);
    assert_eq!(out.len(), co * extent.voxels());
    vectorize(Forward {
        x,
        weight,
        channels: [ci, co],
        extent,
        out,
    });
}

/// Gradient of the input: `grad` is `[co, depth, height, width]`, the result
/// `[ci, depth, height, width]`.
pub fn input_gradient(
    grad: &[f32],
    weight: &[f32],
    [ci, co]: [usize; 2],
    extent: Extent,
    out: &mut [f32],
) {
    let mut mirrored = vec![0.0; weight.len()];
    for o in 0..co {
        for i in 0..ci {
            for tap in 0..TAPS {
                mirrored[(i * co + o) * TAPS + TAPS - 1 - tap] = weight[(o * ci + i) * TAPS + tap];
            }
        }
    }
    forward(grad, &mirrored, [co, ci], extent, out);
}

struct WeightGradient<'a> {
    x: &'a [f32],
    grad: &'a [f32],
    channels: [usize; 2],
    extent: Extent,
    out: &'a mut [f32],
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            x,
            grad,
            channels: [ci, co],
            extent,
            out,
        } = self;
        let tile = channels_a_tile::<S>();
        let blocks = Blocks::new(ci, extent, S::F32_LANES);
        let padded = co.next_multiple_of(tile);
        let (inputs, gradients) = (ci * blocks.channel, padded * blocks.positions);
        let sums: Vec<Vec<f32>> = (0..PARTIAL_SUMS.min(blocks.count()))
            .into_par_iter()
            .map(|part| {
                let mut sums = vec![0.0f32; padded * ci * TAPS];
                with_scratch(inputs + gradients, |scratch| {
                    let (input, rows) = scratch.split_at_mut(inputs);
                    rows[co * blocks.positions..].fill(0.0);
                    for block in (part..blocks.count()).step_by(PARTIAL_SUMS) {
                        blocks.load(x, block, input);
                        blocks.load_rows(grad, block, rows);
                        vectorize(Products {
                            blocks,
                            input,
                            rows,
                            sums: &mut sums,
                            ci,
                        });
                    }
                });
                sums
            })
            .collect();
        for sums in sums {
            for (o, out) in out.chunks_exact_mut(ci * TAPS).enumerate() {
                let base = o / tile * tile * ci * TAPS + o % tile;
                for (i, out) in out.iter_mut().enumerate() {
                    *out += sums[base + i * tile];
                }
            }
        }
    }
}

/// Products of one block, summed over its voxels: `sums` is packed as the weights are.
struct Products<'a> {
    blocks: Blocks,
    input: &'a [f32],
    rows: &'a [f32],
    sums: &'a mut [f32],
    ci: usize,
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if channels_a_tile::<S>() == 8 {
            self.run::<S, 8>(simd);
        } else {
            self.run::<S, 4>(simd);
        }
    }
}

impl Products<'_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize>(self, simd: S) {
        let Self {
            blocks,
            input,
            rows,
            sums,
            ci,
        } = self;
        assert!(input.len() >= ci * blocks.channel);
        for (rows, sums) in rows
            .chunks_exact(M * blocks.positions)
            .zip(sums.chunks_exact_mut(M * ci * TAPS))
        {
            for (line, sums) in sums.chunks_exact_mut(3 * M).enumerate() {
                let (c, dz, dy) = (line / 9, line / 3 % 3, line % 3);
                let from = c * blocks.channel + dz * blocks.slice + dy * blocks.pitch;
                let mut acc = [[simd.splat_f32s(0.0); VECTORS]; M];
                for position in (0..blocks.positions).step_by(S::F32_LANES) {
                    // SAFETY: a vector at any position and shift lies in channel `c`, whose slack
                    // is a tile and two voxels, and in each of the M rows.
                    unsafe {
                        let x: [S::f32s; VECTORS] = std::array::from_fn(|dx| {
                            load::<S>(input.as_ptr().add(from + position + dx))
                        });
                        for m in 0..M {
                            let g = load::<S>(rows.as_ptr().add(m * blocks.positions + position));
                            for v in 0..VECTORS {
                                acc[m][v] = simd.mul_add_e_f32s(g, x[v], acc[m][v]);
                            }
                        }
                    }
                }
                for (m, acc) in acc.into_iter().enumerate() {
                    for (dx, acc) in acc.into_iter().enumerate() {
                        sums[dx * M + m] += simd.reduce_sum_f32s(acc);
                    }
                }
            }
        }
    }
}

/// Adds the gradient of the weights, `[co, ci, 3, 3, 3]`, to `out`.
pub fn add_weight_gradient(
    x: &[f32],
    grad: &[f32],
    [ci, co]: [usize; 2],
    extent: Extent,
    out: &mut [f32],
) {
    assert_eq!(x.len(), ci * extent.voxels());
    assert_eq!(grad.len(), co * extent.voxels());
    assert_eq!(out.len(), co * ci * TAPS);
    vectorize(WeightGradient {
        x,
        grad,
        channels: [ci, co],
        extent,
        out,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that make a wrong index show.
    fn numbers(len: usize, salt: u32) -> Vec<f32> {
        (0..len as u32)
            .map(|i| {
                let hash = (i + 1).wrapping_mul(2_654_435_761).wrapping_add(salt) >> 8;
                hash as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    /// The definition, in double precision: calls `add(output, weight, input, flat indices)`.
    fn each_product([ci, co]: [usize; 2], e: Extent, mut add: impl FnMut(usize, usize, usize)) {
        for o in 0..co {
            for i in 0..ci {
                for (tap, out) in (0..TAPS).flat_map(|t| (0..e.voxels()).map(move |v| (t, v))) {
                    let at = [
                        out / (e.height * e.width),
                        out / e.width % e.height,
                        out % e.width,
                    ];
                    let shift = [tap / 9, tap / 3 % 3, tap % 3];
                    let from: [usize; 3] =
                        std::array::from_fn(|a| (at[a] + shift[a]).wrapping_sub(1));
                    if from[0] < e.depth && from[1] < e.height && from[2] < e.width {
                        let input = (from[0] * e.height + from[1]) * e.width + from[2];
                        add(
                            o * e.voxels() + out,
                            (o * ci + i) * TAPS + tap,
                            i * e.voxels() + input,
                        );
                    }
                }
            }
        }
    }

    fn assert_near(found: &[f32], expected: &[f64], terms: usize) {
        assert_eq!(found.len(), expected.len());
        // Half an ulp of a sum of terms, each at most 1, for each addition; a wrong index is off
        // by about 1.
        let tolerance = f64::from(f32::EPSILON) * terms.max(8) as f64;
        for (i, (&f, &e)) in found.iter().zip(expected).enumerate() {
            assert!(
                (f64::from(f) - e).abs() <= tolerance,
                "{i}: {f} for {e}, {tolerance}"
            );
        }
    }

    #[test]
    fn all_three_agree_with_the_definition() {
        for (channels, shape) in [
            ([1, 3], [3, 4, 5]),
            ([3, 8], [2, 7, 33]),
            ([16, 5], [1, 3, 1]),
            ([9, 17], [4, 1, 20]),
            ([40, 4], [2, 40, 12]),
        ] {
            let extent = Extent::new(shape);
            let [ci, co] = channels;
            let x = numbers(ci * extent.voxels(), 1);
            let weight = numbers(co * ci * TAPS, 2);
            let grad = numbers(co * extent.voxels(), 3);

            let mut expected = vec![0.0f64; grad.len()];
            let mut expected_x = vec![0.0f64; x.len()];
            let mut expected_weight = vec![0.0f64; weight.len()];
            each_product(channels, extent, |o, w, i| {
                expected[o] += f64::from(weight[w]) * f64::from(x[i]);
                expected_x[i] += f64::from(weight[w]) * f64::from(grad[o]);
                expected_weight[w] += f64::from(grad[o]) * f64::from(x[i]);
            });

            let mut found = vec![f32::NAN; grad.len()];
            forward(&x, &weight, channels, extent, &mut found);
            assert_near(&found, &expected, ci * TAPS);
            let mut found = vec![f32::NAN; x.len()];
            input_gradient(&grad, &weight, channels, extent, &mut found);
            assert_near(&found, &expected_x, co * TAPS);
            let mut found = vec![0.0; weight.len()];
            add_weight_gradient(&x, &grad, channels, extent, &mut found);
            assert_near(&found, &expected_weight, extent.voxels());
        }
    }

    #[test]
    fn threads_do_not_change_the_weight_gradient() {
        let extent = Extent::new([6, 40, 50]);
        let x = numbers(4 * extent.voxels(), 1);
        let grad = numbers(8 * extent.voxels(), 2);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let mut out = vec![0.0; 8 * 4 * TAPS];
            pool.install(|| add_weight_gradient(&x, &grad, [4, 8], extent, &mut out));
            out
        };
        assert_eq!(run(1), run(3));
    }
}
