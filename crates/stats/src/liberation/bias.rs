use serde::{Deserialize, Serialize};

use super::liberation_class::LIBERATION_CLASSES;
use super::{Basis, Estimate};

/// How far the liberation curve of one basis lies above that of another, in percentage points.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bias {
    /// The curve in question.
    pub basis: Basis,
    /// The curve it is held against.
    pub against: Basis,
    /// Difference at or above 0, 10, ... 100 % liberation.
    pub at_least: [Estimate; LIBERATION_CLASSES],
    /// Difference of the mean liberation.
    pub mean: Estimate,
    /// Chance of a mean difference this large or larger between equal bases. The mean liberation
    /// is the area under the curve, and sections raise it in any population: it is the mean square
    /// of the particles' shares over their mean, and shares vary more between sections than
    /// between particles. NaN where nothing was observed.
    #[serde(with = "crate::nan_as_null")]
    pub p_value: f64,
}

impl Bias {
    /// Whether the mean liberation differs beyond chance, at 5 %.
    pub fn is_beyond_chance(&self) -> bool {
        self.p_value < 0.05
    }

    /// Position of the threshold with the largest difference either way; not 0, where every curve
    /// is at 100 %.
    pub fn largest(&self) -> Option<usize> {
        (1..LIBERATION_CLASSES)
            .filter(|&i| self.at_least[i].value.is_finite())
            .max_by(|&a, &b| {
                let size = |i: usize| self.at_least[i].value.abs();
                size(a).total_cmp(&size(b))
            })
    }
}

/// Two-sided p value of a mean difference, from its bootstrap replicates centred on it
/// (Davison and Hinkley 1997, section 4.4).
pub(super) fn p_of_mean(found: f64, replicates: impl Iterator<Item = f64>) -> f64 {
    if !found.is_finite() {
        return f64::NAN;
    }
    let (mut usable, mut as_large) = (0u32, 0u32);
    for difference in replicates.filter(|d| d.is_finite()) {
        usable += 1;
        as_large += u32::from((difference - found).abs() >= found.abs());
    }
    f64::from(as_large + 1) / f64::from(usable + 1)
}
