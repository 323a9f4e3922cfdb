//! How probable it is that the place that fits best is the right one.

use crate::fit::contenders::Assumed;

/// Weighed lead at which a place is as likely right as wrong, and how fast the odds rise beyond;
/// logistic regressions on phantoms of all kinds, sound and damaged, and on maps of other samples.
const fn even_and_slope(assumed: Assumed) -> [f64; 2] {
    match assumed {
        Assumed::Sound => [0.79, 7.0],
        Assumed::Damaged => [0.89, 5.8],
    }
}
/// Particles beyond which a map tells no more than of these: what fits of the others is no longer by
/// chance, and the lead of wrong places was not seen to fall further.
const SECTIONS_MOST: f64 = 12.0;

/// Probability that a place is the right one by its lead over the best other place, nats a pixel,
/// on a map that shows so many particles, of which so much (0 to 1) fits there; 0 when another place
/// is ahead.
///
/// At a wrong place each particle fits or does not by chance, so what a wrong place is ahead of others
/// falls as one over the square root of their number; and where less fits, more may be chance.
pub(crate) fn probability(lead_nats: f64, sections: f64, fitting: f64, assumed: Assumed) -> f64 {
    if lead_nats <= 0.0 {
        return 0.0;
    }
    let lead = lead_nats * sections.min(SECTIONS_MOST).sqrt() * fitting;
    let [even, slope] = even_and_slope(assumed);
    1.0 / (1.0 + (lead / even).powf(-slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_particles_and_many_misfits_need_a_larger_lead() {
        let probability = |lead, n, fitting| probability(lead, n, fitting, Assumed::Sound);
        assert!(probability(0.6, 12.0, 0.9) > 0.95);
        assert!(probability(0.6, 4.0, 0.9) < 0.9);
        assert!(probability(1.0, 4.0, 0.9) > 0.95);
        assert!(probability(0.5, 12.0, 0.6) < 0.95);
        let few = probability(0.6, 12.0, 0.9);
        assert_eq!(few, probability(0.6, 100.0, 0.9));
        assert_eq!(probability(-0.1, 12.0, 1.0), 0.0);
    }
}
