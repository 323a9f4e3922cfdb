//! Grey values without the blur of the scanner: a rim between pyrite and resin has the grey of a
//! mineral between the two, and only what is known of the blur tells it from one.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use super::cuboid::Cuboid;
use super::gaussian::smoothed;
use crate::kernels::simd::vectorize;
use crate::network::Scan;

/// Steps of the minimisation. After some fifteen the forests that see the result are as good as
/// after any number.
const STEPS: usize = 20;

/// Weight of the total variation against the noise. Between half and twice of it forests hardly
/// differ.
const WEIGHT: f32 = 0.3;

/// Step of the descent, for a smooth part with a gradient of Lipschitz constant 1.
const TAU: f32 = 0.5;

/// Step of the ascent: the largest with `1 / TAU - 12 ASCENT >= 1 / 2` (Condat 2013, theorem 3.1), as
/// the squared norm of the differences in three dimensions is 12.
const ASCENT: f32 = 0.125;

/// Blocks of a scan that blur and noise are measured on.
const BLOCKS: usize = 48;

/// Sides of these blocks, voxels.
const BLOCK_VOX: [usize; 3] = [32; 3];

/// Voxels around a block that the measuring sees.
const HALO_VOX: usize = 8;

/// Every so many voxels of a block is a sample of its noise and gradients.
const SAMPLED: usize = 7;

/// Share of the voxels that count as steep at the coarse scale.
const STEEP: f64 = 0.01;

/// Steep ridges from which on the blur is measured by them.
const ENOUGH_RIDGES: usize = 50;

/// Standard deviation of the blur where there are too few ridges: half of a voxel's own width and
/// some defocus.
const USUAL_BLUR_VOX: f32 = 0.9;

/// How a scan is deblurred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Deblurring {
    /// Standard deviation of the point spread, a Gaussian, voxels.
    pub blur_vox: f32,
    /// Standard deviation of the noise, in normalised grey.
    pub noise: f32,
}

/// What some blocks of a scan show.
#[derive(Default)]
struct Shown {
    /// Squared gradients at the fine and at the coarse scale where the fine one is largest around.
    ridges: Vec<[f32; 2]>,
    /// Squared gradients at the coarse scale.
    gradients: Vec<f32>,
    /// Local variances.
    variances: Vec<f32>,
}

impl Deblurring {
    /// Range of the blur: the grid shows no narrower one, and what is wider than this is not that of
    /// a scanner.
    pub const RANGE_VOX: RangeInclusive<f32> = 0.3..=2.5;

    /// From the scan itself.
    ///
    /// A step that is blurred by `s` and looked at through a Gaussian of `t` has the gradient
    /// `A / sqrt(2 pi (s^2 + t^2))`; the median ratio of those at two scales, on the ridges of the
    /// steepest borders, so tells `s`. The noise is the lower quartile of the local deviation, which
    /// borders leave alone.
    pub fn measured(scan: &Scan<'_>) -> Self {
        let whole = Cuboid {
            corner: [0; 3],
            shape: scan.ct.shape(),
        };
        let blocks = whole.blocks(BLOCK_VOX);
        let step = blocks.len().div_ceil(BLOCKS).max(1);
        let some: Vec<Cuboid> = blocks.into_iter().step_by(step).collect();
        let found: Vec<Shown> = some.par_iter().map(|block| shown(scan, block)).collect();
        let mut all = Shown::default();
        for shown in found {
            all.ridges.extend(shown.ridges);
            all.gradients.extend(shown.gradients);
            all.variances.extend(shown.variances);
        }
        let steep = quantile(&mut all.gradients, 1.0 - STEEP);
        let mut ratios: Vec<f32> = all
            .ridges
            .iter()
            .filter(|[_, coarse]| *coarse > 0.0 && *coarse >= steep)
            .map(|[fine, coarse]| fine / coarse)
            .collect();
        let blur_vox = if ratios.len() < ENOUGH_RIDGES {
            USUAL_BLUR_VOX
        } else {
            // (s^2 + 4) / (s^2 + 1) is the ratio of the squares at scales of 1 and 2 voxels.
            let ratio = quantile(&mut ratios, 0.5).max(1.01);
            ((4.0 - ratio) / (ratio - 1.0)).max(0.0).sqrt()
        };
        Self {
            blur_vox: blur_vox.clamp(*Self::RANGE_VOX.start(), *Self::RANGE_VOX.end()),
            noise: quantile(&mut all.variances, 0.25).max(1e-12).sqrt(),
        }
    }

