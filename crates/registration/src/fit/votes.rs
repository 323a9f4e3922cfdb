//! What the units of a map say of a pose, each as a whole.

use crate::fit::observation::UnitFit;
use crate::map::units::UnitKind;

/// Share of a map that is expected not to fit: torn out, pressed in, hidden by a scratch.
const MISFITTING: f64 = 0.05;
/// Pixels that a unit's vote counts as, whatever its size: neighbouring residuals are alike.
const INDEPENDENT_PIXELS: f64 = 4.0;
/// Rounds of expectation and maximisation.
const ROUNDS: usize = 10;
/// Least share of the CT's variance that is noise.
const LEAST_NOISE: f64 = 1e-3;

/// What the units of a map say of a pose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Votes {
    /// Logarithm of the likelihood ratio a pixel of the map against a map that tells nothing.
    pub evidence: f64,
    /// Share of the map's pixels in the volume whose units are for the pose.
    pub fitting: f64,
    /// Whether each unit is for the pose; nothing of those outside of the volume.
    pub units: Vec<Option<bool>>,
}

/// Each unit either fits, with residuals of a variance that those that fit share, or tells nothing,
/// with the variance of the CT below the map: a mixture of two normal distributions with one
/// membership a unit, found by expectation and maximisation (Dempster, Laird and Rubin 1977). A unit
/// that does not fit costs a constant, however badly it fits.
///
/// Half of the evidence is that of all units, half that of the sections alone: resin fits in many
/// places, and where particles were torn out it fits nowhere.
pub(crate) fn votes(fits: &[UnitFit], kinds: &[UnitKind], inside: f64) -> Votes {
    let sum = |of: fn(&UnitFit) -> f64| fits.iter().map(of).sum::<f64>();
    let pixels = sum(|u| u.pixels);
    let mean = sum(|u| u.value) / pixels.max(1.0);
    let variance = sum(|u| u.value_square) / pixels.max(1.0) - mean * mean;
    if variance <= 0.0 || variance.is_nan() {
        return Votes {
            evidence: 0.0,
            fitting: 0.0,
            units: vec![None; fits.len()],
        };
    }
    let seen: Vec<Option<Unit>> = fits
        .iter()
        .map(|u| {
            (u.pixels > 0.0).then(|| Unit {
                pixels: u.pixels,
                residual: u.residual_square / u.pixels / variance,
                spread: (u.value_square - 2.0 * mean * u.value) / u.pixels / variance
                    + mean * mean / variance,
            })
        })
        .collect();
    let (of_all, units) = evidence(&seen);
    let sections: Vec<Option<Unit>> = seen
        .into_iter()
        .zip(kinds)
        .map(|(unit, &kind)| unit.filter(|_| kind == UnitKind::Section))
        .collect();
    let (of_sections, _) = evidence(&sections);
    let for_it = fits
        .iter()
        .zip(&units)
        .filter(|(_, vote)| **vote == Some(true));
    Votes {
        evidence: inside * 0.5 * (of_all + of_sections),
        fitting: for_it.map(|(fit, _)| fit.pixels).sum::<f64>() / pixels,
        units,
    }
}

/// Evidence a pixel of those units that are there, and whether each is for the pose.
fn evidence(units: &[Option<Unit>]) -> (f64, Vec<Option<bool>>) {
    let noise = noise(units);
    let (mut evidence, mut pixels) = (0.0, 0.0);
    let votes = units
        .iter()
        .map(|unit| {
            let unit = unit.as_ref()?;
            let lead = INDEPENDENT_PIXELS * unit.log_ratio(noise);
            // Log of the mixture, without overflow.
            let (high, low) = (lead + (1.0 - MISFITTING).ln(), MISFITTING.ln());
            let most = high.max(low);
            let both = most + ((high - most).exp() + (low - most).exp()).ln();
            evidence += unit.pixels * both / INDEPENDENT_PIXELS;
            pixels += unit.pixels;
            Some(high > low)
        })
        .collect();
    (if pixels > 0.0 { evidence / pixels } else { 0.0 }, votes)
}

