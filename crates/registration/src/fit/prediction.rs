use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::fit::gaussian;
use crate::map::channels::Channels;
use crate::map::units::Units;

/// Pull of a category's grey to the mean of all, over the weight of all pixels.
const CATEGORY_RIDGE: f64 = 1e-5;
/// Pull of what the BSE image adds to zero.
const BSE_RIDGE: f64 = 1e-4;

/// Usual deviation of the brightness of a particle, over its contrast to the background: it varies
/// with composition and beam hardening.
const BRIGHTNESS: f64 = 0.03;
/// Neighbouring residuals are alike: about so many pixels count as one.
const ALIKE_PX: f64 = 20.0;

/// Share of the blur about a pixel that must lie on measured ones: as at the edge of the map, 1.5
/// deviations from a straight border.
const LEAST_MEASURED: f32 = 0.93;

/// What the CT should show on the plane: the map's channels, blurred as the CT is, each times a
/// grey value that the CT tells, and each particle somewhat brighter or darker.
#[derive(Debug)]
pub(crate) struct Prediction<'a> {
    channels: &'a Channels,
    pub rows: usize,
    pub cols: usize,
    /// One image a channel.
    images: Vec<Vec<f32>>,
    /// Share of the blur about each pixel that lies on measured ones; nothing where all are.
    measured: Option<Vec<f32>>,
    /// Pixels whose blur would reach past the edge of the map.
    pub margin_px: usize,
}

impl<'a> Prediction<'a> {
    pub fn new(channels: &'a Channels, sigma_px: f64) -> Self {
        let (rows, cols) = (channels.rows, channels.cols);
        let smoothed = |image: &Vec<f32>| {
            let mut image = image.clone();
            gaussian::smooth_image(&mut image, cols, sigma_px);
            image
        };
        let measured = channels.measured.as_ref().map(smoothed);
        let images = channels
            .images
            .par_iter()
            .map(|image| {
                let mut image = smoothed(image);
                if let Some(measured) = &measured {
                    for (value, &share) in image.iter_mut().zip(measured) {
                        *value = if share > 0.0 { *value / share } else { 0.0 };
                    }
                }
                image
            })
            .collect();
        let margin_px = ((1.5 * sigma_px).ceil() as usize).min(rows.min(cols) / 4);
        Self {
            channels,
            rows,
            cols,
            images,
            measured,
            margin_px,
        }
    }

    /// What votes for or against a pose.
    pub fn units(&self) -> &Units {
        &self.channels.units
    }

    /// Whether the prediction of a pixel rests on the map alone.
    pub fn is_inner(&self, index: usize) -> bool {
        let (col, row) = (index % self.cols, index / self.cols);
        let m = self.margin_px;
        col >= m
            && row >= m
            && col + m < self.cols
            && row + m < self.rows
            && self.measured.as_ref().is_none_or(|share| {
                share[index] > LEAST_MEASURED && self.channels.is_measured(index)
            })
    }

