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

/// Variance of the residuals of those units that fit, in shares of the CT's variance below the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FitNoise {
    of_all: f64,
    /// Of the sections alone.
    of_sections: f64,
}

/// What the CT shows of the units of a map at a pose.
///
/// Each unit either fits, with residuals of a variance that those that fit share, or tells nothing,
/// with the variance of the CT below the map: a mixture of two normal distributions with one
/// membership a unit, found by expectation and maximisation (Dempster, Laird and Rubin 1977). A unit
/// that does not fit costs a constant, however badly it fits.
///
/// Half of the evidence is that of all units, half that of the sections alone: resin fits in many
/// places, and where particles were torn out it fits nowhere.
#[derive(Debug, Clone)]
pub(crate) struct UnitsAt {
    all: Vec<Option<Unit>>,
    sections: Vec<Option<Unit>>,
    /// Share of the map that lies in the volume.
    inside: f64,
}

impl UnitsAt {
    /// One of `fits` and one of `kinds` a unit.
    pub fn new(fits: &[UnitFit], kinds: &[UnitKind], inside: f64) -> Self {
        let sum = |of: fn(&UnitFit) -> f64| fits.iter().map(of).sum::<f64>();
        let pixels = sum(|u| u.pixels);
        let mean = sum(|u| u.value) / pixels.max(1.0);
        let variance = sum(|u| u.value_square) / pixels.max(1.0) - mean * mean;
        let unit = |u: &UnitFit| {
            // Of a constant CT nothing is told.
            (u.pixels > 0.0 && variance > 0.0).then(|| Unit {
                pixels: u.pixels,
                residual: u.residual_square / u.pixels / variance,
                spread: ((u.value_square - 2.0 * mean * u.value) / u.pixels / variance
                    + mean * mean / variance)
                    .min(1.0),
            })
        };
        let all: Vec<Option<Unit>> = fits.iter().map(unit).collect();
        let sections = all.iter().zip(kinds);
        let sections = sections.map(|(unit, &kind)| unit.filter(|_| kind == UnitKind::Section));
        Self {
            sections: sections.collect(),
            all,
            inside,
        }
    }

    /// Share of the map that lies in the volume.
    pub fn inside(&self) -> f64 {
        self.inside
    }

    /// The noise that explains the pose best.
    pub fn noise(&self) -> FitNoise {
        FitNoise {
            of_all: noise(&self.all),
            of_sections: noise(&self.sections),
        }
    }

    /// What the units say where the residuals of those that fit have a variance.
    pub fn votes(&self, noise: FitNoise) -> Votes {
        let (of_all, units) = evidence(&self.all, noise.of_all);
        let (of_sections, _) = evidence(&self.sections, noise.of_sections);
        let pixels = |unit: &Option<Unit>| unit.map_or(0.0, |unit| unit.pixels);
        let for_it = self.all.iter().zip(&units);
        let for_it = for_it.filter(|(_, vote)| **vote == Some(true));
        let fitting: f64 = for_it.map(|(unit, _)| pixels(unit)).sum();
        let all: f64 = self.all.iter().map(pixels).sum();
        Votes {
            evidence: self.inside * 0.5 * (of_all + of_sections),
            fitting: fitting / all.max(1.0),
            units,
        }
    }
}

/// Evidence a pixel of those units that are there, and whether each is for the pose.
fn evidence(units: &[Option<Unit>], noise: f64) -> (f64, Vec<Option<bool>>) {
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
#[derive(Debug, Clone, Copy)]
struct Unit {
    pixels: f64,
    /// Mean squared residual.
    residual: f64,
    /// Mean squared deviation from the mean of the map, at most 1: where a map is mostly resin, its
    /// few sections lie many deviations from the mean, at every place that has particles there.
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

    fn votes((fits, kinds): &(Vec<UnitFit>, Vec<UnitKind>), inside: f64) -> Votes {
        let units = UnitsAt::new(fits, kinds, inside);
        units.votes(units.noise())
    }

    #[test]
    fn units_that_do_not_fit_are_told_and_cost_little() {
        let all = votes(&fits(&[0.005; 10]), 1.0);
        assert!(all.units.iter().all(|vote| *vote == Some(true)));
        assert_eq!(all.fitting, 1.0);
        let mut residual = [0.005; 10];
        residual[2] = 0.8;
        residual[5] = 5.0;
        let most = votes(&fits(&residual), 1.0);
        assert_eq!(most.fitting, 0.8);
        assert_eq!((most.units[2], most.units[5]), (Some(false), Some(false)));
        assert!(most.evidence > 0.6 * all.evidence, "{most:?} {all:?}");
        // However badly they do not fit.
        residual[2] = 80.0;
        let worse = votes(&fits(&residual), 1.0);
        assert!((worse.evidence - most.evidence).abs() < 1e-3);
    }

    #[test]
    fn residuals_as_large_as_the_spread_tell_nothing() {
        let votes = votes(&fits(&[0.25; 10]), 1.0);
        assert!(votes.evidence < 0.2, "{votes:?}");
    }

    #[test]
    fn what_lies_outside_tells_nothing() {
        let sound = fits(&[0.005; 10]);
        let whole = votes(&sound, 1.0).evidence;
        assert!((votes(&sound, 0.5).evidence - whole / 2.0).abs() < 1e-12);
        let outside = (vec![UnitFit::default()], sound.1[..1].to_vec());
        assert_eq!(votes(&outside, 0.0).evidence, 0.0);
    }

    /// Where the map fits in one place to within the noise, a place where it fits less well is told
    /// apart by far more than if its own residuals were taken for noise.
    #[test]
    fn places_that_are_judged_by_one_noise_differ_more() {
        let units = |residual: f64| {
            let (fits, kinds) = fits(&[residual; 10]);
            UnitsAt::new(&fits, &kinds, 1.0)
        };
        let (right, other) = (units(0.005), units(0.05));
        let noise = right.noise();
        let evidence = |units: &UnitsAt, noise| units.votes(noise).evidence;
        let lead = evidence(&right, noise) - evidence(&other, noise);
        let alone = evidence(&right, noise) - evidence(&other, other.noise());
        assert!(lead > 1.5 * alone, "{lead} {alone}");
    }
}
