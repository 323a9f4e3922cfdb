use crate::shader::{GREY_BINS, SAMPLE_WEIGHT};

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
        let bins = GREY_BINS as usize;
        let mut by_grey = [0u64; GREY_BINS as usize];
        let mut total = 0u64;
        let (mut joint_sum, mut class_sum) = (0.0, 0.0);
        for row in histogram.chunks_exact(bins) {
            let mut in_class = 0u64;
            for (sum, &count) in by_grey.iter_mut().zip(row) {
                *sum += u64::from(count);
                in_class += u64::from(count);
                joint_sum += x_ln_x(u64::from(count));
            }
            total += in_class;
            class_sum += x_ln_x(in_class);
        }
        let grey_sum: f64 = by_grey.iter().map(|&count| x_ln_x(count)).sum();
        let n = total as f64;
        let total_sum = x_ln_x(total);
        let entropy = total_sum - class_sum;
        let mutual = joint_sum - class_sum - grey_sum + total_sum;
        Self {
            certainty: if entropy > 1e-9 * n {
                (mutual / entropy).max(0.0)
            } else {
                0.0
            },
            samples: n / f64::from(SAMPLE_WEIGHT),
        }
    }
}

fn x_ln_x(count: u64) -> f64 {
    if count == 0 {
        0.0
    } else {
        count as f64 * (count as f64).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::joint_histogram::BINS;

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
}
