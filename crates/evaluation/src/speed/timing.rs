use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;

/// Repeats at least, and at most.
const REPEATS: [usize; 2] = [3, 25];

/// Wall times of repeats, after one that is not counted.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Timing {
    pub median_s: f64,
    /// The lower and the upper quartile.
    pub quartiles_s: [f64; 2],
    pub repeats: usize,
}

impl Timing {
    /// Repeats `work` until `budget` is used up. What the uncounted first repeat gave comes beside.
    ///
    /// # Errors
    /// The first that `work` has.
    pub(super) fn of<T, E>(
        budget: Duration,
        mut work: impl FnMut() -> Result<T, E>,
    ) -> Result<(Self, T), E> {
        let first = work()?;
        let [least, most] = REPEATS;
        let mut seconds = Vec::new();
        let began = Instant::now();
        while seconds.len() < least || (began.elapsed() < budget && seconds.len() < most) {
            let repeat = Instant::now();
            std::hint::black_box(work()?);
            seconds.push(repeat.elapsed().as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        let at = |share: f64| seconds[((seconds.len() - 1) as f64 * share).round() as usize];
        let timing = Self {
            median_s: at(0.5),
            quartiles_s: [at(0.25), at(0.75)],
            repeats: seconds.len(),
        };
        Ok((timing, first))
    }

    /// Half the distance of the quartiles, percent of the median.
    fn spread_pct(&self) -> f64 {
        let [low, high] = self.quartiles_s;
        50.0 * (high - low) / self.median_s
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [value, unit] = if self.median_s < 1.0 {
            [format!("{:.1}", 1e3 * self.median_s), "ms".to_owned()]
        } else {
            [format!("{:.2}", self.median_s), "s".to_owned()]
        };
        write!(f, "{value:>8} {unit:<2} +-{:2.0} %", self.spread_pct())
    }
}