    /// The grey values `u` of a box of those sides that minimise
    /// `1/2 sum (h * u - g)^2 + w noise TV(u)`: those of least total variation (Rudin, Osher and
    /// Fatemi 1992) that look like `grey` through the point spread `h`. By the primal-dual steps of
    /// Condat (2013, algorithm 3.1); edges repeat.
    pub fn of(&self, grey: &[f32], sides: [usize; 3]) -> Vec<f32> {
        let blurred = smoothed(grey, sides, self.blur_vox);
        // The blur twice, which its gradient takes.
        let twice = std::f32::consts::SQRT_2 * self.blur_vox;
        let mut values = grey.to_vec();
        let mut ahead = grey.to_vec();
        let mut flow = [(); 3].map(|()| vec![0.0f32; grey.len()]);
        for _ in 0..STEPS {
            let seen = smoothed(&values, sides, twice);
            vectorize(|| {
                descend(&mut values, &mut ahead, [&seen, &blurred], &flow, sides);
                ascend(&mut flow, &ahead, WEIGHT * self.noise, sides);
            });
        }
        values
    }
}

/// Steps the values down, and puts where they are heading into `ahead`.
#[inline(always)]
fn descend(
    values: &mut [f32],
    ahead: &mut [f32],
    [seen, blurred]: [&[f32]; 2],
    flow: &[Vec<f32>; 3],
    [_, height, width]: [usize; 3],
) {
    let none = vec![0.0; width];
    let mut left = vec![0.0; width];
    let rows = values
        .chunks_exact_mut(width)
        .zip(ahead.chunks_exact_mut(width));
    for (i, (values, ahead)) in rows.enumerate() {
        let at = i * width;
        let [z, y, x] = flow.each_ref().map(|flow| &flow[at..][..width]);
        let above = if i >= height {
            &flow[0][at - height * width..][..width]
        } else {
            &none
        };
        let before = if i.is_multiple_of(height) {
            &none
        } else {
            &flow[1][at - width..][..width]
        };
        let (seen, blurred) = (&seen[at..][..width], &blurred[at..][..width]);
        left[1..].copy_from_slice(&x[..width - 1]);
        for k in 0..width {
            let divergence = z[k] - above[k] + y[k] - before[k] + x[k] - left[k];
            let next = values[k] - TAU * (seen[k] - blurred[k] - divergence);
            ahead[k] = 2.0 * next - values[k];
            values[k] = next;
        }
    }
}

/// Steps the flow up the differences, no longer than `longest`. At the last voxel of an axis it stays
/// zero.
#[inline(always)]
fn ascend(
    flow: &mut [Vec<f32>; 3],
    ahead: &[f32],
    longest: f32,
    [depth, height, width]: [usize; 3],
) {
    let mut right = vec![0.0; width];
    let [z, y, x] = flow;
    let rows = z
        .chunks_exact_mut(width)
        .zip(y.chunks_exact_mut(width))
        .zip(x.chunks_exact_mut(width));
    for (i, ((z, y), x)) in rows.enumerate() {
        let row = |i: usize| &ahead[i * width..][..width];
        let own = row(i);
        let below = row(if i / height + 1 < depth {
            i + height
        } else {
            i
        });
        let behind = row(if i % height + 1 < height { i + 1 } else { i });
        right[..width - 1].copy_from_slice(&own[1..]);
        right[width - 1] = own[width - 1];
        for k in 0..width {
            let a = z[k] + ASCENT * (below[k] - own[k]);
            let b = y[k] + ASCENT * (behind[k] - own[k]);
            let c = x[k] + ASCENT * (right[k] - own[k]);
            let length = (a * a + b * b + c * c).sqrt();
            let shrink = longest / length.max(longest).max(f32::MIN_POSITIVE);
            (z[k], y[k], x[k]) = (a * shrink, b * shrink, c * shrink);
        }
    }
}

fn shown(scan: &Scan<'_>, block: &Cuboid) -> Shown {
    let from = block.corner.map(|c| c as i64 - HALO_VOX as i64);
    let sides = block.shape.map(|n| n + 2 * HALO_VOX);
    let strides = [sides[1] * sides[2], sides[2], 1];
    let grey = scan.cut(from, sides);
    let squares: Vec<f32> = grey.iter().map(|g| g * g).collect();
    let [fine, coarse] = [1.0, 2.0].map(|sigma| smoothed(&grey, sides, sigma));
    let mean_square = smoothed(&squares, sides, 1.0);
    let gradient = |mean: &[f32], at: usize| -> f32 {
        strides
            .iter()
            .map(|stride| (0.5 * (mean[at + stride] - mean[at - stride])).powi(2))
            .sum()
    };
    let mut shown = Shown::default();
    for i in 0..block.voxels() {
        let [_, height, width] = block.shape;
        let place = [i / (height * width), i / width % height, i % width];
        let at: usize = (0..3).map(|a| (place[a] + HALO_VOX) * strides[a]).sum();
        let own = gradient(&fine, at);
        let is_ridge = || {
            (0..27).all(|n: usize| {
                let to = at + n / 9 * strides[0] + n / 3 % 3 * strides[1] + n % 3
                    - strides.iter().sum::<usize>();
                gradient(&fine, to) <= own
            })
        };
        if i.is_multiple_of(SAMPLED) {
            shown.gradients.push(gradient(&coarse, at));
            shown
                .variances
                .push((mean_square[at] - fine[at] * fine[at]).max(0.0));
        }
        if is_ridge() {
            shown.ridges.push([own, gradient(&coarse, at)]);
        }
    }
    shown
}

