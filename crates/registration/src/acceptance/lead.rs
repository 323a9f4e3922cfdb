//! How far a place stands above the others, measured by how far those stand above each other.

/// Rivals whose spread is the measure, at most.
const RIVALS: usize = 12;
/// The spread that is expected before any rival is seen, nats a pixel, and the number of rivals that
/// this expectation counts as; measured on phantoms.
const PRIOR_SPREAD_NATS: f64 = 0.15;
const PRIOR_RIVALS: f64 = 3.0;
/// Logarithm of the product of lead and lead over spread at which a place is as likely right as
/// wrong, and how fast the odds rise beyond; from a study of phantoms and maps of other samples.
const EVEN_LOG: f64 = 1.05;
const LOG_ODDS_SLOPE: f64 = 5.0;

/// Lead of the best of several places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lead {
    /// Evidence of the place minus that of the best other, nats a pixel.
    pub nats: f64,
    /// The same over the mean excess of the rivals: the upper end of what wrong places reach falls
    /// off like an exponential, whose scale is the mean excess over a high threshold (Pickands
    /// 1975; Davison and Smith 1990).
    pub spreads: f64,
}

impl Lead {
    /// Of a place over `rivals`, their evidence falling.
    pub fn of(evidence: f64, rivals: &[f64]) -> Self {
        let last = rivals.len().min(RIVALS);
        let excess: f64 = rivals[..last]
            .iter()
            .map(|rival| rival - rivals[last - 1])
            .sum();
        let spread =
            (excess + PRIOR_RIVALS * PRIOR_SPREAD_NATS) / (last as f64 - 1.0 + PRIOR_RIVALS);
        let nats = evidence - rivals[0];
        Self {
            nats,
            spreads: nats / spread,
        }
    }

    /// Probability that the place is the right one, 0 when another is ahead. Both the lead itself
    /// and what it is in spreads have to be large: a map that fits one place only just better than
    /// many equal ones leads by many spreads of nothing.
    pub fn probability(&self) -> f64 {
        if self.nats <= 0.0 {
            return 0.0;
        }
        let log = self.nats.ln() + self.spreads.ln();
        1.0 / (1.0 + (-LOG_ODDS_SLOPE * (log - EVEN_LOG)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_measured_by_the_spread_of_the_others() {
        let close: Vec<f64> = (0..12).map(|i| 0.5 - 0.01 * f64::from(i)).collect();
        let wide: Vec<f64> = (0..12).map(|i| 0.5 - 0.08 * f64::from(i)).collect();
        let (near, far) = (Lead::of(1.2, &close), Lead::of(1.2, &wide));
        assert!((near.nats - 0.7).abs() < 1e-12 && near.nats == far.nats);
        assert!(near.spreads > 2.0 * far.spreads);
        assert!(near.probability() > 0.95 && far.probability() < near.probability());
        assert!(Lead::of(0.55, &wide).probability() < 0.01);
        assert_eq!(Lead::of(0.4, &close).probability(), 0.0);
    }

    #[test]
    fn a_single_rival_is_compared_with_what_is_usual() {
        let lead = Lead::of(1.0, &[0.4]);
        assert!((lead.spreads - 0.6 / 0.15).abs() < 1e-9);
    }
}
