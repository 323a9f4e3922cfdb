//! Gaussian means.

use std::ops::Range;

use crate::kernels::simd::vectorize;

/// Gaussian mean over a box of those sides, cut at three sigma; edges repeat.
pub(super) fn smoothed(values: &[f32], sides: [usize; 3], sigma: f32) -> Vec<f32> {
    smoothed_within(values, sides, sigma, &sides.map(|n| 0..n))
}

/// [`smoothed`] in a part of the box; what stands beside it means nothing.
pub(super) fn smoothed_within(
    values: &[f32],
    sides: [usize; 3],
    sigma: f32,
    part: &[Range<usize>; 3],
) -> Vec<f32> {
    let taps = taps(sigma);
    let reach = taps.len() - 1;
    let [depth, height, width] = sides;
    let area = height * width;
    // Rows around the part still count along the next axis.
    let first = part[1].start.saturating_sub(reach);
    let rows = first * width..(part[1].end + reach).min(height) * width;
    let mut along_z = vec![0.0; area];
    let mut along_y = vec![0.0; width];
    let mut padded = vec![0.0; width + 2 * reach];
    let mut out = vec![0.0; values.len()];
    vectorize(|| {
        for z in part[0].clone() {
            let slice = |z: usize| &values[z * area..][rows.clone()];
            weigh(&mut along_z[rows.clone()], &taps, |d| {
                [slice(z.saturating_sub(d)), slice((z + d).min(depth - 1))]
            });
            for y in part[1].clone() {
                let row = |y: usize| &along_z[y * width..][..width];
                weigh(&mut along_y, &taps, |d| {
                    [row(y.saturating_sub(d)), row((y + d).min(height - 1))]
                });
                padded[..reach].fill(along_y[0]);
                padded[reach..reach + width].copy_from_slice(&along_y);
                padded[reach + width..].fill(along_y[width - 1]);
                weigh(&mut out[z * area + y * width..][..width], &taps, |d| {
                    [&padded[reach - d..][..width], &padded[reach + d..][..width]]
                });
            }
        }
    });
    out
}

/// Weights of a Gaussian at distances of 0, 1, 2, ...; the first, which is that of the middle, is halved.
fn taps(sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as usize;
    let mut taps: Vec<f32> = (0..=reach)
        .map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp())
        .collect();
    taps[0] *= 0.5;
    let sum = 2.0 * taps.iter().sum::<f32>();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}

/// Values whose sums stay in registers.
const TOGETHER: usize = 64;

/// Sums of rows weighed by `taps`: of the two, before and after, that lie so far off.
#[inline(always)]
fn weigh<'a>(out: &mut [f32], taps: &[f32], rows: impl Fn(usize) -> [&'a [f32]; 2]) {
    let mut at = 0;
    while let Some(sums) = out.get_mut(at..at + TOGETHER) {
        let mut added = [0.0; TOGETHER];
        for (d, &tap) in taps.iter().enumerate() {
            let [before, after] = rows(d).map(|row| &row[at..at + TOGETHER]);
            for i in 0..TOGETHER {
                added[i] += tap * (before[i] + after[i]);
            }
        }
        sums.copy_from_slice(&added);
        at += TOGETHER;
    }
    let rest = &mut out[at..];
    rest.fill(0.0);
    for (d, &tap) in taps.iter().enumerate() {
        let [before, after] = rows(d).map(|row| &row[at..]);
        for ((sum, before), after) in rest.iter_mut().zip(before).zip(after) {
            *sum += tap * (before + after);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voxel_is_the_weighted_mean_around_it() {
        let sides = [5, 9, 83];
        let values: Vec<f32> = (0..5 * 9 * 83_usize)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 7 & 255) as f32)
            .collect();
        let sigma = 1.3;
        let weight = |d: i64| (-0.5 * (d as f64 / sigma).powi(2)).exp();
        let mean = |place: [usize; 3]| {
            let (mut sum, mut all) = (0.0, 0.0);
            for i in 0..9 * 9 * 9 {
                let off = [i / 81 - 4, i / 9 % 9 - 4, i % 9 - 4];
                let [z, y, x] = std::array::from_fn(|axis| {
                    (place[axis] as i64 + off[axis]).clamp(0, sides[axis] as i64 - 1) as usize
                });
                let weight: f64 = off.into_iter().map(weight).product();
                sum += weight * f64::from(values[(z * sides[1] + y) * sides[2] + x]);
                all += weight;
            }
            sum / all
        };
        let whole = smoothed(&values, sides, sigma as f32);
        for at in (0..whole.len()).step_by(7) {
            let expected = mean([at / (9 * 83), at / 83 % 9, at % 83]);
            let found = f64::from(whole[at]);
            assert!((found - expected).abs() < 1e-3, "{found} {expected}");
        }
        let part = [2..4, 3..8, 5..80];
        let within = smoothed_within(&values, sides, sigma as f32, &part);
        for z in part[0].clone() {
            for y in part[1].clone() {
                for x in part[2].clone() {
                    let at = (z * 9 + y) * 83 + x;
                    assert_eq!(within[at], whole[at]);
                }
            }
        }
    }
}
