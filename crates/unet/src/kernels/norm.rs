//! Instance norm (Ulyanov, Vedaldi and Lempitsky 2016) with leaky ReLU, and its gradients, on the
//! CPU: two passes over a channel each way, where separate operations take a dozen.

use rayon::prelude::*;

/// Added to the variance.
pub const EPSILON: f32 = 1e-5;

/// Slope of the leaky ReLU below zero.
pub const SLOPE: f32 = 0.01;

/// Values that are summed in single precision before they join a double.
const CHUNK: usize = 1024;

/// Scale and shift of every channel; channel `c` of a batch takes entry `c % gamma.len()`.
#[derive(Clone, Copy)]
pub struct Affine<'a> {
    /// Scales.
    pub gamma: &'a [f32],
    /// Shifts.
    pub beta: &'a [f32],
}

impl Affine<'_> {
    fn at(self, channel: usize) -> (f32, f32) {
        let c = channel % self.gamma.len();
        (self.gamma[c], self.beta[c])
    }
}

/// Sums `value(i)` over `0..len` in an order that depends on `len` alone.
#[inline(always)]
fn sums<const N: usize>(len: usize, value: impl Fn(usize) -> [f32; N]) -> [f64; N] {
    const LANES: usize = 16;
    let mut total = [0.0f64; N];
    let mut begin = 0;
    while begin < len {
        let end = (begin + CHUNK).min(len);
        let mut lanes = [[0.0f32; LANES]; N];
        let mut i = begin;
        while i + LANES <= end {
            for lane in 0..LANES {
                let v = value(i + lane);
                for n in 0..N {
                    lanes[n][lane] += v[n];
                }
            }
            i += LANES;
        }
        for rest in i..end {
            let v = value(rest);
            for n in 0..N {
                lanes[n][0] += v[n];
            }
        }
        for n in 0..N {
            total[n] += lanes[n].iter().map(|&v| f64::from(v)).sum::<f64>();
        }
        begin = end;
    }
    total
}

/// Normalises each channel of `x`, `[channels, voxels]`, to mean 0 and variance 1, scales and
/// shifts it, and applies the leaky ReLU.
///
/// `statistics` receives mean and inverse standard deviation of every channel.
pub fn forward(
    x: &[f32],
    affine: Affine<'_>,
    voxels: usize,
    out: &mut [f32],
    statistics: &mut [[f32; 2]],
) {
    x.par_chunks_exact(voxels)
        .zip(out.par_chunks_exact_mut(voxels))
        .zip(statistics)
        .enumerate()
        .for_each(|(c, ((x, out), statistics))| {
            let n = voxels as f64;
            let [sum] = sums(voxels, |i| [x[i]]);
            let mean = (sum / n) as f32;
            let [square] = sums(voxels, |i| [(x[i] - mean) * (x[i] - mean)]);
            let inverse = 1.0 / ((square / n) as f32 + EPSILON).sqrt();
            *statistics = [mean, inverse];
            let (gamma, beta) = affine.at(c);
            let scale = gamma * inverse;
            let shift = beta - mean * scale;
            for (out, &x) in out.iter_mut().zip(x) {
                let v = x * scale + shift;
                *out = v.max(SLOPE * v);
            }
        });
}

/// Gradients of [`forward`]: of `x` into `grad_x`, and of gamma and beta of every channel as
/// `[gamma, beta]` into `grad_affine`.
pub fn backward(
    x: &[f32],
    affine: Affine<'_>,
    statistics: &[[f32; 2]],
    grad: &[f32],
    grad_x: &mut [f32],
    grad_affine: &mut [[f32; 2]],
) {
    let voxels = x.len() / statistics.len();
    x.par_chunks_exact(voxels)
        .zip(grad.par_chunks_exact(voxels))
        .zip(grad_x.par_chunks_exact_mut(voxels))
        .zip(statistics)
        .zip(grad_affine)
        .enumerate()
        .for_each(
            |(c, ((((x, grad), grad_x), &[mean, inverse]), grad_affine))| {
                let (gamma, beta) = affine.at(c);
                let normalised = |i: usize| (x[i] - mean) * inverse;
                let slope = |v: f32| if gamma * v + beta >= 0.0 { 1.0 } else { SLOPE };
                let [sum_gamma, sum_beta] = sums(voxels, |i| {
                    let v = normalised(i);
                    let g = grad[i] * slope(v);
                    [g * v, g]
                });
                *grad_affine = [sum_gamma as f32, sum_beta as f32];
                let mean_gamma = (sum_gamma / voxels as f64) as f32;
                let mean_beta = (sum_beta / voxels as f64) as f32;
                let scale = gamma * inverse;
                for (i, out) in grad_x.iter_mut().enumerate() {
                    let v = normalised(i);
                    *out = scale * (grad[i] * slope(v) - mean_beta - v * mean_gamma);
                }
            },
        );
}
