//! Normal equations of the smooth displacement.

use nalgebra::DMatrix;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use crate::fit::observation::Observation;
use crate::fit::prediction::Prediction;
use crate::placement::warp::Warp;
use crate::warp::prior::Field;

/// Control points that carry one cell of the grid, times three components.
const CARRIERS: usize = 48;

/// Normal equations of the data term, one dense block a cell of the control grid.
pub(crate) struct System {
    cells: Vec<Cell>,
    /// Minus the gradient of the data term.
    pub right: Field,
    grid_cols: usize,
}

struct Cell {
    /// Row and column of the first of its control points.
    place: [usize; 2],
    /// Sums over its pixels of the products of the weights of control points `a` and `b` (0 to 15)
    /// and of two components of the gradient: xx, xy, xz, yy, yz, zz.
    sums: [[[f32; 16]; 16]; 6],
    right: [[f32; 3]; 16],
}

impl System {
    pub fn new(
        observation: &Observation,
        prediction: &Prediction<'_>,
        warp: &Warp,
        correlated_pixels: f64,
    ) -> Self {
        let (cell_rows, cell_cols) = (warp.grid_rows - 3, warp.grid_cols - 3);
        let axes = warp.axes.map(|axis| axis.map(|v| v as f32));
        let span = |cell: usize, cells: usize, pixels: usize| {
            let first = (cell as f64 * warp.spacing_px).ceil() as usize;
            let end = if cell + 1 == cells {
                pixels
            } else {
                (((cell + 1) as f64 * warp.spacing_px).ceil() as usize).min(pixels)
            };
            first.min(end)..end
        };
        let cells: Vec<Cell> = (0..cell_rows * cell_cols)
            .into_par_iter()
            .map(|index| {
                let place = [index / cell_cols, index % cell_cols];
                let mut cell = Cell {
                    place,
                    sums: [[[0.0; 16]; 16]; 6],
                    right: [[0.0; 3]; 16],
                };
                for row in span(place[0], cell_rows, prediction.rows) {
                    for col in span(place[1], cell_cols, prediction.cols) {
                        let i = row * prediction.cols + col;
                        let weight = observation.weights[i] / correlated_pixels as f32;
                        if weight <= 0.0 {
                            continue;
                        }
                        let g = observation.gradients[i];
                        let along = axes.map(|a| a[0] * g[0] + a[1] * g[1] + a[2] * g[2]);
                        let basis = warp.support(col as f64, row as f64).weights;
                        cell.add(&basis, along, weight, observation.residuals[i]);
                    }
                }
                cell
            })
            .collect();
        let mut right = vec![[0.0; 3]; warp.control_vox.len()];
        for cell in &cells {
            for k in 0..16 {
                let control = warp.control_index(cell.place, k);
                for (sum, &part) in right[control].iter_mut().zip(&cell.right[k]) {
                    *sum += f64::from(part);
                }
            }
        }
        Self {
            cells,
            right,
            grid_cols: warp.grid_cols,
        }
    }

    fn control_index(&self, cell: &Cell, k: usize) -> usize {
        (cell.place[0] + k / 4) * self.grid_cols + cell.place[1] + k % 4
    }

    /// The normal equations times a field.
    pub fn apply(&self, field: &Field) -> Field {
        let parts: Vec<[[f64; 3]; 16]> = self
            .cells
            .par_iter()
            .with_min_len(16)
            .map(|cell| {
                let input: [[f64; 3]; 16] =
                    std::array::from_fn(|k| field[self.control_index(cell, k)]);
                cell.apply(&input)
            })
            .collect();
        self.spread(&parts)
    }

    /// A random right-hand side with these normal equations as its covariance.
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> Field {
        let parts: Vec<[[f64; 3]; 16]> = self.cells.iter().map(|cell| cell.draw(rng)).collect();
        self.spread(&parts)
    }

    fn spread(&self, parts: &[[[f64; 3]; 16]]) -> Field {
        let mut out = vec![[0.0; 3]; self.right.len()];
        for (cell, part) in self.cells.iter().zip(parts) {
            for (k, value) in part.iter().enumerate() {
                let control = self.control_index(cell, k);
                for (o, v) in out[control].iter_mut().zip(value) {
                    *o += v;
                }
            }
        }
        out
    }
}

impl Cell {
    fn add(&mut self, basis: &[f32; 16], along: [f32; 3], weight: f32, residual: f32) {
        let [x, y, z] = along;
        let products = [x * x, x * y, x * z, y * y, y * z, z * z];
        for (sums, product) in self.sums.iter_mut().zip(products) {
            for (line, &a) in sums.iter_mut().zip(basis) {
                let scaled = weight * product * a;
                for (sum, &b) in line.iter_mut().zip(basis) {
                    *sum += scaled * b;
                }
            }
        }
        for (right, &a) in self.right.iter_mut().zip(basis) {
            for (sum, d) in right.iter_mut().zip(along) {
                *sum -= weight * residual * a * d;
            }
        }
    }

    /// Entry of components `i` and `j` of control points `a` and `b`.
    #[inline]
    fn entry(&self, a: usize, i: usize, b: usize, j: usize) -> f64 {
        const PAIR: [[usize; 3]; 3] = [[0, 1, 2], [1, 3, 4], [2, 4, 5]];
        f64::from(self.sums[PAIR[i][j]][a][b])
    }

    fn apply(&self, input: &[[f64; 3]; 16]) -> [[f64; 3]; 16] {
        let [xx, xy, xz, yy, yz, zz] = &self.sums;
        std::array::from_fn(|a| {
            let mut sum = [0.0; 3];
            for (b, v) in input.iter().enumerate() {
                let [xx, xy, xz, yy, yz, zz] =
                    [xx, xy, xz, yy, yz, zz].map(|sums| f64::from(sums[a][b]));
                sum[0] += xx * v[0] + xy * v[1] + xz * v[2];
                sum[1] += xy * v[0] + yy * v[1] + yz * v[2];
                sum[2] += xz * v[0] + yz * v[1] + zz * v[2];
            }
            sum
        })
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> [[f64; 3]; 16] {
        let mut block = DMatrix::from_fn(CARRIERS, CARRIERS, |i, j| {
            self.entry(i / 3, i % 3, j / 3, j % 3)
        });
        // Few pixels leave the block singular.
        let lift = 1e-5 * block.trace() / CARRIERS as f64 + 1e-12;
        for i in 0..CARRIERS {
            block[(i, i)] += lift;
        }
        let noise: [f64; CARRIERS] = std::array::from_fn(|_| rng.sample(StandardNormal));
        let mut out = [[0.0; 3]; 16];
        if let Some(factor) = block.cholesky() {
            let lower = factor.l_dirty();
            for i in 0..CARRIERS {
                out[i / 3][i % 3] = (0..=i).map(|j| lower[(i, j)] * noise[j]).sum();
            }
        }
        out
    }
}