    /// Grey value of each channel that explains `values` best by weighted least squares, drawn
    /// slightly to the overall mean (categories) or to zero (BSE), so that a channel of a few
    /// pixels stays sane.
    fn greys(&self, values: &[f32], weights: &[f32]) -> Vec<f64> {
        let n = self.images.len();
        let chunk = self.cols * 16;
        let (mut normal, mut right, sums) = values
            .par_chunks(chunk)
            .zip(weights.par_chunks(chunk))
            .enumerate()
            .map(|(part, (values, weights))| {
                let mut normal = DMatrix::<f64>::zeros(n, n);
                let mut right = DVector::<f64>::zeros(n);
                let mut sums = [0.0; 2];
                for (i, (&value, &weight)) in values.iter().zip(weights).enumerate() {
                    if weight <= 0.0 {
                        continue;
                    }
                    let index = part * chunk + i;
                    let (value, weight) = (f64::from(value), f64::from(weight));
                    sums[0] += weight;
                    sums[1] += weight * value;
                    for a in 0..n {
                        let fa = weight * f64::from(self.images[a][index]);
                        if fa == 0.0 {
                            continue;
                        }
                        right[a] += fa * value;
                        for b in a..n {
                            normal[(a, b)] += fa * f64::from(self.images[b][index]);
                        }
                    }
                }
                (normal, right, sums)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .reduce(|mut a, b| {
                a.0 += b.0;
                a.1 += b.1;
                a.2[0] += b.2[0];
                a.2[1] += b.2[1];
                a
            })
            .unwrap_or_else(|| (DMatrix::zeros(n, n), DVector::zeros(n), [0.0; 2]));
        let mean = sums[1] / sums[0].max(1e-12);
        for a in 0..n {
            for b in 0..a {
                normal[(a, b)] = normal[(b, a)];
            }
            let (ridge, target) = if a < self.channels.categories {
                (CATEGORY_RIDGE, mean)
            } else {
                (BSE_RIDGE, 0.0)
            };
            let ridge = sums[0] * ridge + 1e-12;
            normal[(a, a)] += ridge;
            right[a] += ridge * target;
        }
        normal.cholesky().map_or_else(
            || {
                let mut greys = vec![0.0; n];
                greys[..self.channels.categories].fill(mean);
                greys
            },
            |factor| factor.solve(&right).as_slice().to_vec(),
        )
    }

    /// The predicted grey values that explain `values` best.
    pub fn image(&self, values: &[f32], weights: &[f32]) -> Vec<f32> {
        let mut image = self.even(&self.greys(values, weights));
        self.brighten(&mut image, values, weights);
        image
    }

    /// Adapts the brightness of every section of a particle.
    fn brighten(&self, image: &mut [f32], values: &[f32], weights: &[f32]) {
        let sections = &self.channels.sections;
        let Some(background) = self.channels.background else {
            return;
        };
        if sections.count == 0 {
            return;
        }
        let fraction = &self.images[usize::from(background)];
        let (mut sum, mut count) = (0.0, 0usize);
        for (i, (&value, &fraction)) in image.iter().zip(fraction).enumerate() {
            if fraction > 0.99 && self.channels.is_measured(i) {
                sum += f64::from(value);
                count += 1;
            }
        }
        if count == 0 {
            return;
        }
        let resin = (sum / count as f64) as f32;
        let mut sums = vec![[0.0; 2]; sections.count];
        let (mut chi, mut used) = (0.0, 0usize);
        for (i, (&value, &weight)) in values.iter().zip(weights).enumerate() {
            if weight > 0.0 {
                let (contrast, residual) = (image[i] - resin, value - image[i]);
                let sum = &mut sums[sections.nearest[i] as usize];
                sum[0] += f64::from(weight * contrast * contrast);
                sum[1] += f64::from(weight * contrast * residual);
                chi += f64::from(weight * residual * residual);
                used += 1;
            }
        }
        let ridge = ALIKE_PX * chi / used.max(1) as f64 / BRIGHTNESS.powi(2);
        let gains: Vec<f32> = sums
            .iter()
            .map(|[square, product]| (product / (square + ridge + 1e-30)) as f32)
            .collect();
        for (value, &section) in image.iter_mut().zip(&sections.nearest) {
            *value += gains[section as usize] * (*value - resin);
        }
    }

    /// The predicted grey values for given greys of the channels.
    fn even(&self, greys: &[f64]) -> Vec<f32> {
        let mut image = vec![0f32; self.rows * self.cols];
        image
            .par_chunks_mut(self.cols)
            .enumerate()
            .for_each(|(row, line)| {
                for (channel, &grey) in self.images.iter().zip(greys) {
                    let grey = grey as f32;
                    let from = &channel[row * self.cols..][..self.cols];
                    for (out, &fraction) in line.iter_mut().zip(from) {
                        *out += grey * fraction;
                    }
                }
            });
        image
    }
}
