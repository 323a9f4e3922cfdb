use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};

/// A value in percent with its 95 % interval; NaN throughout where nothing was observed.
///
/// Percentiles of bootstrap replicates are too narrow for shares of few, unequal particles: with
/// 50 particles of lognormal volume they hold the truth 85 % of the time, and an empty class
/// gets no width at all. So the bootstrap gives the variance, the variance an effective sample
/// size `p (1 - p) / variance`, and that enters the score interval of Wilson (1927) with Student's
/// quantile, as Korn and Graubard (1998) do for shares from surveys. The degrees of freedom are
/// those of the variance itself, from the fourth moment of what each particle adds to the share:
/// they are few where a few particles carry it. That holds 95 % from 20 particles on. Differences
/// of curves from the same particles are the value and Student's quantile times the root of the
/// variance of paired replicates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value itself.
    #[serde(with = "crate::nan_as_null")]
    pub value: f64,
    /// Lower end of the interval.
    #[serde(with = "crate::nan_as_null")]
    pub low: f64,
    /// Upper end of the interval.
    #[serde(with = "crate::nan_as_null")]
    pub high: f64,
}

/// Quantiles beyond this stand for less than half a degree of freedom: nothing is known then.
const LARGEST_QUANTILE: f64 = 1e3;

/// Degrees of freedom from which on Student's distribution is the normal one, to six digits.
const MANY_DEGREES: f64 = 1e6;

/// Halvings of the range of the quantile, which leave nothing of it that counts.
const HALVINGS: usize = 60;

