//! Instance norm (Ulyanov, Vedaldi and Lempitsky 2016) with leaky ReLU, and its gradients, on the
//! CPU: two passes over a channel each way, where separate operations take a dozen.

use corelith_gpu::shaders::norm_apply::{EPSILON, SLOPE};
use rayon::prelude::*;

use super::simd::vectorize;

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

/// Mean and variance, from those of chunks that stay in the cache (Chan, Golub and LeVeque 1983).
#[inline(always)]
fn moments(x: &[f32]) -> [f64; 2] {
    let [mut count, mut mean, mut square] = [0.0f64; 3];
    for x in x.chunks(CHUNK) {
        let here = x.len() as f64;
        let [sum] = sums(x.len(), |i| [x[i]]);
        let centre = (sum / here) as f32;
        let [rest, about] = sums(x.len(), |i| {
            let centred = x[i] - centre;
            [centred, centred * centred]
        });
        let off = f64::from(centre) + rest / here - mean;
        square += about - rest * rest / here + off * off * count * here / (count + here);
        count += here;
        mean += off * here / count;
    }
    [mean, square / count]
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
            vectorize(|| {
                let [mean, variance] = moments(x);
                let mean = mean as f32;
                let inverse = 1.0 / (variance as f32 + EPSILON).sqrt();
                *statistics = [mean, inverse];
                let (gamma, beta) = affine.at(c);
                let scale = gamma * inverse;
                let shift = beta - mean * scale;
                for (out, &x) in out.iter_mut().zip(x) {
                    let v = x * scale + shift;
                    *out = v.max(SLOPE * v);
                }
            });
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
                vectorize(|| {
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
                })
            },
        );
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOXELS: usize = 1500;
    const GAMMA: [f32; 2] = [1.3, -0.7];
    const BETA: [f32; 2] = [0.2, 0.5];

    /// Two samples of two channels, with a mean that is large beside the deviation.
    fn numbers(middle: f64, salt: u32) -> Vec<f64> {
        (0..4 * VOXELS as u32)
            .map(|i| {
                let hash = (i + 1).wrapping_mul(2_654_435_761).wrapping_add(salt) >> 8;
                // As the single precision of the kernels has it.
                f64::from((f64::from(hash) / f64::from(1 << 23) - 1.0 + middle) as f32)
            })
            .collect()
    }

    /// The definition, in double precision, of one channel.
    fn defined(x: &[f64], gamma: f64, beta: f64) -> Vec<f64> {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let inverse = 1.0 / (variance + f64::from(EPSILON)).sqrt();
        x.iter()
            .map(|x| gamma * (x - mean) * inverse + beta)
            .map(|v| v.max(f64::from(SLOPE) * v))
            .collect()
    }

    fn single(values: &[f64]) -> Vec<f32> {
        values.iter().map(|&v| v as f32).collect()
    }

    #[test]
    fn output_is_as_defined_and_gradients_are_finite_differences() {
        let (x, outer) = (numbers(8.0, 1), numbers(0.0, 2));
        let affine = Affine {
            gamma: &GAMMA,
            beta: &BETA,
        };
        let (single_x, single_outer) = (single(&x), single(&outer));
        let mut out = vec![f32::NAN; x.len()];
        let mut statistics = [[f32::NAN; 2]; 4];
        forward(&single_x, affine, VOXELS, &mut out, &mut statistics);
        let mut grad_x = vec![f32::NAN; x.len()];
        let mut grad_affine = [[f32::NAN; 2]; 4];
        backward(
            &single_x,
            affine,
            &statistics,
            &single_outer,
            &mut grad_x,
            &mut grad_affine,
        );

        for row in 0..4 {
            let of_row = row * VOXELS..(row + 1) * VOXELS;
            let (x, outer) = (&x[of_row.clone()], &outer[of_row.clone()]);
            let (gamma, beta) = (f64::from(GAMMA[row % 2]), f64::from(BETA[row % 2]));
            for (found, expected) in out[of_row].iter().zip(defined(x, gamma, beta)) {
                // An ulp of 8 in the input, stretched by the deviation of 0.6.
                assert!((f64::from(*found) - expected).abs() < 4e-6);
            }
            let objective = |x: &[f64], gamma: f64, beta: f64| -> f64 {
                let out = defined(x, gamma, beta);
                out.iter().zip(outer).map(|(out, outer)| out * outer).sum()
            };
            let slope = |of: &dyn Fn(f64) -> f64| (of(1e-6) - of(-1e-6)) / 2e-6;
            for i in (0..VOXELS).step_by(97) {
                let expected = slope(&|step| {
                    let mut x = x.to_vec();
                    x[i] += step;
                    objective(&x, gamma, beta)
                });
                // The step costs half of the sixteen digits.
                let found = f64::from(grad_x[row * VOXELS + i]);
                assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
            }
            let expected = [
                slope(&|step| objective(x, gamma + step, beta)),
                slope(&|step| objective(x, gamma, beta + step)),
            ];
            for (found, expected) in grad_affine[row].iter().zip(expected) {
                let off = (f64::from(*found) - expected).abs();
                // Sums of 1500 terms of about 1.
                assert!(off < 2e-3, "{found} for {expected}");
            }
        }
    }
}
