//! How greys change from one slice to the next.

use crate::stack::gathered::Gathered;

/// Columns along z that are compared: enough for means.
const COLUMNS_COMPARED: usize = 1 << 17;

/// The share of the columns that count as flat: far from borders of matter.
const FLAT: f64 = 0.6;

/// Voxels of a square.
const SQUARE: f64 = 9.0;

/// Distance of the squares between which a slope is seen.
const BORDER: usize = 2;

/// Fewer voxels than this give no mean.
const VOXELS_MIN: usize = 100;

/// Changes beyond so many deviations are those of matter.
const TRIMMED: f64 = 2.0;

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
    pub(super) fn of(gathered: &Gathered) -> Self {
        let [_, ny, nx] = gathered.shape;
        let alive = gathered.alive();
        let varies = gathered.columns.vary();
        let is_inner = |i: &usize| {
            let (x, y) = (i % nx, i / nx);
            varies[*i] && x > BORDER && y > BORDER && x + BORDER + 1 < nx && y + BORDER + 1 < ny
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

/// What voxels of one kind of matter change by.
#[derive(Debug, Clone, Copy)]
struct Mean {
    level: f64,
    step: f64,
    error: f64,
    /// Standard deviation of single changes.
    deviation: f64,
}

/// The mean of levels and changes, without voxels whose change is far off.
fn trimmed_mean(voxels: &[(f64, f64)]) -> Option<Mean> {
    if voxels.len() < VOXELS_MIN {
        return None;
    }
    let mut changes: Vec<f64> = voxels.iter().map(|(_, change)| *change).collect();
    let middle = median(&mut changes)?;
    let mut distances: Vec<f64> = changes.iter().map(|v| (v - middle).abs()).collect();
    let deviation = DEVIATION_A_MAD * median(&mut distances)?;
    // Of few greys the deviation may be 0, and the mean lies between them.
    let limit = (TRIMMED * deviation).max(1.0);
    let near = voxels.iter().filter(|(_, v)| (v - middle).abs() <= limit);
    let (mut n, mut levels, mut steps) = (0.0, 0.0, 0.0);
    for (level, change) in near {
        n += 1.0;
        levels += level;
        steps += change - middle;
    }
    Some(Mean {
        level: levels / n,
        step: middle + steps / n,
        error: deviation.max(1.0 / SQUARE) / f64::sqrt(n),
        deviation,
    })
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
    // Means of small squares: their noise is less, so that borders of matter show.
    let square = |slice: &[u16], i: usize| -> i32 {
        let rows = [i - cols, i, i + cols];
        let row = |i: usize| slice[i - 1..=i + 1].iter().map(|&v| i32::from(v));
        rows.into_iter().flat_map(row).sum()
    };
    let both = |i: usize| square(from, i) + square(to, i);
    // Both slices have the same part in what is chosen, so that noise favours neither sign.
    let mut seen: Vec<(i32, i32, i32)> = columns
        .compared
        .iter()
        .filter(|&&i| ![from[i], to[i]].iter().any(|v| [0, u16::MAX].contains(v)))
        .map(|&i| {
            let slope = |step: usize| (both(i + step) - both(i - step)).abs();
            let change = square(to, i) - square(from, i);
            (slope(BORDER) + slope(BORDER * cols), both(i), change)
        })
        .collect();
    let flat = (FLAT * seen.len() as f64) as usize;
    if flat < VOXELS_MIN {
        return None;
    }
    seen.select_nth_unstable(flat);
    seen.truncate(flat);
    let mean = |keep: &dyn Fn(i32) -> bool| -> Option<Mean> {
        let kept = seen.iter().filter(|(_, sum, _)| keep(*sum));
        let voxel = |sum: i32, change: i32| {
            let level = f64::from(sum) / (2.0 * SQUARE);
            (level, f64::from(change) / SQUARE)
        };
        let voxels: Vec<(f64, f64)> = kept.map(|&(_, sum, change)| voxel(sum, change)).collect();
        trimmed_mean(&voxels)
    };
    let all = mean(&|_| true)?;
    let split = otsu(seen.iter().map(|(_, sum, _)| *sum));
    let parted = mean(&|sum| sum <= split).zip(mean(&|sum| sum > split));
    let apart = APART * all.deviation.max(0.5);
    Some(match parted {
        Some((resin, solids)) if solids.level - resin.level > apart => Change {
            levels: Some([resin.level, solids.level]),
            steps: [resin.step, solids.step],
            errors: [resin.error, solids.error],
        },
        _ => Change {
            levels: None,
            steps: [all.step; 2],
            errors: [all.error; 2],
        },
    })
}

/// Classes of greys when they are split.
const BINS: usize = 512;

/// The value that splits values in two (Otsu 1979).
pub(in crate::stack) fn otsu(values: impl Iterator<Item = i32> + Clone) -> i32 {
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
        let mut voxels: Vec<(f64, f64)> = (0..1000).map(|i| (7.0, f64::from(i % 4 == 0))).collect();
        voxels.extend([(99.0, 90.0); 100]);
        let mean = trimmed_mean(&voxels).unwrap();
        assert!((mean.step - 0.25).abs() < 1e-9, "{mean:?}");
        assert_eq!(mean.level, 7.0);
        assert!(mean.error > 0.003 && mean.error < 0.02, "{mean:?}");
        assert!(trimmed_mean(&voxels[..50]).is_none());
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
