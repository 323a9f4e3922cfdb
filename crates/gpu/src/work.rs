use std::ops::Range;
use std::time::Duration;

use crate::GpuContext;

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

    /// Elements of `self` each that one submission of `gpu` may take.
    pub fn most_elements(self, gpu: &GpuContext) -> u64 {
        self.most_within(gpu.longest_submission())
    }

    fn most_within(self, longest: Duration) -> u64 {
        let seconds = longest.as_secs_f64();
        let by_bytes = seconds * BYTES_PER_S / self.bytes.max(1) as f64;
        let by_operations = seconds * OPERATIONS_PER_S / self.operations.max(1) as f64;
        by_bytes.min(by_operations) as u64
    }

    /// `count` rows of so many elements, of `self` each, in ranges that one submission of `gpu` may
    /// take each; a row that is too much alone is a range of its own. Each range with what it does.
    pub fn parts(
        self,
        gpu: &GpuContext,
        count: u32,
        elements: u64,
    ) -> impl Iterator<Item = (Range<u32>, Self)> + use<> {
        self.parts_within(gpu.longest_submission(), count, elements)
    }

    fn parts_within(
        self,
        longest: Duration,
        count: u32,
        elements: u64,
    ) -> impl Iterator<Item = (Range<u32>, Self)> {
        let at_once = self.most_within(longest) / elements.max(1);
        let at_once = at_once.clamp(1, u64::from(u32::MAX)) as u32;
        (0..count).step_by(at_once as usize).map(move |first| {
            let rows = first..first.saturating_add(at_once).min(count);
            let elements = rows.len() as u64 * elements;
            (rows, Self::of(elements, self.bytes, self.operations))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_elements_fill_a_submission() {
        for (bytes, operations) in [(12, 1), (1, 500), (4, 4)] {
            let each = Work::of(1, bytes, operations);
            let most = each.most_within(LONGEST_SUBMISSION);
            let planned = Work::of(most, bytes, operations).planned();
            assert!(planned <= LONGEST_SUBMISSION, "{planned:?}");
            let more = Work::of(2 * most, bytes, operations).planned();
            assert!(more > LONGEST_SUBMISSION, "{more:?}");
        }
    }

    #[test]
    fn parts_cover_all_rows_and_fit_a_submission() {
        let each = Work::of(1, 12, 20);
        let most = each.most_within(LONGEST_SUBMISSION);
        for (count, elements) in [(1, 1), (10, most / 3), (7, most), (5, 2 * most), (0, 3)] {
            let parts: Vec<_> = each
                .parts_within(LONGEST_SUBMISSION, count, elements)
                .collect();
            let rows = parts.iter().flat_map(|(rows, _)| rows.clone());
            assert!(rows.eq(0..count), "{count} {elements}");
            for (rows, work) in parts {
                assert_eq!(work, Work::of(rows.len() as u64 * elements, 12, 20));
                assert!(work.planned() <= LONGEST_SUBMISSION || rows.len() == 1);
            }
        }
    }
}
