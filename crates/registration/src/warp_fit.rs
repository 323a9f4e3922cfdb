//! Regularised least squares of the smooth displacement.
//!
//! The data term is Gauss-Newton on the grey values; the prior is a Matern field of smoothness 1,
//! whose precision is the square of the operator `kappa² - Laplacian` (Lindgren, Rue and Lindström
//! 2011, doi 10.1111/j.1467-9868.2011.00777.x). Draws from the posterior tell how far the result
//! may be off (perturb and maximise: Papandreou and Yuille 2010).

use corelith_core::CtFromMap;
use nalgebra::{Cholesky, Const, Matrix3, SMatrix, SVector, Vector3};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::observation::Observation;
use crate::pose::frame_of;
use crate::prediction::Prediction;
use crate::settings::WarpSettings;
use crate::slab::Slab;
use crate::warp::Warp;

/// Rounds of Gauss-Newton at most.
const ROUNDS: usize = 10;
/// Draws from the posterior.
const DRAWS: usize = 8;
/// What the model leaves out (rims that are rough together, blur that varies) makes true errors
/// larger than the posterior says, by this factor at 68 % of maps; measured on phantoms.
const MODEL_ERROR: f64 = 1.6;

/// The fitted displacement.
pub(crate) struct WarpFit {
    /// The affine pose, with what is affine in the displacement taken over.
    pub pose: CtFromMap,
    pub warp: Warp,
    /// Expected mean distance to the true positions, in voxels.
    pub uncertainty_vox: f64,
    /// See [`Observation::correlated_pixels`].
    pub correlated_pixels: f64,
}

pub(crate) fn fit(
    slab: &Slab,
    prediction: &Prediction,
    start: CtFromMap,
    settings: &WarpSettings,
    correlation_reach: usize,
    seed: u64,
) -> WarpFit {
    let mut pose = start;
    let (rows, cols) = (prediction.rows, prediction.cols);
    let pixel_vox = (pose.du_vox().norm() * pose.dv_vox().norm()).sqrt();
    let spacing_px = (settings.spacing_vox / pixel_vox).max(2.0);
    let mut warp = Warp::zero(rows, cols, spacing_px, frame_of(&pose));
    let prior = Prior::new(settings, &warp, spacing_px * pixel_vox);
    let modes = AffineModes::new(&warp, rows, cols);
    let mut correlated_pixels = 1.0;
    let mut system = None;
    for _ in 0..ROUNDS {
        let observation = Observation::new(slab, prediction, &pose, Some(&warp));
        if observation.used() < 16 {
            break;
        }
        correlated_pixels = observation.correlated_pixels(cols, correlation_reach);
        let current = System::new(&observation, prediction, &warp, correlated_pixels);
        let right = Unknowns {
            bending: difference(&current.right, &prior.apply(&warp.control_vox)),
            affine: modes.project(&current.right),
        };
        let delta = solve(&current, &prior, &modes, &right);
        let moved = modes
            .total(&delta)
            .iter()
            .flatten()
            .fold(0.0, |most: f64, d| most.max(d.abs()));
        for (control, d) in warp.control_vox.iter_mut().zip(&delta.bending) {
            for (c, d) in control.iter_mut().zip(d) {
                *c += d;
            }
        }
        pose = modes.add_to(&pose, &warp, &delta.affine);
        system = Some(current);
        if moved < 0.01 {
            break;
        }
    }
    let uncertainty_vox = system.map_or(f64::INFINITY, |system| {
        posterior_spread(&system, &prior, &modes, &warp, [rows, cols], seed)
    });
    WarpFit {
        pose,
        warp,
        uncertainty_vox,
        correlated_pixels,
    }
}

type Field = Vec<[f64; 3]>;

fn difference(from: &Field, what: &Field) -> Field {
    from.iter()
        .zip(what)
        .map(|(a, b)| std::array::from_fn(|axis| a[axis] - b[axis]))
        .collect()
}

fn dot(a: &Field, b: &Field) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
        .sum()
}

/// Precision of the displacement before the data speak.
struct Prior {
    grid_rows: usize,
    grid_cols: usize,
    kappa2: f64,
    spacing_vox: f64,
    /// Factor of the squared operator for each component; infinite for one that is held at zero.
    strength: [f64; 3],
}

impl Prior {
    fn new(settings: &WarpSettings, warp: &Warp, spacing_vox: f64) -> Self {
        let kappa2 = 8.0 / settings.range_vox.powi(2);
        let strength = |deviation: f64| {
            spacing_vox.powi(2) / (4.0 * std::f64::consts::PI * kappa2 * deviation.powi(2))
        };
        let (within, out) = (
            strength(settings.in_plane_vox),
            strength(settings.out_of_plane_vox),
        );
        Self {
            grid_rows: warp.grid_rows,
            grid_cols: warp.grid_cols,
            kappa2,
            spacing_vox,
            strength: [within, within, out],
        }
    }

