use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::scratch::with_scratch;
use super::winograd::{Blocks, POINTS, Place, weight_of_points};
use super::{BLOCK_BYTES, TAPS, VECTORS, channels_a_tile, vector};
use crate::kernels::Extent;
use crate::kernels::simd::vectorize;

/// Partial sums. Fixed, so that the order of the additions, and with it the last bit of the
/// result, does not depend on the number of threads.
const PARTIAL_SUMS: usize = 16;

/// Input channels at a time: few, so that a block has many positions for each sum over a vector.
const INPUTS: usize = 8;

/// See [`super::add_weight_gradient`].
pub struct WeightGradient<'a> {
    pub x: &'a [&'a [f32]],
    pub grad: &'a [&'a [f32]],
    pub extent: Extent,
    pub out: &'a mut [f32],
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            x,
            grad,
            extent,
            out,
        } = self;
        let (ci, co) = (x.len(), grad.len());
        let tile = channels_a_tile::<S>();
        let padded = co.next_multiple_of(tile);
        let blocks = Blocks::new(extent, INPUTS + padded, BLOCK_BYTES, S::F32_LANES);
        let scratch = POINTS * (padded * blocks.positions + INPUTS * blocks.channel);
        let sums: Vec<Vec<f32>> = (0..PARTIAL_SUMS.min(blocks.count()))
            .into_par_iter()
            .map(|part| {
                let mut sums = vec![0.0f32; POINTS * padded * ci * 3];
                for block in (part..blocks.count()).step_by(PARTIAL_SUMS) {
                    // Around the vectors, not inside: what is not inlined into them has none.
                    with_scratch(scratch, |scratch| {
                        vectorize(Block {
                            blocks,
                            place: blocks.at(block),
                            x,
                            grad,
                            sums: &mut sums,
                            scratch,
                        });
                    });
                }
                sums
            })
            .collect();
        let point = padded * ci * 3;
        out.par_chunks_exact_mut(TAPS)
            .enumerate()
            .for_each(|(pair, out)| {
                let (o, c) = (pair / ci, pair % ci);
                let points: [[f32; 3]; POINTS] = std::array::from_fn(|p| {
                    std::array::from_fn(|dx| {
                        let at = p * point + ((o / tile * ci + c) * 3 + dx) * tile + o % tile;
                        sums.iter().map(|sums| sums[at]).sum()
                    })
                });
                weight_of_points(&points, out);
            });
    }
}

/// The products of one block, summed over its voxels: `sums` is
/// `[point, co / tile, ci, 3, tile]`.
struct Block<'a> {
    blocks: Blocks,
    place: Place,
    x: &'a [&'a [f32]],
    grad: &'a [&'a [f32]],
    sums: &'a mut [f32],
    scratch: &'a mut [f32],
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            blocks,
            place,
            x,
            grad,
            sums,
            scratch,
        } = self;
        let (ci, co) = (x.len(), grad.len());
        let tile = channels_a_tile::<S>();
        let padded = co.next_multiple_of(tile);
        let (gradients, inputs) = (padded * blocks.positions, INPUTS * blocks.channel);
        let (rows, input) = scratch.split_at_mut(POINTS * gradients);
        for (o, grad) in grad.iter().enumerate() {
            let rows = &mut rows[o * blocks.positions..];
            blocks.transform_gradient(simd, grad, place, rows, gradients);
        }
        for rows in rows.chunks_exact_mut(gradients) {
            rows[co * blocks.positions..].fill(0.0);
        }
        for first in (0..ci).step_by(INPUTS) {
            let here = INPUTS.min(ci - first);
            for (c, x) in x[first..first + here].iter().enumerate() {
                let input = &mut input[c * blocks.channel..];
                blocks.transform_input(simd, x, place, input, inputs);
            }
            for p in 0..POINTS {
                let products = Products {
                    blocks,
                    input: &input[p * inputs..][..here * blocks.channel],
                    rows: &rows[p * gradients..][..gradients],
                    sums: &mut sums[p * padded * ci * 3..][..padded * ci * 3],
                    first,
                    ci,
                };
                if tile == 8 {
                    products.run::<S, 8>(simd);
                } else {
                    products.run::<S, 4>(simd);
                }
            }
        }
    }
}

/// The products at one point with some input channels from `first` on.
struct Products<'a> {
    blocks: Blocks,
    input: &'a [f32],
    rows: &'a [f32],
    sums: &'a mut [f32],
    first: usize,
    ci: usize,
}

impl Products<'_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize>(self, simd: S) {
        let Self {
            blocks,
            input,
            rows,
            sums,
            first,
            ci,
        } = self;
        for (rows, sums) in rows
            .chunks_exact(M * blocks.positions)
            .zip(sums.chunks_exact_mut(M * ci * 3))
        {
            for (input, sums) in input
                .chunks_exact(blocks.channel)
                .zip(sums[first * 3 * M..].chunks_exact_mut(3 * M))
            {
                let mut acc = [[simd.splat_f32s(0.0); VECTORS]; M];
                for position in (0..blocks.positions).step_by(S::F32_LANES) {
                    // SAFETY: a vector at any position and shift lies in the channel, which is two
                    // longer than the positions, and in each of the M rows.
                    unsafe {
                        let x: [S::f32s; VECTORS] = std::array::from_fn(|dx| {
                            vector::<S>(input.as_ptr().add(position + dx))
                        });
                        for m in 0..M {
                            let g = vector::<S>(rows.as_ptr().add(m * blocks.positions + position));
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
