//! How greys change from one slice to the next.

use corelith_core::Volume;
use rayon::prelude::*;

/// Columns along z that are compared: enough for means.
const COLUMNS_COMPARED: usize = 1 << 17;

/// The share of the columns that count as flat: far from borders of matter.
const FLAT: f64 = 0.6;

/// Fewer voxels than this give no mean.
const VOXELS_MIN: usize = 100;

/// Changes beyond so many deviations are those of matter.
const TRIMMED: f64 = 4.0;

/// Resin and solids are told apart where their means differ by more than so many deviations of a
/// change; the halves of noise alone differ by 0.8.
const APART: f64 = 2.0;

/// A median absolute deviation is this part of the standard deviation of noise.
const DEVIATION_A_MAD: f64 = 1.4826;

/// The columns of voxels along z that are looked at.
pub(super) struct Columns {
    /// Slices that hold more than one grey.
    pub alive: Vec<usize>,
    /// Whether a column changes along z; others are padding.
    pub varies: Vec<bool>,
    /// Positions in a slice of columns that are compared; each has neighbours on all sides.
    compared: Vec<usize>,
}

impl Columns {
    pub(super) fn of(volume: &Volume<u16>) -> Self {
        let [nz, ny, nx] = volume.shape();
        let alive: Vec<usize> = (0..nz)
            .into_par_iter()
            .filter(|&z| {
                let slice = volume.slice(z);
                slice.iter().any(|&v| v != slice[0])
            })
            .collect();
        let mut varies = vec![false; ny * nx];
        if let Some(&first) = alive.first() {
            let first = volume.slice(first);
            for &z in &alive {
                let all = varies.iter_mut().zip(first).zip(volume.slice(z));
                all.for_each(|((varies, a), b)| *varies |= a != b);
            }
        }
        let is_inner = |i: &usize| {
            let (x, y) = (i % nx, i / nx);
            varies[*i] && x > 0 && y > 0 && x + 1 < nx && y + 1 < ny
        };
        let inner = (0..ny * nx).filter(is_inner).count();
        let step = inner.div_ceil(COLUMNS_COMPARED).max(1);
        let compared = (0..ny * nx).filter(is_inner).step_by(step).collect();
        Self {
            alive,
            varies,
            compared,
        }
    }
}

/// The change from a slice to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// Mean greys of resin and of solids in both; `None` where they cannot be told apart.
    pub levels: Option<[f64; 2]>,
    /// By how much these change, and the standard errors of that. Both are the same where they
    /// cannot be told apart.
    pub steps: [f64; 2],
    pub errors: [f64; 2],
}

/// The mean of values without those that are far off, and its standard error.
fn trimmed_mean(values: &mut [f64]) -> Option<[f64; 2]> {
    if values.len() < VOXELS_MIN {
        return None;
    }
    let middle = median(values)?;
    let mut distances: Vec<f64> = values.iter().map(|v| (v - middle).abs()).collect();
    // Of whole greys the deviation may be 0, and the mean lies between them.
    let limit = TRIMMED * (DEVIATION_A_MAD * median(&mut distances)?).max(1.0);
    let near = values.iter().filter(|v| (*v - middle).abs() <= limit);
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for value in near {
        let value = value - middle;
        n += 1.0;
        sum += value;
        squares += value * value;
    }
    let mean = sum / n;
    let deviation = (squares / n - mean * mean).max(0.0).sqrt();
    Some([middle + mean, deviation / f64::sqrt(n)])
}