    /// `kappa² - Laplacian`, with no flow across the border.
    fn operator(&self, field: &Field) -> Field {
        let (rows, cols) = (self.grid_rows, self.grid_cols);
        let inverse = 1.0 / self.spacing_vox.powi(2);
        let mut out = vec![[0.0; 3]; field.len()];
        for i in 0..rows {
            for j in 0..cols {
                let centre = field[i * cols + j];
                let mut sum = centre.map(|c| self.kappa2 * c);
                let mut flow = |k: usize| {
                    for ((s, c), n) in sum.iter_mut().zip(centre).zip(field[k]) {
                        *s += (c - n) * inverse;
                    }
                };
                if i > 0 {
                    flow((i - 1) * cols + j);
                }
                if i + 1 < rows {
                    flow((i + 1) * cols + j);
                }
                if j > 0 {
                    flow(i * cols + j - 1);
                }
                if j + 1 < cols {
                    flow(i * cols + j + 1);
                }
                out[i * cols + j] = sum;
            }
        }
        out
    }

    fn apply(&self, field: &Field) -> Field {
        let mut out = self.operator(&self.operator(field));
        for value in &mut out {
            for (v, strength) in value.iter_mut().zip(self.strength) {
                *v = if strength.is_finite() {
                    *v * strength
                } else {
                    0.0
                };
            }
        }
        out
    }

    fn diagonal(&self) -> [f64; 3] {
        let inverse = 1.0 / self.spacing_vox.powi(2);
        let square = (self.kappa2 + 4.0 * inverse).powi(2) + 4.0 * inverse * inverse;
        self.strength.map(|s| s * square)
    }

    /// A random right-hand side with this precision as its covariance.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Field {
        let noise: Field = (0..self.grid_rows * self.grid_cols)
            .map(|_| std::array::from_fn(|_| normal(rng)))
            .collect();
        let mut out = self.operator(&noise);
        for value in &mut out {
            for (v, strength) in value.iter_mut().zip(self.strength) {
                *v = if strength.is_finite() {
                    *v * strength.sqrt()
                } else {
                    0.0
                };
            }
        }
        out
    }
}

/// A standard normal number (Box and Muller).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    use rand::RngExt as _;
    let (a, b): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// Normal equations of the data term, one dense block a cell of the control grid.
struct System {
    cells: Vec<Cell>,
    right: Field,
    diagonal: Field,
    grid_cols: usize,
}

struct Cell {
    place: [usize; 2],
    /// Block `(a, b)` of the sixteen control points, symmetric 3 x 3 as xx, xy, xz, yy, yz, zz.
    blocks: Vec<[f64; 6]>,
    right: [[f64; 3]; 16],
    /// A factor of the blocks for draws: what noise of unit variance at the pixels adds up to is
    /// drawn from these rows, one a pixel that counts.
    rows: Vec<([f32; 16], [f32; 3])>,
}

impl System {
    fn new(
        observation: &Observation,
        prediction: &Prediction,
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
                    blocks: vec![[0.0; 6]; 256],
                    right: [[0.0; 3]; 16],
                    rows: Vec::new(),
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
        let mut diagonal = right.clone();
        for cell in &cells {
            for k in 0..16 {
                let control = warp.control_index(cell.place, k);
                let block = cell.blocks[k * 16 + k];
                for axis in 0..3 {
                    right[control][axis] += cell.right[k][axis];
                    diagonal[control][axis] += block[[0, 3, 5][axis]];
                }
            }
        }
        Self {
            cells,
            right,
            diagonal,
            grid_cols: warp.grid_cols,
        }
    }

    fn control_index(&self, cell: &Cell, k: usize) -> usize {
        (cell.place[0] + k / 4) * self.grid_cols + cell.place[1] + k % 4
    }

