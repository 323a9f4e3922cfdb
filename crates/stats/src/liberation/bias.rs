use super::Estimate;
use super::analysis::Basis;
use super::class::CLASSES;

/// How far the liberation curve of one basis lies above that of another, in percentage points.
#[derive(Debug, Clone)]
pub struct Bias {
    /// The curve in question.
    pub basis: Basis,
    /// The curve it is held against.
    pub against: Basis,
    /// Difference at or above 0, 10, ... 100 % liberation.
    pub at_least: [Estimate; CLASSES],
    /// Difference of the mean liberation.
    pub mean: Estimate,
    /// Chance of a largest difference like this one or larger when both curves were the same:
    /// the share of bootstrap replicates, centred on the difference found, whose largest
    /// standardised difference over all thresholds is as large (Romano and Wolf 2005). NaN where
    /// nothing was observed.
    pub p_value: f64,
}

impl Bias {
    /// Whether the curves differ beyond chance, at 5 % over all thresholds together.
    pub fn is_beyond_chance(&self) -> bool {
        self.p_value < 0.05
    }

    /// Position of the threshold with the largest difference either way.
    pub fn largest(&self) -> Option<usize> {
        (0..CLASSES)
            .filter(|&i| self.at_least[i].value.is_finite())
            .max_by(|&a, &b| {
                let size = |i: usize| self.at_least[i].value.abs();
                size(a).total_cmp(&size(b))
            })
    }
}

/// P value of the largest standardised difference: `found[k]` at each threshold,
/// `replicates[r][k]` its bootstrap replicates.
pub(super) fn largest_difference_p(
    found: &[f64; CLASSES],
    replicates: &[[f64; CLASSES]],
    deviations: &[f64; CLASSES],
) -> f64 {
    let largest = |difference: &dyn Fn(usize) -> f64| {
        (0..CLASSES)
            .filter(|&k| deviations[k] > 1e-9)
            .map(|k| difference(k).abs() / deviations[k])
            .fold(0.0, f64::max)
    };
    let here = largest(&|k| found[k]);
    let usable: Vec<_> = replicates
        .iter()
        .filter(|r| r.iter().all(|v| v.is_finite()))
        .collect();
    if usable.is_empty() || !here.is_finite() {
        return f64::NAN;
    }
    let as_large = usable
        .iter()
        .filter(|r| largest(&|k| r[k] - found[k]) >= here)
        .count();
    (as_large + 1) as f64 / (usable.len() + 1) as f64
}
