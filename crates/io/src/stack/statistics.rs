//! Medians and correlations of what slices hold.

/// A median absolute deviation is this part of the standard deviation of noise.
const DEVIATION_A_MAD: f64 = 1.4826;

/// The median; of an even number of values the upper one.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// The standard deviation of most values, without regard to a few far off.
pub(super) fn deviation_of(values: &[f64]) -> f64 {
    let middle = median(values.iter().copied()).unwrap_or(0.0);
    let distances = values.iter().map(|v| (v - middle).abs());
    DEVIATION_A_MAD * median(distances).unwrap_or(0.0)
}

/// Pearson's correlation; `None` where one side does not vary.
pub(super) fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let (mut n, mut sums) = (0.0, [0.0; 2]);
    for (a, b) in pairs.clone() {
        n += 1.0;
        sums = [sums[0] + a, sums[1] + b];
    }
    let [mean_a, mean_b] = sums.map(|sum| sum / n);
    let [mut aa, mut ab, mut bb] = [0.0; 3];
    for (a, b) in pairs {
        let (a, b) = (a - mean_a, b - mean_b);
        aa += a * a;
        ab += a * b;
        bb += b * b;
    }
    let r = ab / (aa * bb).sqrt();
    r.is_finite().then_some(r)
}

/// Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of theirs.
pub(super) fn rank_correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let a = ranks(pairs.iter().map(|p| p.0).collect());
    let b = ranks(pairs.iter().map(|p| p.1).collect());
    correlation(a.iter().copied().zip(b.iter().copied()))
}

fn ranks(values: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for equal in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let rank = below as f64 + 0.5 * (equal.len() - 1) as f64;
        equal.iter().for_each(|&i| ranks[i] = rank);
        below += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_are_those_of_their_definitions() {
        let line: Vec<(f64, f64)> = (0..10).map(|i| (f64::from(i), f64::from(-3 * i))).collect();
        assert!((correlation(line.iter().copied()).unwrap() + 1.0).abs() < 1e-12);
        let cube: Vec<(f64, f64)> = (0..10)
            .map(|i| (f64::from(i), f64::from(i).exp()))
            .collect();
        assert!((rank_correlation(&cube).unwrap() - 1.0).abs() < 1e-12);
        assert!(correlation(cube.iter().copied()).unwrap() < 0.9);
        // scipy.stats.spearmanr([1, 2, 2, 3], [1, 3, 2, 2]) is 0.5.
        let ties = [(1.0, 1.0), (2.0, 3.0), (2.0, 2.0), (3.0, 2.0)];
        assert!((rank_correlation(&ties).unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(correlation([(1.0, 2.0), (1.0, 3.0)].into_iter()), None);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
    }
}