/// The value that a share of all lies below; 0 of none.
fn quantile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f64 * share) as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};
    use rand::RngExt as _;

    use super::*;
    use crate::network::GreyStatistics;
    use crate::random::rng;

    const SIDES: [usize; 3] = [48; 3];

    const GREY: GreyStatistics = GreyStatistics {
        resin: 0.0,
        particles: 1000.0,
        threshold: 500.0,
    };

    /// Distance of a voxel from the middle.
    fn radius(i: usize) -> f32 {
        let place = [i / (48 * 48), i / 48 % 48, i % 48].map(|p| p as f32 - 23.5);
        place.iter().map(|p| p * p).sum::<f32>().sqrt()
    }

    /// Grey of a ball of the grey 1 in resin, with a shell of 0.3 about two voxels thick on the right
    /// half where there is one.
    fn ball(with_shell: bool) -> Vec<f32> {
        let at = |i: usize| match radius(i) {
            ..14.0 => 1.0,
            ..16.0 if with_shell && i % 48 >= 24 => 0.3,
            _ => 0.0,
        };
        (0..48 * 48 * 48).map(at).collect()
    }

    /// The same seen through a blur and noise between -0.05 and 0.05, of a deviation of 0.029.
    fn seen(ball: &[f32], blur_vox: f32) -> Vec<f32> {
        let mut rng = rng(1, "noise");
        smoothed(ball, SIDES, blur_vox)
            .iter()
            .map(|grey| grey + rng.random_range(-0.05..0.05f32))
            .collect()
    }

    #[test]
    fn the_blur_and_the_noise_are_those_of_the_scan() {
        for blur_vox in [0.7f32, 1.0, 1.5] {
            let grey = seen(&ball(false), blur_vox);
            let ct = Volume::from_fn(SIDES, Spacing::isotropic(1.0), |x, y, z| {
                (1000.0 * (grey[(z * 48 + y) * 48 + x] + 1.0)) as u16
            });
            let scan = Scan {
                ct: &ct,
                grey: GREY,
            };
            let found = Deblurring::measured(&scan);
            assert!((found.blur_vox / blur_vox - 1.0).abs() < 0.15, "{found:?}");
            assert!((found.noise / 0.029 - 1.0).abs() < 0.15, "{found:?}");
        }
    }

    #[test]
    fn borders_with_and_without_a_layer_come_nearer_to_what_they_are() {
        let deblurring = Deblurring {
            blur_vox: 0.9,
            noise: 0.029,
        };
        let truth = ball(true);
        let grey = seen(&truth, 0.9);
        let sharp = deblurring.of(&grey, SIDES);
        // About the border of the ball, and about that of the shell.
        for (right, radii) in [(false, 12.5..15.5), (true, 12.5..17.5)] {
            let off = |values: &[f32]| -> f32 {
                (0..values.len())
                    .filter(|&i| (i % 48 >= 24) == right && radii.contains(&radius(i)))
                    .map(|i| (values[i] - truth[i]).powi(2))
                    .sum()
            };
            let left = off(&sharp) / off(&grey);
            assert!(left < 0.85, "{left} of the squared error are left");
        }
        // Greys between the two, which would be called a mineral between them.
        let between = |values: &[f32]| {
            let is = |&i: &usize| i % 48 < 24 && (0.2..0.4).contains(&values[i]);
            (0..values.len()).filter(is).count() as f32
        };
        let rim = between(&sharp) / between(&grey);
        assert!(rim < 0.75, "{rim} of the rim are left");
    }

    #[test]
    fn what_is_even_stays() {
        let deblurring = Deblurring {
            blur_vox: 1.2,
            noise: 0.05,
        };
        let sides = [9, 11, 5];
        let found = deblurring.of(&vec![0.7; 9 * 11 * 5], sides);
        assert!(found.iter().all(|u| (u - 0.7).abs() < 1e-5));
    }
}