    fn apply(&self, field: &Field) -> Field {
        let parts: Vec<[[f64; 3]; 16]> = self
            .cells
            .par_iter()
            .with_min_len(16)
            .map(|cell| {
                let input: [[f64; 3]; 16] =
                    std::array::from_fn(|k| field[self.control_index(cell, k)]);
                std::array::from_fn(|a| {
                    let mut sum = [0.0; 3];
                    for (block, x) in cell.blocks[a * 16..][..16].iter().zip(&input) {
                        sum[0] += block[0] * x[0] + block[1] * x[1] + block[2] * x[2];
                        sum[1] += block[1] * x[0] + block[3] * x[1] + block[4] * x[2];
                        sum[2] += block[2] * x[0] + block[4] * x[1] + block[5] * x[2];
                    }
                    sum
                })
            })
            .collect();
        let mut out = vec![[0.0; 3]; field.len()];
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

    /// A random right-hand side with these normal equations as its covariance.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Field {
        let mut out = vec![[0.0; 3]; self.right.len()];
        for cell in &self.cells {
            for (basis, along) in &cell.rows {
                let noise = normal(rng);
                for (k, &weight) in basis.iter().enumerate() {
                    let control = self.control_index(cell, k);
                    for (o, a) in out[control].iter_mut().zip(along) {
                        *o += noise * f64::from(weight * a);
                    }
                }
            }
        }
        out
    }
}

impl Cell {
    fn add(&mut self, basis: &[f32; 16], along: [f32; 3], weight: f32, residual: f32) {
        let [x, y, z] = along;
        let square = [x * x, x * y, x * z, y * y, y * z, z * z].map(|v| v * weight);
        for a in 0..16 {
            let scaled = square.map(|s| s * basis[a]);
            for (block, b) in self.blocks[a * 16..][..16].iter_mut().zip(basis) {
                for (sum, s) in block.iter_mut().zip(scaled) {
                    *sum += f64::from(s * b);
                }
            }
            for (sum, d) in self.right[a].iter_mut().zip(along) {
                *sum -= f64::from(weight * residual * basis[a] * d);
            }
        }
        let root = weight.sqrt();
        self.rows.push((*basis, along.map(|a| a * root)));
    }
}

/// What is solved for: the bending, which the prior holds, and an affine motion, which is free.
#[derive(Clone)]
struct Unknowns {
    bending: Field,
    /// Constant, along columns, along rows; each by the three components.
    affine: [[f64; 3]; 3],
}

impl Unknowns {
    fn dot(&self, other: &Self) -> f64 {
        let affine: f64 = self
            .affine
            .iter()
            .flatten()
            .zip(other.affine.iter().flatten())
            .map(|(a, b)| a * b)
            .sum();
        affine + dot(&self.bending, &other.bending)
    }

    fn add(&mut self, factor: f64, other: &Self) {
        let pairs = self.bending.iter_mut().zip(&other.bending);
        for (a, b) in pairs.chain(self.affine.iter_mut().zip(&other.affine)) {
            for (a, b) in a.iter_mut().zip(b) {
                *a += factor * b;
            }
        }
    }
}

/// The affine motions as control points: a cubic B-spline with control points on an affine
/// function is that function.
struct AffineModes {
    values: Vec<[f64; 3]>,
    half_cols: f64,
    half_rows: f64,
}

impl AffineModes {
    fn new(warp: &Warp, rows: usize, cols: usize) -> Self {
        let (half_cols, half_rows) = (cols as f64 / 2.0, rows as f64 / 2.0);
        let at = |i: usize| warp.origin_px + i as f64 * warp.spacing_px;
        let values = (0..warp.control_vox.len())
            .map(|index| {
                [
                    1.0,
                    at(index % warp.grid_cols) / half_cols - 1.0,
                    at(index / warp.grid_cols) / half_rows - 1.0,
                ]
            })
            .collect();
        Self {
            values,
            half_cols,
            half_rows,
        }
    }

    /// Bending and affine motion together, as control points.
    fn total(&self, unknowns: &Unknowns) -> Field {
        unknowns
            .bending
            .iter()
            .zip(&self.values)
            .map(|(bending, modes)| {
                std::array::from_fn(|axis| {
                    bending[axis]
                        + (0..3)
                            .map(|mode| modes[mode] * unknowns.affine[mode][axis])
                            .sum::<f64>()
                })
            })
            .collect()
    }

    /// The adjoint of the affine part of [`Self::total`].
    fn project(&self, field: &Field) -> [[f64; 3]; 3] {
        let mut sums = [[0.0; 3]; 3];
        for (value, modes) in field.iter().zip(&self.values) {
            for (sum, mode) in sums.iter_mut().zip(modes) {
                for (s, v) in sum.iter_mut().zip(value) {
                    *s += mode * v;
                }
            }
        }
        sums
    }

    /// The pose after an affine motion.
    fn add_to(&self, pose: &CtFromMap, warp: &Warp, affine: &[[f64; 3]; 3]) -> CtFromMap {
        let axes = Matrix3::from_columns(&warp.axes.map(Vector3::from));
        let [shift, along, across] = affine.map(|mode| axes * Vector3::from(mode));
        CtFromMap::new(
            pose.du_vox() + along / self.half_cols,
            pose.dv_vox() + across / self.half_rows,
            pose.origin_vox() + shift - along - across,
        )
    }

