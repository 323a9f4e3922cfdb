use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::scratch::with_scratch;
use super::winograd::{Blocks, POINTS, Place, transformed_weight};
use super::{BLOCK_BYTES, TAPS, VECTORS, channels_a_tile, vector};
use crate::kernels::Extent;
use crate::kernels::simd::vectorize;

/// See [`super::forward`].
pub struct Forward<'a> {
    pub x: &'a [&'a [f32]],
    pub weight: &'a [f32],
    pub extent: Extent,
    pub out: Vec<&'a mut [f32]>,
}

/// A channel that the blocks write to, each to rows of its own.
#[derive(Clone, Copy)]
struct Target(*mut f32);

// SAFETY: every user writes only the rows of its own block.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

/// Weights `[co, ci, 27]` as `[point, co / tile, ci, 3, tile]`, zero for channels past the last.
fn packed(weight: &[f32], [ci, co]: [usize; 2], tile: usize) -> Vec<f32> {
    let point = co.next_multiple_of(tile) * ci * 3;
    let mut out = vec![0.0; POINTS * point];
    for (pair, weight) in weight.chunks_exact(TAPS).enumerate() {
        let (o, c) = (pair / ci, pair % ci);
        for (p, shifts) in transformed_weight(weight).into_iter().enumerate() {
            for (dx, w) in shifts.into_iter().enumerate() {
                out[p * point + ((o / tile * ci + c) * 3 + dx) * tile + o % tile] = w;
            }
        }
    }
    out
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            x,
            weight,
            extent,
            out,
        } = self;
        let (ci, co) = (x.len(), out.len());
        let tile = channels_a_tile::<S>();
        let blocks = Blocks::new(extent, ci + tile, BLOCK_BYTES, S::F32_LANES);
        let weight = packed(weight, [ci, co], tile);
        let targets: Vec<Target> = out
            .into_iter()
            .map(|out| Target(out.as_mut_ptr()))
            .collect();
        (0..blocks.count()).into_par_iter().for_each(|block| {
            // Around the vectors, not inside: what is not inlined into them has none.
            with_scratch(
                POINTS * (ci * blocks.channel + tile * blocks.positions),
                |scratch| {
                    vectorize(Block {
                        blocks,
                        place: blocks.at(block),
                        x,
                        weight: &weight,
                        targets: &targets,
                        scratch,
                    });
                },
            );
        });
    }
}

/// All output channels of a block.
struct Block<'a> {
    blocks: Blocks,
    place: Place,
    x: &'a [&'a [f32]],
    weight: &'a [f32],
    targets: &'a [Target],
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
            weight,
            targets,
            scratch,
        } = self;
        let ci = x.len();
        let tile = channels_a_tile::<S>();
        let point = ci * blocks.channel;
        let (input, sums) = scratch.split_at_mut(POINTS * point);
        for (c, x) in x.iter().enumerate() {
            blocks.transform_input(simd, x, place, &mut input[c * blocks.channel..], point);
        }
        for (group, targets) in targets.chunks(tile).enumerate() {
            for (p, (input, weight)) in input
                .chunks_exact(point)
                .zip(weight.chunks_exact(weight.len() / POINTS))
                .enumerate()
            {
                let products = Products {
                    blocks,
                    input,
                    weight: &weight[group * ci * 3 * tile..][..ci * 3 * tile],
                    sums: &mut sums[p * blocks.positions..],
                };
                if tile == 8 {
                    products.run::<S, 8>(simd);
                } else {
                    products.run::<S, 4>(simd);
                }
            }
            for (sums, target) in sums.chunks_exact(POINTS * blocks.positions).zip(targets) {
                // SAFETY: the rows of this block are its own.
                unsafe { blocks.transform_output(simd, sums, place, target.0) };
            }
        }
    }
}

/// All positions of a block at one point, for one group of output channels. The sums of a channel
/// lie `POINTS * positions` apart.
struct Products<'a> {
    blocks: Blocks,
    input: &'a [f32],
    weight: &'a [f32],
    sums: &'a mut [f32],
}

impl Products<'_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize>(mut self, simd: S) {
        let vectors = self.blocks.positions / S::F32_LANES;
        let mut at = 0;
        while at + VECTORS <= vectors {
            self.tile::<S, M, VECTORS>(simd, at * S::F32_LANES);
            at += VECTORS;
        }
        match vectors - at {
            2 => self.tile::<S, M, 2>(simd, at * S::F32_LANES),
            1 => self.tile::<S, M, 1>(simd, at * S::F32_LANES),
            _ => {}
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const M: usize, const V: usize>(&mut self, simd: S, position: usize) {
        let (blocks, ci) = (self.blocks, self.weight.len() / (3 * M));
        let apart = POINTS * blocks.positions;
        assert!(position + V * S::F32_LANES <= blocks.positions);
        assert!(self.input.len() >= ci * blocks.channel);
        assert!(self.sums.len() >= (M - 1) * apart + blocks.positions);
        let mut acc = [[simd.splat_f32s(0.0); V]; M];
        for c in 0..ci {
            for dx in 0..3 {
                let from = c * blocks.channel + position + dx;
                // SAFETY: positions and shift lie in channel `c`, which is two longer; the weights
                // are `[ci, 3, M]`.
                unsafe {
                    let x: [S::f32s; V] = std::array::from_fn(|v| {
                        vector::<S>(self.input.as_ptr().add(from + v * S::F32_LANES))
                    });
                    let weight = self.weight.as_ptr().add((c * 3 + dx) * M);
                    for m in 0..M {
                        let w = simd.splat_f32s(*weight.add(m));
                        for v in 0..V {
                            acc[m][v] = simd.mul_add_e_f32s(w, x[v], acc[m][v]);
                        }
                    }
                }
            }
        }
        for (m, acc) in acc.into_iter().enumerate() {
            for (v, acc) in acc.into_iter().enumerate() {
                let at = m * apart + position + v * S::F32_LANES;
                // SAFETY: asserted above.
                unsafe {
                    self.sums
                        .as_mut_ptr()
                        .add(at)
                        .cast::<S::f32s>()
                        .write_unaligned(acc);
                }
            }
        }
    }
}
