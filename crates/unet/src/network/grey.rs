use corelith_core::Volume;
use serde::{Deserialize, Serialize};

use crate::UnetError;

/// Grey values of a scan: what its resin and its particles look like.
///
/// Networks see `(grey - resin) / (particles - resin)`, so that a model fits any scan of the same
/// kind, whatever the gain of the detector.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GreyStatistics {
    /// Median grey value of the voxels below the threshold.
    pub resin: f64,
    /// Median grey value of the voxels above the threshold.
    pub particles: f64,
    /// Threshold between the two (Otsu 1979).
    pub threshold: f64,
}

impl GreyStatistics {
    /// Measures a volume.
    ///
    /// # Errors
    /// [`UnetError::NoContrast`] when all voxels have the same grey value.
    pub fn measure(ct: &Volume<u16>) -> Result<Self, UnetError> {
        let mut counts = vec![0u64; 1 << 16];
        for &grey in ct.data() {
            counts[usize::from(grey)] += 1;
        }
        let low = counts.iter().position(|&n| n > 0).unwrap_or(0);
        let high = counts.iter().rposition(|&n| n > 0).unwrap_or(0);
        if low == high {
            return Err(UnetError::NoContrast {
                low: low as u16,
                high: high as u16,
            });
        }
        let threshold = otsu(&counts);
        Ok(Self {
            resin: median(&counts[..=threshold], 0),
            particles: median(&counts[threshold + 1..], threshold + 1),
            threshold: threshold as f64 + 0.5,
        })
    }

    /// What a network sees of a grey value: 0 in resin, about 1 in particles.
    #[inline]
    pub fn normalised(&self, grey: u16) -> f32 {
        ((f64::from(grey) - self.resin) / (self.particles - self.resin)) as f32
    }
}

/// Last grey value of the lower class, for the largest variance between the classes.
fn otsu(counts: &[u64]) -> usize {
    let total: f64 = counts.iter().map(|&n| n as f64).sum();
    let moment: f64 = counts
        .iter()
        .enumerate()
        .map(|(g, &n)| g as f64 * n as f64)
        .sum();
    let (mut below, mut below_moment) = (0.0, 0.0);
    let mut best = (0.0, 0);
    for (grey, &n) in counts.iter().enumerate() {
        below += n as f64;
        below_moment += grey as f64 * n as f64;
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let difference = below_moment / below - (moment - below_moment) / above;
        let between = below * above * difference * difference;
        if between > best.0 {
            best = (between, grey);
        }
    }
    best.1
}

fn median(counts: &[u64], first: usize) -> f64 {
    let half = counts.iter().sum::<u64>().div_ceil(2);
    let mut seen = 0;
    let at = counts.iter().position(|&n| {
        seen += n;
        seen >= half
    });
    (first + at.unwrap_or(0)) as f64
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn two_peaks_become_zero_and_one() {
        let ct = Volume::from_fn([4, 8, 8], Spacing::isotropic(1.0), |x, y, z| {
            let base = if x < 5 { 1000 } else { 9000 };
            (base + 10 * ((x + 3 * y + 5 * z) % 11)) as u16
        });
        let grey = GreyStatistics::measure(&ct).unwrap();
        assert!((1000.0..1101.0).contains(&grey.resin), "{grey:?}");
        assert!((9000.0..9101.0).contains(&grey.particles), "{grey:?}");
        assert!(grey.normalised(1050).abs() < 0.02);
        assert!((grey.normalised(9050) - 1.0).abs() < 0.02);
    }

    #[test]
    fn a_flat_volume_is_refused() {
        let ct = Volume::filled([2, 2, 2], Spacing::isotropic(1.0), 7u16);
        assert!(GreyStatistics::measure(&ct).is_err());
    }
}
