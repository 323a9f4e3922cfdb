use corelith_core::Volume;
use rayon::prelude::*;

/// The grey values between which a CT volume keeps its contrast: what lies beyond is clipped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GreyRange {
    low: f32,
    high: f32,
}

impl GreyRange {
    /// From 0.5 % to 99.8 % of the voxels, so that neither hot pixels nor metal grains stretch
    /// the range.
    pub fn of(ct: &Volume<u16>) -> Self {
        let histogram = ct
            .data()
            .par_chunks(1 << 20)
            .fold(
                || vec![0u64; 1 << 16],
                |mut counts, chunk| {
                    for &grey in chunk {
                        counts[usize::from(grey)] += 1;
                    }
                    counts
                },
            )
            .reduce(
                || vec![0u64; 1 << 16],
                |mut a, b| {
                    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                    a
                },
            );
        let low = quantile(&histogram, ct.len(), 0.005);
        let high = quantile(&histogram, ct.len(), 0.998).max(low + 1.0);
        Self { low, high }
    }

    /// 0 at the lower end, 1 at the upper end; not clipped.
    #[inline]
    pub fn fraction(self, grey: f32) -> f32 {
        (grey - self.low) / (self.high - self.low)
    }
}

fn quantile(histogram: &[u64], total: usize, share: f64) -> f32 {
    let target = (total as f64 * share) as u64;
    let mut seen = 0;
    for (grey, &count) in histogram.iter().enumerate() {
        seen += count;
        if seen > target {
            return grey as f32;
        }
    }
    histogram.len() as f32 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::Spacing;

    #[test]
    fn outliers_do_not_stretch_the_range() {
        let ct = Volume::from_fn([10, 10, 100], Spacing::isotropic(1.0), |x, y, z| {
            if (x, y, z) == (0, 0, 0) {
                65535
            } else {
                1000 + 10 * x as u16
            }
        });
        let range = GreyRange::of(&ct);
        assert!(range.fraction(1000.0).abs() < 0.05);
        assert!((range.fraction(1990.0) - 1.0).abs() < 0.05);
    }
}