/// A unit, in shares of the variance of the CT below the map.
struct Unit {
    pixels: f64,
    /// Mean squared residual.
    residual: f64,
    /// Mean squared deviation from the mean of the map.
    spread: f64,
}

impl Unit {
    /// Log of the likelihood ratio a pixel, for a noise of this variance.
    fn log_ratio(&self, noise: f64) -> f64 {
        0.5 * (self.spread - self.residual / noise - noise.ln())
    }
}

/// Variance of the residuals of the units that fit, begun from the median unit.
fn noise(units: &[Option<Unit>]) -> f64 {
    let mut sorted: Vec<&Unit> = units.iter().flatten().collect();
    sorted.sort_by(|a, b| a.residual.total_cmp(&b.residual));
    let half = sorted.iter().map(|u| u.pixels).sum::<f64>() / 2.0;
    let mut below = 0.0;
    let median = sorted.iter().find(|u| {
        below += u.pixels;
        below >= half
    });
    let clamp = |noise: f64| noise.clamp(LEAST_NOISE, 0.9);
    let mut noise = clamp(median.map_or(1.0, |u| u.residual));
    for _ in 0..ROUNDS {
        let (mut sum, mut total) = (0.0, 0.0);
        for unit in &sorted {
            let null = Unit {
                pixels: unit.pixels,
                residual: unit.residual,
                spread: unit.residual,
            };
            let lead = INDEPENDENT_PIXELS * null.log_ratio(noise);
            let fits = 1.0 / (1.0 + (-lead).exp() * MISFITTING / (1.0 - MISFITTING));
            sum += fits * unit.pixels * unit.residual;
            total += fits * unit.pixels;
        }
        noise = clamp(sum / total.max(1e-9));
    }
    noise
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units of 100 pixels: half of them bright, half dark, with residuals of this variance.
    fn fits(residual: &[f64]) -> (Vec<UnitFit>, Vec<UnitKind>) {
        residual
            .iter()
            .enumerate()
            .map(|(k, residual)| {
                let (value, kind) = if k % 2 == 0 {
                    (1.0, UnitKind::Section)
                } else {
                    (0.0, UnitKind::Resin)
                };
                let fit = UnitFit {
                    pixels: 100.0,
                    value: 100.0 * value,
                    value_square: 100.0 * value,
                    residual_square: 100.0 * residual,
                };
                (fit, kind)
            })
            .unzip()
    }

    #[test]
    fn units_that_do_not_fit_are_told_and_cost_little() {
        let (sound, kinds) = fits(&[0.005; 10]);
        let all = votes(&sound, &kinds, 1.0);
        assert!(all.units.iter().all(|vote| *vote == Some(true)));
        assert_eq!(all.fitting, 1.0);
        let mut residual = [0.005; 10];
        residual[2] = 0.8;
        residual[5] = 5.0;
        let (hurt, _) = fits(&residual);
        let most = votes(&hurt, &kinds, 1.0);
        assert_eq!(most.fitting, 0.8);
        assert_eq!((most.units[2], most.units[5]), (Some(false), Some(false)));
        assert!(most.evidence > 0.6 * all.evidence, "{most:?} {all:?}");
        // However badly they do not fit.
        residual[2] = 80.0;
        let (worse, _) = fits(&residual);
        assert!((votes(&worse, &kinds, 1.0).evidence - most.evidence).abs() < 1e-3);
    }

    #[test]
    fn residuals_as_large_as_the_spread_tell_nothing() {
        let (fits, kinds) = fits(&[0.25; 10]);
        let votes = votes(&fits, &kinds, 1.0);
        assert!(votes.evidence < 0.2, "{votes:?}");
    }

    #[test]
    fn what_lies_outside_tells_nothing() {
        let (fits, kinds) = fits(&[0.005; 10]);
        let whole = votes(&fits, &kinds, 1.0).evidence;
        assert!((votes(&fits, &kinds, 0.5).evidence - whole / 2.0).abs() < 1e-12);
        assert_eq!(votes(&[UnitFit::default()], &kinds[..1], 0.0).evidence, 0.0);
    }
}
