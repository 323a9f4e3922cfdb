//! Which tiles hold nothing but resin: what is not looked at takes no time, but must not be a mineral.

use corelith_core::Volume;
use rayon::prelude::*;

use crate::network::GreyStatistics;

/// Normalised grey value above which no tile is taken for empty.
const MOST: f32 = 0.35;

/// Standard deviations of the noise above resin up to which means of eight voxels are resin.
const DEVIATIONS: f64 = 4.0;

/// Share of the highest peak of the histogram from which on another one counts.
const PEAK: f64 = 0.1;

/// Normalised grey value below which means of 2 x 2 x 2 voxels are resin, from the darkest peak of the
/// histogram and its darker half, which no mineral adds to: a mineral hardly brighter than resin, beside
/// far brighter ones, is none.
pub(super) fn empty_below(ct: &Volume<u16>, grey: &GreyStatistics) -> f32 {
    let mut counts = vec![0u64; 1 << 16];
    for &grey in ct.data() {
        counts[usize::from(grey)] += 1;
    }
    let Some((resin, deviation)) = darkest_peak(&counts, (grey.particles - grey.resin).abs())
    else {
        return f32::NEG_INFINITY;
    };
    let bound = resin + DEVIATIONS * deviation;
    (((bound - grey.resin) / (grey.particles - grey.resin)) as f32).min(MOST)
}

/// Place of the darkest peak, and the standard deviation of its darker half; `contrast` is that of
/// particles.
fn darkest_peak(counts: &[u64], contrast: f64) -> Option<(f64, f64)> {
    // Wide enough for steps of grey, narrow enough for minerals.
    let reach = (0.02 * contrast).round() as usize;
    let mut sums = vec![0u64; counts.len() + 1];
    for (i, &count) in counts.iter().enumerate() {
        sums[i + 1] = sums[i] + count;
    }
    let smooth = |i: usize| {
        let (low, high) = (i.saturating_sub(reach), (i + reach + 1).min(counts.len()));
        (sums[high] - sums[low]) as f64 / (high - low) as f64
    };
    let values: Vec<f64> = (0..counts.len()).map(smooth).collect();
    let highest = values.iter().copied().fold(0.0, f64::max);
    // The first peak from which the histogram falls by a half of what counts.
    let (mut peak, mut top) = (None, 0.0);
    for (i, &value) in values.iter().enumerate() {
        if value > top {
            (peak, top) = (Some(i), value);
        } else if top >= PEAK * highest && value < top - 0.5 * PEAK * highest {
            break;
        }
    }
    let peak = peak.filter(|_| top > 0.0)?;
    let darker = sums[peak];
    // 68 % of the darker half lie within a standard deviation.
    let beyond = (0.32 * darker as f64) as u64;
    let at = sums.partition_point(|&sum| sum <= beyond).saturating_sub(1);
    Some((peak as f64, (peak.saturating_sub(at)) as f64))
}

/// Whether nothing but resin is in a tile whose resin lies below `below`. Single voxels are too noisy to
/// tell; means over eight are not.
pub(super) fn is_empty(grey: &[f32], [depth, height, width]: [usize; 3], below: f32) -> bool {
    let at = |z: usize, y: usize, x: usize| grey[(z * height + y) * width + x];
    (0..depth - 1).into_par_iter().step_by(2).all(|z| {
        (0..height - 1).step_by(2).all(|y| {
            (0..width - 1).step_by(2).all(|x| {
                let sum: f32 = (0..8)
                    .map(|i| at(z + (i >> 2 & 1), y + (i >> 1 & 1), x + (i & 1)))
                    .sum();
                sum / 8.0 < below
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    /// Resin, and beside it a mineral of `faint` and one of 30,000, with noise.
    fn volume(faint: u16, share: usize) -> Volume<u16> {
        Volume::from_fn([24, 48, 48], Spacing::isotropic(1.0), |x, y, z| {
            let noise = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 1023;
            let base = match (z * 7 + y / 3) % 10 {
                0..2 => 30_000,
                i if i < 2 + share => faint,
                _ => 5000,
            };
            base + noise as u16
        })
    }

    #[test]
    fn a_mineral_hardly_brighter_than_resin_is_not_empty() {
        for share in [1, 3, 6] {
            let ct = volume(9000, share);
            let grey = GreyStatistics::measure(&ct).unwrap();
            let below = empty_below(&ct, &grey);
            let faint = vec![grey.normalised(9500); 512];
            assert!(!is_empty(&faint, [8; 3], below), "{below} {grey:?}");
            let resin = vec![grey.normalised(5500); 512];
            assert!(is_empty(&resin, [8; 3], below), "{below} {grey:?}");
        }
    }
}
