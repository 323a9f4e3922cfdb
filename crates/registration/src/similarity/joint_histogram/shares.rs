use super::BINS;
use super::block::{BLOCK, OUTSIDE};
use crate::similarity::shader::{GREY_BINS, SAMPLE_WEIGHT};

/// Counts of one pose while they grow: a sample adds once, to the lower of its two bins, and the
/// bins are told apart at the end. Twice, so that neighbouring samples of the same bin do not
/// wait for each other.
pub(super) struct Shares {
    /// For each lower bin, the number of samples above `SUM_BITS` and the sum of their upper
    /// shares below.
    bins: [[u64; WITH_OUTSIDE]; 2],
}

const WITH_OUTSIDE: usize = ((OUTSIDE + 1) * GREY_BINS) as usize;
const SUM_BITS: u32 = 32;
/// Samples that are counted before sums could overflow.
pub(super) const SAMPLES_AT_MOST: usize = 1 << (SUM_BITS - SAMPLE_WEIGHT.ilog2());

impl Shares {
    pub fn new() -> Self {
        Self {
            bins: [[0; WITH_OUTSIDE]; 2],
        }
    }

    /// Counts the samples of a block, given where they fall.
    #[inline(always)]
    pub fn count(&mut self, places: &[u32; BLOCK]) {
        let [even, odd] = &mut self.bins;
        for pair in places.as_chunks::<2>().0 {
            for (place, bins) in pair.iter().zip([&mut *even, &mut *odd]) {
                let upper = u64::from(place % SAMPLE_WEIGHT);
                bins[(place / SAMPLE_WEIGHT) as usize] += (1 << SUM_BITS) | upper;
            }
        }
    }

    /// Adds what was counted inside the volume to a histogram.
    #[inline(always)]
    pub fn add_to(&self, counts: &mut [u32]) {
        let [even, odd] = &self.bins;
        let mut from_below = 0;
        for i in 0..BINS {
            let both = even[i] + odd[i];
            let (samples, upper) = ((both >> SUM_BITS) as u32, both as u32);
            let lower = samples.wrapping_mul(SAMPLE_WEIGHT).wrapping_sub(upper);
            counts[i] = counts[i].wrapping_add(lower).wrapping_add(from_below);
            from_below = upper;
        }
    }
}
