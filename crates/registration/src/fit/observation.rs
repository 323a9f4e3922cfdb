use corelith_core::CtFromMap;
use nalgebra::Vector3;
use rayon::prelude::*;

use crate::fit::noise::{Noise, Seen, trust};
use crate::fit::prediction::Prediction;
use crate::fit::slab::{Jet, Slab};
use crate::map::units::Units;
use crate::placement::warp::Warp;

/// Rounds of weighing: the greys of the minerals and what is believed depend on each other.
const ROUNDS: usize = 2;

/// Sums over the pixels of a unit that count.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct UnitFit {
    pub pixels: f64,
    pub value: f64,
    pub value_square: f64,
    /// By [`Noise::robust`].
    pub residual_square: f64,
}

/// What the CT shows at every map pixel of a placed plane, against what the map predicts.
///
/// Weights are one over the variance of the residual, see [`Noise`]; single bad pixels count less
/// (Cauchy's function), and whole units that do not fit count next to nothing, see [`trust`].
#[derive(Debug)]
pub(crate) struct Observation {
    /// Observed grey.
    values: Vec<f32>,
    /// Observed minus predicted grey.
    pub residuals: Vec<f32>,
    /// Gradient of the grey value by x, y, z.
    pub gradients: Vec<[f32; 3]>,
    /// 0 where the pixel lies outside the volume or at the very edge of the map.
    pub weights: Vec<f32>,
    /// How far each unit of the map is believed, 0 to 1.
    pub trust: Vec<f32>,
    /// Variance of the residuals where the map fits.
    noise: Noise,
}

impl Observation {
    /// Looks at every `stride`-th pixel of every `stride`-th row.
    pub fn new(
        slab: &Slab,
        prediction: &Prediction<'_>,
        pose: &CtFromMap,
        warp: Option<&Warp>,
        stride: usize,
    ) -> Self {
        let cols = prediction.cols;
        let n = prediction.rows * cols;
        let (mut values, mut gradients) = (vec![0f32; n], vec![[0f32; 3]; n]);
        let mut weights = vec![0f32; n];
        values
            .par_chunks_mut(cols)
            .zip(gradients.par_chunks_mut(cols))
            .zip(weights.par_chunks_mut(cols))
            .enumerate()
            .for_each(|(row, ((values, gradients), weights))| {
                if row % stride != 0 {
                    return;
                }
                for col in (0..cols).step_by(stride) {
                    if !prediction.is_inner(row * cols + col) {
                        continue;
                    }
                    let (c, r) = (col as f64, row as f64);
                    let mut point: Vector3<f64> = pose.apply(c, r);
                    if let Some(warp) = warp {
                        point += warp.displacement(c, r);
                    }
                    if let Some([value, x, y, z]) = slab.jet(col, row, &point) {
                        values[col] = value;
                        gradients[col] = [x, y, z];
                        weights[col] = 1.0;
                    }
                }
            });
        let units = prediction.units();
        let mut trusted = vec![1.0; units.kinds.len()];
        let mut noise = Noise::default();
        for _ in 0..ROUNDS {
            let image = prediction.image(&values, &weights);
            let residuals: Vec<f32> = values.iter().zip(&image).map(|(v, p)| v - p).collect();
            let seen = Seen {
                residuals: &residuals,
                gradients: &gradients,
                weights: &weights,
            };
            (noise, trusted) = trust(&seen, units);
            noise.weigh(&residuals, &gradients, &mut weights);
            for (weight, &unit) in weights.iter_mut().zip(&units.of_pixel) {
                *weight *= trusted[unit as usize];
            }
        }
        let image = prediction.image(&values, &weights);
        Self {
            residuals: values.iter().zip(&image).map(|(v, p)| v - p).collect(),
            values,
            gradients,
            weights,
            trust: trusted,
            noise,
        }
    }

    /// The same, as if every unit of the map were in the CT.
    pub fn believing_all(mut self) -> Self {
        self.trust.fill(1.0);
        self
    }