    /// Factor of the data term's normal equations for the affine motions alone.
    fn factor(&self, system: &System) -> Option<Cholesky<f64, Const<9>>> {
        let mut normal = SMatrix::<f64, 9, 9>::zeros();
        for column in 0..9 {
            let mut unit = Unknowns {
                bending: vec![[0.0; 3]; self.values.len()],
                affine: [[0.0; 3]; 3],
            };
            unit.affine[column / 3][column % 3] = 1.0;
            let image = self.project(&system.apply(&self.total(&unit)));
            for row in 0..9 {
                normal[(row, column)] = image[row / 3][row % 3];
            }
        }
        let damping = 1e-9 * normal.trace() + 1e-12;
        for i in 0..9 {
            normal[(i, i)] += damping;
        }
        normal.cholesky()
    }
}

/// Conjugate gradients; preconditioned by the diagonal of the bending and by the affine motions'
/// own normal equations.
fn solve(system: &System, prior: &Prior, modes: &AffineModes, right: &Unknowns) -> Unknowns {
    let prior_diagonal = prior.diagonal();
    let scale: Field = system
        .diagonal
        .iter()
        .map(|d| {
            std::array::from_fn(|axis| {
                let sum = d[axis] + prior_diagonal[axis];
                if sum.is_finite() { 1.0 / sum } else { 0.0 }
            })
        })
        .collect();
    let factor = modes.factor(system);
    let precondition = |residual: &Unknowns| {
        let bending = residual
            .bending
            .iter()
            .zip(&scale)
            .map(|(r, s)| std::array::from_fn(|axis| r[axis] * s[axis]))
            .collect();
        let flat = SVector::<f64, 9>::from_fn(|i, _| residual.affine[i / 3][i % 3]);
        let solved = factor.as_ref().map_or(flat, |factor| factor.solve(&flat));
        Unknowns {
            bending,
            affine: std::array::from_fn(|mode| std::array::from_fn(|axis| solved[3 * mode + axis])),
        }
    };
    let apply = |unknowns: &Unknowns| {
        let image = system.apply(&modes.total(unknowns));
        let affine = modes.project(&image);
        let mut bending = image;
        for (a, b) in bending.iter_mut().zip(prior.apply(&unknowns.bending)) {
            for (a, b) in a.iter_mut().zip(b) {
                *a += b;
            }
        }
        Unknowns { bending, affine }
    };
    let mut x = Unknowns {
        bending: vec![[0.0; 3]; right.bending.len()],
        affine: [[0.0; 3]; 3],
    };
    let mut residual = right.clone();
    let mut direction = precondition(&residual);
    let mut energy = residual.dot(&direction);
    let target = energy * 1e-8;
    for _ in 0..400 {
        if energy <= target || energy <= 0.0 {
            break;
        }
        let image = apply(&direction);
        let length = energy / direction.dot(&image);
        x.add(length, &direction);
        residual.add(-length, &image);
        let mut next_direction = precondition(&residual);
        let next = residual.dot(&next_direction);
        next_direction.add(next / energy, &direction);
        direction = next_direction;
        energy = next;
    }
    x
}

/// Expected mean distance to the truth, in voxels: from draws from the posterior.
fn posterior_spread(
    system: &System,
    prior: &Prior,
    modes: &AffineModes,
    warp: &Warp,
    [rows, cols]: [usize; 2],
    seed: u64,
) -> f64 {
    let stride = (rows.max(cols) / 48).max(1);
    let lengths: Vec<f64> = (0..DRAWS as u64)
        .into_par_iter()
        .map(|draw| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (draw << 32));
            let data = system.draw(&mut rng);
            let affine = modes.project(&data);
            let mut bending = data;
            for (a, b) in bending.iter_mut().zip(prior.draw(&mut rng)) {
                for (a, b) in a.iter_mut().zip(b) {
                    *a += b;
                }
            }
            let drawn = solve(system, prior, modes, &Unknowns { bending, affine });
            let mut off = warp.clone();
            off.control_vox = modes.total(&drawn);
            let (mut sum, mut count) = (0.0, 0usize);
            for row in (0..rows).step_by(stride) {
                for col in (0..cols).step_by(stride) {
                    sum += off.displacement(col as f64, row as f64).norm();
                    count += 1;
                }
            }
            sum / count.max(1) as f64
        })
        .collect();
    MODEL_ERROR * lengths.iter().sum::<f64>() / lengths.len() as f64
}
