use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::classes::Categories;
use crate::gaussian;

/// What the CT should show on the plane: the map's category fractions, blurred as the CT is.
#[derive(Debug)]
pub(crate) struct Prediction {
    pub rows: usize,
    pub cols: usize,
    /// One image a category.
    fractions: Vec<Vec<f32>>,
    /// Pixels whose blur would reach past the edge of the map.
    pub margin_px: usize,
}

impl Prediction {
    pub fn new(categories: &Categories, sigma_px: f64) -> Self {
        let raster = &categories.raster;
        let (rows, cols) = (raster.rows(), raster.cols());
        let fractions = (0..categories.len() as u8)
            .into_par_iter()
            .map(|category| {
                let mut image: Vec<f32> = raster
                    .data()
                    .iter()
                    .map(|&c| f32::from(u8::from(c == category)))
                    .collect();
                gaussian::smooth_image(&mut image, cols, sigma_px);
                image
            })
            .collect();
        let margin_px = ((1.5 * sigma_px).ceil() as usize).min(rows.min(cols) / 4);
        Self {
            rows,
            cols,
            fractions,
            margin_px,
        }
    }

    /// Whether the prediction of a pixel rests on the map alone.
    pub fn is_inner(&self, index: usize) -> bool {
        let (col, row) = (index % self.cols, index / self.cols);
        let m = self.margin_px;
        col >= m && row >= m && col + m < self.cols && row + m < self.rows
    }

    /// Grey value of each category that explains `values` best by weighted least squares, drawn
    /// slightly to the overall mean so that a category of a few pixels stays sane.
    pub fn category_greys(&self, values: &[f32], weights: &[f32]) -> Vec<f64> {
        let n = self.fractions.len();
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
                        let fa = weight * f64::from(self.fractions[a][index]);
                        if fa == 0.0 {
                            continue;
                        }
                        right[a] += fa * value;
                        for b in a..n {
                            normal[(a, b)] += fa * f64::from(self.fractions[b][index]);
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
        let ridge = sums[0] * 1e-5 + 1e-12;
        for a in 0..n {
            for b in 0..a {
                normal[(a, b)] = normal[(b, a)];
            }
            normal[(a, a)] += ridge;
            right[a] += ridge * mean;
        }
        normal.cholesky().map_or_else(
            || vec![mean; n],
            |factor| factor.solve(&right).as_slice().to_vec(),
        )
    }

    /// The predicted grey values for given greys of the categories.
    pub fn image(&self, greys: &[f64]) -> Vec<f32> {
        let mut image = vec![0f32; self.rows * self.cols];
        for (fractions, &grey) in self.fractions.iter().zip(greys) {
            let grey = grey as f32;
            for (out, &fraction) in image.iter_mut().zip(fractions) {
                *out += grey * fraction;
            }
        }
        image
    }
}
