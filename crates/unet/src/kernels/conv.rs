//! 3 x 3 x 3 convolution with zero padding and stride 1, and its gradients, on the CPU.
//!
//! The volume goes through in blocks of image rows. Each block is unrolled into a matrix of
//! `27 * channels` rows (im2col; Chellapilla, Puri and Simard 2006) that stays in the cache and is
//! multiplied by the weights with `gemm`, which picks AVX2, AVX-512 or NEON at run time. Both
//! gradients are the same products transposed: the input's is the convolution of the output's
//! gradient with the mirrored weights, the weights' is gradient times unrolled block transposed.

use std::cell::RefCell;

use gemm::Parallelism;
use rayon::prelude::*;

use super::Extent;

/// Weights of one pair of channels.
const TAPS: usize = 27;

/// Most bytes of an unrolled block: half of the second-level cache of the processors that this
/// was measured on.
const BLOCK_BYTES: usize = 1 << 19;

/// Partial sums of the weight gradient. Fixed, so that the order of the additions, and with it the
/// last bit of the result, does not depend on the number of threads.
const PARTIAL_SUMS: usize = 16;

thread_local! {
    static UNROLLED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A base pointer that blocks write through, each to voxels of its own.
#[derive(Clone, Copy)]
struct Disjoint(*mut f32);

// SAFETY: every user writes only the columns of its own block.
unsafe impl Send for Disjoint {}
// SAFETY: as above.
unsafe impl Sync for Disjoint {}

impl Disjoint {
    fn at(self, offset: usize) -> *mut f32 {
        self.0.wrapping_add(offset)
    }
}

/// Rows of an unrolled block of `channels` channels.
fn rows_a_block(channels: usize, extent: Extent) -> usize {
    let bytes_a_row = TAPS * channels * extent.width * size_of::<f32>();
    (BLOCK_BYTES / bytes_a_row).clamp(1, extent.rows())
}

/// Unrolls image rows `first..first + count` of `x`, `[channels, depth, height, width]`, into
/// `[channels * 27, count * width]`: row `27 c + 9 (dz + 1) + 3 (dy + 1) + dx + 1` holds channel
/// `c` shifted by `(dx, dy, dz)`, zero outside.
fn unroll(x: &[f32], channels: usize, extent: Extent, first: usize, count: usize, out: &mut [f32]) {
    let Extent {
        depth,
        height,
        width,
    } = extent;
    let columns = count * width;
    for (tap, line) in out
        .chunks_exact_mut(columns)
        .enumerate()
        .take(channels * TAPS)
    {
        let (channel, tap) = (tap / TAPS, tap % TAPS);
        let (dz, dy, dx) = (tap / 9, tap / 3 % 3, tap % 3);
        let channel = &x[channel * extent.voxels()..(channel + 1) * extent.voxels()];
        for (r, target) in (first..first + count).zip(line.chunks_exact_mut(width)) {
            // Shifts count from -1; the wrap of 0 - 1 lies outside.
            let z = (r / height + dz).wrapping_sub(1);
            let y = (r % height + dy).wrapping_sub(1);
            if z >= depth || y >= height {
                target.fill(0.0);
                continue;
            }
            let source = &channel[(z * height + y) * width..][..width];
            match dx {
                0 => {
                    target[0] = 0.0;
                    target[1..].copy_from_slice(&source[..width - 1]);
                }
                1 => target.copy_from_slice(source),
                _ => {
                    target[..width - 1].copy_from_slice(&source[1..]);
                    target[width - 1] = 0.0;
                }
            }
        }
    }
}

/// Runs `work` on this thread's buffer of at least `len` values.
fn with_unrolled<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    UNROLLED.with_borrow_mut(|buffer| {
        if buffer.len() < len {
            buffer.resize(len, 0.0);
        }
        work(&mut buffer[..len])
    })
}

/// Convolves one sample: `x` is `[ci, depth, height, width]`, `weight` is `[co, ci, 3, 3, 3]`, the
/// result is `[co, depth, height, width]`.
pub fn forward(x: &[f32], weight: &[f32], [ci, co]: [usize; 2], extent: Extent, out: &mut [f32]) {
    assert_eq!(x.len(), ci * extent.voxels());
    assert_eq!(weight.len(), co * ci * TAPS);
    assert_eq!(out.len(), co * extent.voxels());
    let (voxels, inner) = (extent.voxels(), ci * TAPS);
    let block = rows_a_block(ci, extent);
    let target = Disjoint(out.as_mut_ptr());
    (0..extent.rows().div_ceil(block))
        .into_par_iter()
        .for_each(|b| {
            let first = b * block;
            let count = block.min(extent.rows() - first);
            let columns = count * extent.width;
            with_unrolled(inner * columns, |unrolled| {
                unroll(x, ci, extent, first, count, unrolled);
                let begin = first * extent.width;
                // SAFETY: dst is the co x columns part of `out` that belongs to this block; lhs is
                // the co x inner weights; rhs the inner x columns block. All lengths are checked above.
                unsafe {
                    gemm::gemm(
                        co,
                        columns,
                        inner,
                        target.at(begin),
                        1,
                        voxels as isize,
                        false,
                        weight.as_ptr(),
                        1,
                        inner as isize,
                        unrolled.as_ptr(),
                        1,
                        columns as isize,
                        1.0,
                        1.0,
                        false,
                        false,
                        false,
                        Parallelism::None,
                    );
                }
            });
        });
}

/// Weights of the input's gradient: `[ci, co, 3, 3, 3]`, mirrored along all three axes.
fn mirrored(weight: &[f32], [ci, co]: [usize; 2]) -> Vec<f32> {
    let mut out = vec![0.0; weight.len()];
    for o in 0..co {
        for i in 0..ci {
            for tap in 0..TAPS {
                out[(i * co + o) * TAPS + TAPS - 1 - tap] = weight[(o * ci + i) * TAPS + tap];
            }
        }
    }
    out
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
    let weight = mirrored(weight, [ci, co]);
    forward(grad, &weight, [co, ci], extent, out);
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
    let (voxels, inner) = (extent.voxels(), ci * TAPS);
    let block = rows_a_block(ci, extent);
    let blocks = extent.rows().div_ceil(block);
    let sums: Vec<Vec<f32>> = (0..PARTIAL_SUMS.min(blocks))
        .into_par_iter()
        .map(|part| {
            let mut sum = vec![0.0f32; co * inner];
            for b in (part..blocks).step_by(PARTIAL_SUMS) {
                let first = b * block;
                let count = block.min(extent.rows() - first);
                let columns = count * extent.width;
                with_unrolled(inner * columns, |unrolled| {
                    unroll(x, ci, extent, first, count, unrolled);
                    // SAFETY: dst is the co x inner sum; lhs the co x columns part of `grad`;
                    // rhs the block transposed. All lengths are checked above.
                    unsafe {
                        gemm::gemm(
                            co,
                            inner,
                            columns,
                            sum.as_mut_ptr(),
                            1,
                            inner as isize,
                            true,
                            grad.as_ptr().wrapping_add(first * extent.width),
                            1,
                            voxels as isize,
                            unrolled.as_ptr(),
                            columns as isize,
                            1,
                            1.0,
                            1.0,
                            false,
                            false,
                            false,
                            Parallelism::None,
                        );
                    }
                });
            }
            sum
        })
        .collect();
    for sum in sums {
        for (total, part) in out.iter_mut().zip(sum) {
            *total += part;
        }
    }
}
