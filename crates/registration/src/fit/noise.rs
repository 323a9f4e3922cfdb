//! How large residuals are where a map fits, and which parts of it do.

use crate::map::units::Units;

/// Mean squared residual of a unit, over its variance, at which it is half believed.
const HALF_BELIEVED: f64 = 4.0;
/// How steeply belief falls there.
const STEEPNESS: i32 = 4;
/// Median of the units' mean squared residuals over their variance, where all of a map fits:
/// a few units fit worse than most.
const TYPICAL_MISFIT: f64 = 0.8;
/// Rounds of fitting the variance to what is believed.
const ROUNDS: usize = 4;
/// Squared residual over its variance from which a pixel counts less.
const OUTLYING: f64 = 9.0;
/// Least belief: pixels that count at all keep a weight above 0.
const LEAST_TRUST: f64 = 1e-3;

/// Variance of residuals: `flat + steep * gradient²`. Steep edges of particles carry more error
/// than their inside (rough rims of the map, mixed pixels).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Noise {
    flat: f64,
    steep: f64,
}

impl Default for Noise {
    fn default() -> Self {
        Self {
            flat: 1.0,
            steep: 0.0,
        }
    }
}

/// Residuals and gradients of pixels; those of weight 0 do not count.
pub(crate) struct Seen<'a> {
    pub residuals: &'a [f32],
    pub gradients: &'a [[f32; 3]],
    pub weights: &'a [f32],
}

impl Noise {
    pub fn variance(&self, gradient: &[f32; 3]) -> f64 {
        self.flat + self.steep * steepness(gradient)
    }

    /// Square of a residual as far as it counts: Cauchy's function, which grows with the logarithm
    /// from three standard deviations on.
    pub fn robust(&self, residual: f64, gradient: &[f32; 3]) -> f64 {
        let scale = OUTLYING * self.variance(gradient);
        scale * (residual * residual / scale).ln_1p()
    }

    /// Replaces weights above 0 by one over the variance, less where a residual is far beyond it.
    pub fn weigh(&self, residuals: &[f32], gradients: &[[f32; 3]], weights: &mut [f32]) {
        for ((&r, g), w) in residuals.iter().zip(gradients).zip(weights.iter_mut()) {
            if *w > 0.0 {
                let variance = self.variance(g);
                let outlier = f64::from(r * r) / (OUTLYING * variance);
                *w = (1.0 / (variance * (1.0 + outlier))) as f32;
            }
        }
    }

    /// Least squares of the squared residuals, each unit counted as far as it is believed.
    fn of(seen: &Seen<'_>, units: &Units, trust: &[f32]) -> Option<Self> {
        let mut sums = [0f64; 5];
        for (i, (&r, g)) in seen.residuals.iter().zip(seen.gradients).enumerate() {
            if seen.weights[i] > 0.0 {
                let (x, y) = (steepness(g), f64::from(r * r));
                let trust = f64::from(trust[units.of_pixel[i] as usize]);
                for (sum, term) in sums.iter_mut().zip([1.0, x, y, x * x, x * y]) {
                    *sum += trust * term;
                }
            }
        }
        let [n, x, y, xx, xy] = sums;
        if n < 16.0 {
            return None;
        }
        let spread = n * xx - x * x;
        let steep = if spread > 0.0 {
            (n * xy - x * y) / spread
        } else {
            0.0
        };
        let mean = y / n;
        let steep = steep.clamp(0.0, if x > 0.0 { 0.9 * y / x } else { 0.0 });
        let flat = (mean - steep * x / n).max(0.05 * mean).max(1e-12);
        Some(Self { flat, steep })
    }
}

fn steepness(g: &[f32; 3]) -> f64 {
    f64::from(g[0] * g[0] + g[1] * g[1] + g[2] * g[2])
}

/// The variance of the residuals where the map fits, and how far each unit is believed: iteratively
/// reweighted least squares with one weight a unit, begun from the median unit, so that units that
/// were torn out or pressed in do not set the scale by which they are judged.
pub(crate) fn trust(seen: &Seen<'_>, units: &Units) -> (Noise, Vec<f32>) {
    let count = units.kinds.len();
    let mut trust = vec![1f32; count];
    let Some(mut noise) = Noise::of(seen, units, &trust) else {
        return (Noise::default(), trust);
    };
    for round in 0..ROUNDS {
        let misfits = misfits(seen, units, &noise);
        let scale = if round == 0 {
            (median(&misfits) / TYPICAL_MISFIT).clamp(1e-6, 1.0)
        } else {
            1.0
        };
        for (trust, [misfit, _]) in trust.iter_mut().zip(&misfits) {
            let over = misfit / scale / HALF_BELIEVED;
            *trust = (1.0 / (1.0 + over.powi(STEEPNESS))).max(LEAST_TRUST) as f32;
        }
        match Noise::of(seen, units, &trust) {
            Some(next) => noise = next,
            None => break,
        }
    }
    (noise, trust)
}

/// Mean squared residual over its variance, and pixels, of every unit.
fn misfits(seen: &Seen<'_>, units: &Units, noise: &Noise) -> Vec<[f64; 2]> {
    let mut sums = vec![[0f64; 2]; units.kinds.len()];
    for (i, (&r, g)) in seen.residuals.iter().zip(seen.gradients).enumerate() {
        if seen.weights[i] > 0.0 {
            let sum = &mut sums[units.of_pixel[i] as usize];
            sum[0] += f64::from(r * r) / noise.variance(g);
            sum[1] += 1.0;
        }
    }
    for sum in &mut sums {
        sum[0] /= sum[1].max(1.0);
    }
    sums
}

/// Median of the misfits, units weighted by their pixels.
fn median(misfits: &[[f64; 2]]) -> f64 {
    let mut sorted: Vec<[f64; 2]> = misfits.iter().copied().filter(|m| m[1] > 0.0).collect();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let half = sorted.iter().map(|m| m[1]).sum::<f64>() / 2.0;
    let mut seen = 0.0;
    for [misfit, pixels] in &sorted {
        seen += pixels;
        if seen >= half {
            return *misfit;
        }
    }
    1.0
}
