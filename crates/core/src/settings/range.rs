use std::fmt;

/// The values that a setting may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingRange {
    low: f64,
    high: f64,
    /// Whether the lower end itself is out of range.
    above: bool,
}

impl SettingRange {
    /// From `low` to `high`, both included.
    pub const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            above: false,
        }
    }

    /// `low` or more.
    pub const fn at_least(low: f64) -> Self {
        Self::between(low, f64::INFINITY)
    }

    /// More than `low`.
    pub const fn above(low: f64) -> Self {
        Self {
            low,
            high: f64::INFINITY,
            above: true,
        }
    }

    /// More than `low`, and `high` at most.
    pub const fn above_to(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            above: true,
        }
    }

    /// Whether a value is in range; no number that is not finite is.
    pub fn holds(&self, value: f64) -> bool {
        let low = if self.above {
            value > self.low
        } else {
            value >= self.low
        };
        low && value <= self.high && value.is_finite()
    }
}

impl fmt::Display for SettingRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, high, above } = self;
        match (above, high.is_finite()) {
            (false, true) => write!(f, "{low} to {high}"),
            (false, false) => write!(f, "{low} or more"),
            (true, true) => write!(f, "above {low}, at most {high}"),
            (true, false) => write!(f, "above {low}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_their_words_say() {
        for (range, words, good, bad) in [
            (SettingRange::between(0.0, 1.0), "0 to 1", 1.0, 1.01),
            (SettingRange::at_least(0.0), "0 or more", 0.0, f64::NAN),
            (SettingRange::above(0.0), "above 0", 1e-9, 0.0),
            (
                SettingRange::above_to(0.0, 100.0),
                "above 0, at most 100",
                100.0,
                0.0,
            ),
        ] {
            assert_eq!(range.to_string(), words);
            assert!(range.holds(good) && !range.holds(bad), "{words}");
            assert!(!range.holds(f64::INFINITY));
        }
    }
}