/// 97.5 % quantile of Student's distribution; infinite beyond [`LARGEST_QUANTILE`] and without a degree of
/// freedom.
///
/// The distribution is inverted here, by halving: the inverse of `statrs` 0.18 does not come to an end
/// with some degrees of freedom.
fn student_quantile(degrees: f64) -> f64 {
    const PROBABILITY: f64 = 0.975;
    if degrees >= MANY_DEGREES {
        return Normal::standard().inverse_cdf(PROBABILITY);
    }
    let Ok(student) = StudentsT::new(0.0, 1.0, degrees) else {
        return f64::INFINITY;
    };
    let (mut low, mut high) = (0.0, LARGEST_QUANTILE);
    if student.cdf(high) < PROBABILITY {
        return f64::INFINITY;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if student.cdf(middle) < PROBABILITY {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

impl Estimate {
    /// Nothing was observed.
    pub const NONE: Self = Self {
        value: f64::NAN,
        low: f64::NAN,
        high: f64::NAN,
    };

    /// A value without uncertainty.
    pub(super) fn exact(value: f64) -> Self {
        Self {
            value,
            low: value,
            high: value,
        }
    }

    /// Half the width of the interval.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Interval of a share in percent from the variance of its replicates (in squared percentage
    /// points). `independent` is how many equal particles the weights amount to
    /// (Kish 1965, squared sum over sum of squares): what an empty or full class is judged by.
    /// `degrees` are those of the variance.
    pub(super) fn of_share(value_pct: f64, variance: f64, independent: f64, degrees: f64) -> Self {
        if !value_pct.is_finite() {
            return Self::NONE;
        }
        // Sums of shares may pass 100 by rounding.
        let value_pct = value_pct.clamp(0.0, 100.0);
        let p = value_pct / 100.0;
        let spread = p * (1.0 - p);
        let variance = variance / 1e4;
        let n = if variance > 1e-12 && spread > 1e-12 {
            spread / variance
        } else {
            independent
        };
        let n = n.max(1.0);
        let z = student_quantile(degrees.min(independent - 1.0));
        if z > LARGEST_QUANTILE {
            return Self {
                value: value_pct,
                low: 0.0,
                high: 100.0,
            };
        }
        let z2 = z * z;
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = z * (spread / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
        Self {
            value: value_pct,
            low: (100.0 * (middle - half)).clamp(0.0, value_pct),
            high: (100.0 * (middle + half)).clamp(value_pct, 100.0),
        }
    }

    /// Interval of a difference in percentage points from its variance and degrees of freedom.
    pub(super) fn of_difference(value: f64, variance: f64, degrees: f64) -> Self {
        if !value.is_finite() {
            return Self::NONE;
        }
        let half = (student_quantile(degrees) * variance.sqrt()).min(200.0);
        // No two shares lie further apart than 100 points.
        Self {
            value,
            low: (value - half).max(-100.0).min(value),
            high: (value + half).min(100.0).max(value),
        }
    }

    /// Whether the interval leaves out 0: a difference beyond chance, at 5 %.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    /// `self - other` of two samples that share nothing (Zou and Donner 2008, "MOVER",
    /// equation 5).
    pub fn minus_independent(&self, other: &Self) -> Self {
        let value = self.value - other.value;
        if !value.is_finite() {
            return Self::NONE;
        }
        Self {
            value,
            low: value - (self.value - self.low).hypot(other.high - other.value),
            high: value + (self.high - self.value).hypot(other.value - other.low),
        }
    }
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.value.is_finite() && self.low.is_finite() && self.high.is_finite() {
            let Self { value, low, high } = self;
            write!(f, "{value:.1} % ({low:.1} to {high:.1})")
        } else {
            write!(f, "not observed")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_proportion_gives_the_textbook_score_interval() {
        // 10 of 20: Wilson's interval is 29.93 to 70.07 % when the degrees of
        // freedom have no limit.
        let e = Estimate::of_share(50.0, 1e4 * 0.25 / 20.0, f64::INFINITY, f64::INFINITY);
        assert!(
            (e.low - 29.93).abs() < 0.01 && (e.high - 70.07).abs() < 0.01,
            "{e:?}"
        );
    }

    #[test]
    fn quantiles_match_the_tables() {
        for (degrees, expected) in [
            (1.0, 12.7062),
            (2.0, 4.3027),
            (3.0, 3.1824),
            (10.0, 2.2281),
            (60.0, 2.0003),
            (f64::INFINITY, 1.9600),
        ] {
            let found = student_quantile(degrees);
            assert!((found / expected - 1.0).abs() < 1e-4, "{degrees}: {found}");
        }
        assert_eq!(student_quantile(0.0), f64::INFINITY);
    }

    #[test]
    fn quantiles_fall_with_the_degrees_of_freedom() {
        let degrees = |i: i32| 10f64.powf(f64::from(i) / 500.0);
        let quantiles: Vec<f64> = (-1500..4500)
            .map(|i| student_quantile(degrees(i)))
            .collect();
        assert!(quantiles.is_sorted_by(|a, b| a >= b));
        assert_eq!(quantiles[0], f64::INFINITY);
        assert!((quantiles[5999] - 1.96).abs() < 1e-4);
    }

    #[test]
    fn one_particle_says_nothing_of_the_others() {
        let share = Estimate::of_share(40.0, 0.0, 1.0, f64::INFINITY);
        assert_eq!((share.value, share.low, share.high), (40.0, 0.0, 100.0));
        // Two sections: one degree of freedom, not three.
        let two = Estimate::of_difference(5.0, 4.0, 1.0);
        assert!((two.half_width() - 12.7062 * 2.0).abs() < 0.01, "{two:?}");
        let far = Estimate::of_difference(5.0, 400.0, 1.0);
        assert_eq!((far.low, far.high), (-100.0, 100.0));
    }

    #[test]
    fn an_empty_class_still_has_an_upper_end() {
        let e = Estimate::of_share(0.0, 0.0, 20.0, f64::INFINITY);
        assert_eq!(e.low, 0.0);
        // Student's quantile for 19 degrees is 2.093: z2 / (n + z2).
        assert!((e.high - 17.97).abs() < 0.02, "{e:?}");
    }

    #[test]
    fn independent_samples_differ_by_the_root_of_squares() {
        let a = Estimate {
            value: 60.0,
            low: 57.0,
            high: 66.0,
        };
        let b = Estimate {
            value: 50.0,
            low: 42.0,
            high: 54.0,
        };
        let found = a.minus_independent(&b);
        assert_eq!((found.value, found.low, found.high), (10.0, 5.0, 20.0));
        assert!(a.minus_independent(&Estimate::NONE).value.is_nan());
    }

    #[test]
    fn few_degrees_of_freedom_widen() {
        let many = Estimate::of_difference(5.0, 4.0, f64::INFINITY);
        assert!((many.high - 8.92).abs() < 0.01 && (many.low - 1.08).abs() < 0.01);
        let few = Estimate::of_difference(5.0, 4.0, 5.0);
        assert!((few.half_width() / many.half_width() - 2.571 / 1.960).abs() < 0.01);
        let share = |degrees| Estimate::of_share(50.0, 100.0, 80.0, degrees).half_width();
        assert!(share(5.0) > 1.15 * share(80.0));
    }
}
