use serde::{Deserialize, Serialize};

use crate::stereology::Profile;

/// Sizes of profiles, weighted by their area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeDistribution {
    /// Equivalent diameter in micrometres, ascending, and share of the area, 0 to 1.
    pub shares: Vec<(f64, f64)>,
}

impl SizeDistribution {
    pub(super) fn of(profiles: &[Profile]) -> Self {
        let total: f64 = profiles.iter().map(Profile::area_um2).sum();
        let mut shares: Vec<(f64, f64)> = profiles
            .iter()
            .map(|p| (p.equivalent_diameter_um(), p.area_um2() / total))
            .collect();
        shares.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { shares }
    }

    /// Equivalent diameter in micrometres, ascending, and share of the area up to it, in percent.
    pub fn cumulative_pct(&self) -> Vec<(f64, f64)> {
        let mut below = 0.0;
        let shares = self.shares.iter();
        shares
            .map(|&(diameter_um, share)| {
                below += 100.0 * share;
                (diameter_um, below)
            })
            .collect()
    }

    pub(super) fn mean_um(&self) -> f64 {
        if self.shares.is_empty() {
            return f64::NAN;
        }
        self.shares
            .iter()
            .map(|(diameter, share)| diameter * share)
            .sum()
    }

    /// Largest distance of the cumulative curves, and the area between them.
    pub(super) fn distances(&self, other: &Self) -> (f64, f64) {
        if self.shares.is_empty() || other.shares.is_empty() {
            return (f64::NAN, f64::NAN);
        }
        let signed = |sizes: &Self, sign: f64| {
            let steps = sizes
                .shares
                .iter()
                .map(move |&(d, share)| (d, sign * share));
            steps.collect::<Vec<_>>()
        };
        let mut steps = signed(self, 1.0);
        steps.extend(signed(other, -1.0));
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut gap, mut largest, mut area, mut last) = (0.0f64, 0.0f64, 0.0, f64::NAN);
        for run in steps.chunk_by(|a, b| a.0 == b.0) {
            if !last.is_nan() {
                area += gap.abs() * (run[0].0 - last);
            }
            last = run[0].0;
            gap += run.iter().map(|(_, share)| share).sum::<f64>();
            largest = largest.max(gap.abs());
        }
        (largest, area)
    }
}