    /// What it costs, in nats, that the CT looks like this where the map has a pixel that counts: minus
    /// the logarithm of the likelihood, by what is predicted there and the noise where the map fits,
    /// as far as its unit is believed. Outside of the volume, what the pixel costs where it lies.
    pub fn cost(&self, index: usize, jet: Option<Jet>, units: &Units) -> f64 {
        let (value, gradient) = match jet {
            Some([value, x, y, z]) => (value, [x, y, z]),
            None => (self.values[index], self.gradients[index]),
        };
        let predicted = self.values[index] - self.residuals[index];
        let variance = self.noise.variance(&gradient);
        let square = self.noise.robust(f64::from(value - predicted), &gradient);
        let trust = f64::from(self.trust[units.of_pixel[index] as usize]);
        0.5 * trust * (square / variance + variance.ln())
    }

    /// Pixels that count.
    pub fn used(&self) -> usize {
        self.weights.iter().filter(|&&w| w > 0.0).count()
    }

    /// Mean squared residual over the variance of the observed grey, where the map counts; 1 when
    /// nothing does.
    pub fn unexplained(&self) -> f64 {
        let mut sums = [0.0; 3];
        for ((&residual, &value), &weight) in
            self.residuals.iter().zip(&self.values).zip(&self.weights)
        {
            if weight > 0.0 {
                let (residual, value) = (f64::from(residual), f64::from(value));
                for (sum, term) in sums
                    .iter_mut()
                    .zip([value, value * value, residual * residual])
                {
                    *sum += term;
                }
            }
        }
        let n = self.used().max(1) as f64;
        let variance = sums[1] / n - (sums[0] / n).powi(2);
        if variance > 0.0 {
            sums[2] / n / variance
        } else {
            1.0
        }
    }

    /// Mean squared residual where the map counts and is believed; infinite when nothing is.
    pub fn mean_square(&self, units: &Units) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        for ((&r, &w), &unit) in self
            .residuals
            .iter()
            .zip(&self.weights)
            .zip(&units.of_pixel)
        {
            if w > 0.0 {
                let trust = f64::from(self.trust[unit as usize]);
                sum += trust * f64::from(r * r);
                total += trust;
            }
        }
        if total > 0.0 {
            sum / total
        } else {
            f64::INFINITY
        }
    }

    /// What each unit shows of how the map fits, single bad pixels counting less, as in the fit: a
    /// scratch runs through many particles and spoils none.
    pub fn unit_fits(&self, units: &Units) -> Vec<UnitFit> {
        let mut fits = vec![UnitFit::default(); units.kinds.len()];
        for (i, &unit) in units.of_pixel.iter().enumerate() {
            if self.weights[i] > 0.0 {
                let (value, residual) = (f64::from(self.values[i]), f64::from(self.residuals[i]));
                let fit = &mut fits[unit as usize];
                fit.pixels += 1.0;
                fit.value += value;
                fit.value_square += value * value;
                fit.residual_square += self.noise.robust(residual, &self.gradients[i]);
            }
        }
        fits
    }

    /// Neighbouring residuals are alike, so that so many pixels count as one: the sum of the
    /// correlations up to `reach` pixels away, of residuals weighted as the fit feels them.
    pub fn correlated_pixels(&self, cols: usize, reach: usize) -> f64 {
        let rows = self.residuals.len() / cols.max(1);
        let felt: Vec<f32> = self
            .residuals
            .iter()
            .zip(&self.gradients)
            .zip(&self.weights)
            .map(|((&r, g), &w)| w * r * (g[0] * g[0] + g[1] * g[1] + g[2] * g[2]).sqrt())
            .collect();
        let reach = reach as isize;
        let lags: Vec<(isize, isize)> = (0..=reach)
            .flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)))
            .filter(|&(dx, dy)| dy > 0 || dx > 0)
            .collect();
        let own: f64 = felt.iter().map(|&f| f64::from(f * f)).sum();
        let shared: Vec<f64> = lags
            .par_iter()
            .map(|&(dx, dy)| {
                let mut sum = 0.0;
                for row in 0..rows as isize - dy {
                    let from = (0.max(-dx), (cols as isize).min(cols as isize - dx));
                    if from.0 >= from.1 {
                        continue;
                    }
                    let length = (from.1 - from.0) as usize;
                    let a = row * cols as isize + from.0;
                    let b = a + dy * cols as isize + dx;
                    sum += felt[a as usize..][..length]
                        .iter()
                        .zip(&felt[b as usize..][..length])
                        .map(|(a, b)| a * b)
                        .sum::<f32>() as f64;
                }
                sum
            })
            .collect();
        (1.0 + 2.0 * shared.iter().sum::<f64>() / own.max(1e-30)).max(1.0)
    }
}
