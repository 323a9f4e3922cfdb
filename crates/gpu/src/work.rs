use std::time::Duration;

/// Longest that a submission may take by plan. Windows resets a GPU that does not answer for 2 s,
/// and the screen of an integrated one stands still meanwhile.
pub const LONGEST_SUBMISSION: Duration = Duration::from_millis(100);

/// Bytes a second that kernels move on the slowest GPU planned for, an integrated one on two
/// channels of DDR4-2400: 38 GB/s by its data sheet, half of it left beside the processor, and half
/// of that reached.
const BYTES_PER_S: f64 = 10e9;

/// Operations a second of the same GPU: 24 units of 8 lanes at 1 GHz, half of them reached.
const OPERATIONS_PER_S: f64 = 100e9;

/// What a launch does, for planning: an upper estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Bytes read from and written to buffers; what a cache holds counts once.
    pub bytes: u64,
    /// Additions, multiplications, comparisons.
    pub operations: u64,
}

impl Work {
    /// `count` elements that move `bytes` and take `operations` each.
    pub const fn of(count: u64, bytes: u64, operations: u64) -> Self {
        Self {
            bytes: count.saturating_mul(bytes),
            operations: count.saturating_mul(operations),
        }
    }

    /// How long it takes on the slowest GPU planned for: bytes and operations go side by side.
    pub fn planned(self) -> Duration {
        let seconds =
            (self.bytes as f64 / BYTES_PER_S).max(self.operations as f64 / OPERATIONS_PER_S);
        Duration::from_secs_f64(seconds)
    }

    /// Elements of `bytes` and `operations` each that one submission may take.
    pub fn most_elements(bytes: u64, operations: u64) -> u64 {
        let seconds = LONGEST_SUBMISSION.as_secs_f64();
        let by_bytes = seconds * BYTES_PER_S / bytes.max(1) as f64;
        let by_operations = seconds * OPERATIONS_PER_S / operations.max(1) as f64;
        by_bytes.min(by_operations) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_elements_fill_a_submission() {
        for (bytes, operations) in [(12, 1), (1, 500), (4, 4)] {
            let most = Work::most_elements(bytes, operations);
            let planned = Work::of(most, bytes, operations).planned();
            assert!(planned <= LONGEST_SUBMISSION, "{planned:?}");
            let more = Work::of(2 * most, bytes, operations).planned();
            assert!(more > LONGEST_SUBMISSION, "{more:?}");
        }
    }
}
