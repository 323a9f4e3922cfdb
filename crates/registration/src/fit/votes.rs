//! What the units of a map say of a pose, each as a whole.

use crate::fit::observation::UnitFit;

/// Share of a map that is expected not to fit: torn out, pressed in, hidden by a scratch.
const MISFITTING: f64 = 0.2;
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
pub(crate) fn votes(fits: &[UnitFit], inside: f64) -> Votes {
    let sum = |of: fn(&UnitFit) -> f64| fits.iter().map(of).sum::<f64>();
    let pixels = sum(|u| u.pixels);
    let mean = sum(|u| u.value) / pixels.max(1.0);
    let variance = sum(|u| u.value_square) / pixels.max(1.0) - mean * mean;
    if !(variance > 0.0) {
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
    let noise = noise(&seen);
    let (mut evidence, mut fitting) = (0.0, 0.0);
    let units = seen
        .iter()
        .map(|unit| {
            let unit = unit.as_ref()?;
            let lead = INDEPENDENT_PIXELS * unit.log_ratio(noise);
            // Log of the mixture, without overflow.
            let (high, low) = (lead + (1.0 - MISFITTING).ln(), MISFITTING.ln());
            let most = high.max(low);
            let both = most + ((high - most).exp() + (low - most).exp()).ln();
            evidence += unit.pixels * both / INDEPENDENT_PIXELS;
            if high > low {
                fitting += unit.pixels;
            }
            Some(high > low)
        })
        .collect();
    Votes {
        evidence: inside * evidence / pixels,
        fitting: fitting / pixels,
        units,
    }
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
