use std::cell::Cell;
use std::time::{Duration, Instant};

/// Share of the minutes that is kept for what comes after the last step, beside the measured
/// time of judging.
const SPARE: f64 = 0.02;

/// The time that a whole stage may take, all that was done before training included.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    /// When this process began the stage.
    began: Instant,
    /// Seconds that the stage took before, where a stopped run goes on.
    before: f64,
    /// Seconds that it may take; 0 is no limit.
    limit: f64,
    /// Seconds that are kept for the end.
    pub reserve: Cell<f64>,
}

impl Clock {
    pub fn new(began: Instant, minutes: f64) -> Self {
        Self {
            began,
            before: 0.0,
            limit: 60.0 * minutes,
            reserve: Cell::new(0.0),
        }
    }

    /// Goes on after so many seconds of an earlier process.
    pub fn resume(&mut self, seconds: f64) {
        self.before = seconds;
    }

    /// What has just been done for so long does not count.
    pub fn stop_for(&mut self, duration: Duration) {
        self.began += duration;
    }

    /// Seconds since the stage began.
    pub fn seconds(&self) -> f64 {
        self.before + self.began.elapsed().as_secs_f64()
    }

    /// Whether less than a share of the time is over; always without a limit.
    pub fn is_within(&self, share: f64) -> bool {
        self.limit <= 0.0 || self.seconds() < share * self.limit
    }

    /// Seconds that are left for training; none without a limit.
    pub fn left(&self) -> Option<f64> {
        let usable = self.limit * (1.0 - SPARE) - self.reserve.get();
        (self.limit > 0.0).then(|| (usable - self.seconds()).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_before_and_what_comes_after_count() {
        let mut clock = Clock::new(Instant::now(), 1.0);
        clock.reserve.set(10.0);
        clock.resume(20.0);
        let left = clock.left().unwrap();
        assert!((28.0..=28.8).contains(&left), "{left}");
        assert!(clock.is_within(0.5) && !clock.is_within(0.3));
        clock.resume(80.0);
        assert_eq!(clock.left(), Some(0.0));
        clock.resume(20.0);
        // All that this process has done so far, and more.
        clock.stop_for(Duration::from_secs(600));
        assert!((clock.left().unwrap() - 28.8).abs() < 1e-9);
        let unlimited = Clock::new(Instant::now(), 0.0);
        assert_eq!(unlimited.left(), None);
        assert!(unlimited.is_within(0.0));
    }
}
