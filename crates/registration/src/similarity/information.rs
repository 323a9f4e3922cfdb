use crate::similarity::shader::{GREY_BINS, SAMPLE_WEIGHT};
use crate::similarity::x_ln_x::x_ln_x;

const GREY: usize = GREY_BINS as usize;

/// How much a joint histogram of categories and grey values tells about the categories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Information {
    /// Mutual information over the entropy of the categories (Theil's uncertainty coefficient):
    /// 0 when the grey value tells nothing, 1 when it tells the category.
    pub certainty: f64,
    /// Samples that were counted: those inside the volume.
    pub samples: f64,
}

impl Information {
    /// From the counts of one histogram, `category * GREY_BINS + bin`.
    pub fn of(histogram: &[u32]) -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { Self::of_with_avx2(histogram) };
        }
        Self::of_with_any_instructions(histogram)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn of_with_avx2(histogram: &[u32]) -> Self {
        Self::of_with_any_instructions(histogram)
    }

    /// Inlined, so that it is compiled for the instructions of its caller; the result is the same.
    #[inline(always)]
    fn of_with_any_instructions(histogram: &[u32]) -> Self {
        let mut by_grey = [0.0; GREY];
        let mut joint = [0.0; GREY];
        let mut total = 0.0;
        let mut class_sum = 0.0;
        let (rows, _) = histogram.as_chunks::<GREY>();
        for row in rows {
            let in_class = row.iter().map(|&count| u64::from(count)).sum::<u64>() as f64;
            if in_class == 0.0 {
                continue;
            }
            for bin in 0..GREY {
                let count = f64::from(row[bin]);
                by_grey[bin] += count;
                joint[bin] += x_ln_x(count);
            }
            total += in_class;
            class_sum += x_ln_x(in_class);
        }
        let joint_sum: f64 = joint.iter().sum();
        let grey_sum: f64 = by_grey.map(x_ln_x).iter().sum();
        let total_sum = x_ln_x(total);
        let entropy = total_sum - class_sum;
        let mutual = joint_sum - class_sum - grey_sum + total_sum;
        Self {
            certainty: if entropy > 1e-9 * total {
                (mutual / entropy).max(0.0)
            } else {
                0.0
            },
            samples: total / f64::from(SAMPLE_WEIGHT),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::similarity::joint_histogram::BINS;

    #[test]
    fn a_grey_value_of_its_own_for_each_category_tells_all() {
        let mut histogram = vec![0; BINS];
        histogram[3] = 512;
        histogram[GREY_BINS as usize + 9] = 256;
        let information = Information::of(&histogram);
        assert!((information.certainty - 1.0).abs() < 1e-12);
        assert_eq!(information.samples, 3.0);
    }

    #[test]
    fn the_same_grey_values_for_all_tell_nothing() {
        let mut histogram = vec![0; BINS];
        for category in 0..2 {
            histogram[category * GREY_BINS as usize + 3] = 100;
            histogram[category * GREY_BINS as usize + 4] = 300;
        }
        assert!(Information::of(&histogram).certainty.abs() < 1e-12);
    }

    /// The definition, with the logarithm of the standard library.
    fn certainty(histogram: &[u32]) -> f64 {
        let n = f64::from(histogram.iter().sum::<u32>());
        let (mut mutual, mut entropy) = (0.0, 0.0);
        for row in histogram.chunks_exact(GREY) {
            let in_class = f64::from(row.iter().sum::<u32>());
            if in_class > 0.0 {
                entropy -= in_class / n * (in_class / n).ln();
            }
            for (bin, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                let in_bin: u32 = histogram.iter().skip(bin).step_by(GREY).sum();
                let joint = f64::from(count) / n;
                mutual += joint * (joint * n * n / in_class / f64::from(in_bin)).ln();
            }
        }
        mutual / entropy
    }

    #[test]
    fn agrees_with_the_definition_on_any_instructions() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for _ in 0..200 {
            let most: u32 = rng.random_range(2..100_000);
            let categories = rng.random_range(2..=BINS / GREY);
            let histogram: Vec<u32> = (0..BINS)
                .map(|i| {
                    let there = i < categories * GREY && rng.random::<f64>() < 0.6;
                    if there { rng.random_range(0..most) } else { 0 }
                })
                .collect();
            let found = Information::of(&histogram);
            assert!((found.certainty - certainty(&histogram)).abs() < 1e-12);
            assert_eq!(found, Information::of_with_any_instructions(&histogram));
        }
    }
}
