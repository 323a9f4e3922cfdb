//! 3 x 3 x 3 convolution with zero padding and stride 1, and its gradients, on the CPU.
//!
//! A block of rows, small enough for the cache, goes to the points of [`winograd`]. At a point a
//! shift along x is a shift in memory, so that every sum is one of products of contiguous vectors:
//! eight output channels by three vectors are summed up in registers at a time. Both gradients
//! are the same loops: the input's is the convolution of the output's gradient with the mirrored
//! weights, the weights' sums up over voxels instead of channels.

mod forward;
mod scratch;
mod weight_gradient;
mod winograd;

use pulp::Simd;

use super::Extent;
use super::simd::vectorize;

/// Weights of one pair of channels.
pub const TAPS: usize = 27;

/// Vectors a tile: as many as the three shifts along x, so that both loops have one shape.
const VECTORS: usize = 3;

/// Most bytes of a block: it shares a second-level cache of 1 MiB with the weights of a point.
const BLOCK_BYTES: usize = 640 << 10;

/// Output channels of a tile: what the registers hold beside the inputs.
const fn channels_a_tile<S: Simd>() -> usize {
    if S::F32_LANES == 8 { 4 } else { 8 }
}

/// A vector anywhere in memory.
///
/// # Safety
/// A vector must lie at `from`.
#[inline(always)]
unsafe fn vector<S: Simd>(from: *const f32) -> S::f32s {
    // SAFETY: as the caller vouches; every bit pattern is a vector.
    unsafe { from.cast::<S::f32s>().read_unaligned() }
}

/// Convolves one sample: `x` are its input channels and `out` its output channels, each of
/// `[depth, height, width]`; `weight` is `[co, ci, 3, 3, 3]`.
pub fn forward(x: &[&[f32]], weight: &[f32], extent: Extent, out: Vec<&mut [f32]>) {
    assert!(x.iter().all(|x| x.len() == extent.voxels()));
    assert!(out.iter().all(|out| out.len() == extent.voxels()));
    assert_eq!(weight.len(), out.len() * x.len() * TAPS);
    vectorize(forward::Forward {
        x,
        weight,
        extent,
        out,
    });
}

/// Gradient of the input, `out`, from that of the output, `grad`; see [`forward`].
pub fn input_gradient(grad: &[&[f32]], weight: &[f32], extent: Extent, out: Vec<&mut [f32]>) {
    let (ci, co) = (out.len(), grad.len());
    assert_eq!(weight.len(), co * ci * TAPS);
    let mut mirrored = vec![0.0; weight.len()];
    for o in 0..co {
        for i in 0..ci {
            for tap in 0..TAPS {
                mirrored[(i * co + o) * TAPS + TAPS - 1 - tap] = weight[(o * ci + i) * TAPS + tap];
            }
        }
    }
    forward(grad, &mirrored, extent, out);
}

/// Adds the gradient of the weights, `[co, ci, 3, 3, 3]`, to `out`; see [`forward`].
pub fn add_weight_gradient(x: &[&[f32]], grad: &[&[f32]], extent: Extent, out: &mut [f32]) {
    assert!(x.iter().chain(grad).all(|c| c.len() == extent.voxels()));
    assert_eq!(out.len(), grad.len() * x.len() * TAPS);
    vectorize(weight_gradient::WeightGradient {
        x,
        grad,
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

    fn channels(values: &[f32], extent: Extent) -> Vec<&[f32]> {
        values.chunks_exact(extent.voxels()).collect()
    }

    fn channels_mut(values: &mut [f32], extent: Extent) -> Vec<&mut [f32]> {
        values.chunks_exact_mut(extent.voxels()).collect()
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
        for ([ci, co], shape) in [
            ([1, 3], [3, 4, 5]),
            ([3, 8], [2, 7, 33]),
            ([16, 5], [1, 3, 1]),
            ([9, 17], [4, 1, 20]),
            ([40, 4], [2, 40, 12]),
        ] {
            let extent = Extent::new(shape);
            let x = numbers(ci * extent.voxels(), 1);
            let weight = numbers(co * ci * TAPS, 2);
            let grad = numbers(co * extent.voxels(), 3);

            let mut expected = vec![0.0f64; grad.len()];
            let mut expected_x = vec![0.0f64; x.len()];
            let mut expected_weight = vec![0.0f64; weight.len()];
            each_product([ci, co], extent, |o, w, i| {
                expected[o] += f64::from(weight[w]) * f64::from(x[i]);
                expected_x[i] += f64::from(weight[w]) * f64::from(grad[o]);
                expected_weight[w] += f64::from(grad[o]) * f64::from(x[i]);
            });

            let mut found = vec![f32::NAN; grad.len()];
            forward(
                &channels(&x, extent),
                &weight,
                extent,
                channels_mut(&mut found, extent),
            );
            assert_near(&found, &expected, ci * TAPS);
            let mut found = vec![f32::NAN; x.len()];
            input_gradient(
                &channels(&grad, extent),
                &weight,
                extent,
                channels_mut(&mut found, extent),
            );
            assert_near(&found, &expected_x, co * TAPS);
            let mut found = vec![0.0; weight.len()];
            add_weight_gradient(
                &channels(&x, extent),
                &channels(&grad, extent),
                extent,
                &mut found,
            );
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
            pool.install(|| {
                add_weight_gradient(
                    &channels(&x, extent),
                    &channels(&grad, extent),
                    extent,
                    &mut out,
                );
            });
            out
        };
        assert_eq!(run(1), run(3));
    }
}