/// The median; the order of the values is lost.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// The change from `from` to `to`, slices with rows of `cols` voxels; `None` where too few voxels
/// can be compared.
pub(super) fn change(from: &[u16], to: &[u16], cols: usize, columns: &Columns) -> Option<Change> {
    let sum = |i: usize| i32::from(from[i]) + i32::from(to[i]);
    // Both slices have the same part in what is chosen, so that noise favours neither sign.
    let mut seen: Vec<(i32, i32, i32)> = columns
        .compared
        .iter()
        .filter(|&&i| ![from[i], to[i]].iter().any(|v| [0, u16::MAX].contains(v)))
        .map(|&i| {
            let slope = (sum(i + 1) - sum(i - 1)).abs() + (sum(i + cols) - sum(i - cols)).abs();
            (slope, sum(i), i32::from(to[i]) - i32::from(from[i]))
        })
        .collect();
    let flat = (FLAT * seen.len() as f64) as usize;
    if flat < VOXELS_MIN {
        return None;
    }
    seen.select_nth_unstable(flat);
    seen.truncate(flat);
    let all = |keep: &dyn Fn(i32) -> bool| -> Vec<f64> {
        let kept = seen.iter().filter(|(_, sum, _)| keep(*sum));
        kept.map(|&(_, _, change)| f64::from(change)).collect()
    };
    let mean_level = |keep: &dyn Fn(i32) -> bool| -> f64 {
        let (mut n, mut total) = (0.0, 0.0);
        for (_, sum, _) in seen.iter().filter(|(_, sum, _)| keep(*sum)) {
            n += 1.0;
            total += f64::from(*sum) / 2.0;
        }
        total / f64::max(n, 1.0)
    };
    let mut changes = all(&|_| true);
    let [step, error] = trimmed_mean(&mut changes)?;
    let alike = Change {
        levels: None,
        steps: [step; 2],
        errors: [error; 2],
    };
    let deviation = error * f64::sqrt(changes.len() as f64);
    let split = otsu(seen.iter().map(|(_, sum, _)| *sum));
    let (dark, bright) = (|sum: i32| sum <= split, |sum: i32| sum > split);
    let levels = [mean_level(&dark), mean_level(&bright)];
    if levels[1] - levels[0] <= APART * deviation.max(0.5) {
        return Some(alike);
    }
    let (Some(resin), Some(solids)) = (
        trimmed_mean(&mut all(&dark)),
        trimmed_mean(&mut all(&bright)),
    ) else {
        return Some(alike);
    };
    Some(Change {
        levels: Some(levels),
        steps: [resin[0], solids[0]],
        errors: [resin[1], solids[1]],
    })
}

/// Classes of greys when they are split.
const BINS: usize = 512;

/// The value that splits values in two (Otsu 1979).
fn otsu(values: impl Iterator<Item = i32> + Clone) -> i32 {
    let (low, high) = values.clone().fold((i32::MAX, i32::MIN), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let width = ((high - low) as usize / BINS + 1) as i32;
    let mut counts = vec![0.0; BINS];
    for value in values {
        counts[((value - low) / width) as usize] += 1.0;
    }
    let all: f64 = counts.iter().sum();
    let moment: f64 = counts.iter().enumerate().map(|(i, n)| i as f64 * n).sum();
    let (mut below, mut moment_below, mut best) = (0.0, 0.0, (0.0, 0));
    for (i, n) in counts.iter().enumerate() {
        below += n;
        moment_below += i as f64 * n;
        let above = all - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let apart = moment_below / below - (moment - moment_below) / above;
        let between = below * above * apart * apart;
        if between > best.0 {
            best = (between, i);
        }
    }
    low + (best.1 as i32 + 1) * width - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_lies_between_whole_greys_and_leaves_matter_out() {
        let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i % 4 == 0)).collect();
        values.extend([90.0; 100]);
        let [mean, error] = trimmed_mean(&mut values).unwrap();
        assert!((mean - 0.25).abs() < 1e-9, "{mean}");
        assert!(error > 0.01 && error < 0.02, "{error}");
        assert_eq!(trimmed_mean(&mut [1.0; 50]), None);
    }

    #[test]
    fn two_hills_are_split_between_them() {
        let values = (0..1000).map(|i| {
            if i % 3 == 0 {
                900 + i % 50
            } else {
                100 + i % 50
            }
        });
        let split = otsu(values);
        assert!((149..900).contains(&split), "{split}");
    }
}
