use corelith_core::CtFromMap;
use nalgebra::{Cholesky, Const, Matrix3, SMatrix, Vector3};

use crate::placement::warp::Warp;
use crate::warp::prior::Field;
use crate::warp::shape_prior::ShapePrior;
use crate::warp::system::System;

/// Displacement by an affine motion: constant, along columns, along rows; each by the three
/// components.
pub(crate) type Affine = [[f64; 3]; 3];

/// The affine motions as control points: a cubic B-spline with control points on an affine
/// function is that function.
pub(crate) struct AffineModes {
    values: Vec<[f64; 3]>,
    half_cols: f64,
    half_rows: f64,
}

impl AffineModes {
    pub fn new(warp: &Warp, rows: usize, cols: usize) -> Self {
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

    /// Adds an affine motion to control points.
    pub fn add(&self, affine: &Affine, field: &mut Field) {
        for (value, modes) in field.iter_mut().zip(&self.values) {
            for (mode, motion) in modes.iter().zip(affine) {
                for (v, m) in value.iter_mut().zip(motion) {
                    *v += mode * m;
                }
            }
        }
    }

    /// The adjoint of [`Self::add`].
    pub fn project(&self, field: &Field) -> Affine {
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
    pub fn moved(&self, pose: &CtFromMap, warp: &Warp, affine: &Affine) -> CtFromMap {
        let axes = Matrix3::from_columns(&warp.axes.map(Vector3::from));
        let [shift, along, across] = affine.map(|mode| axes * Vector3::from(mode));
        CtFromMap::new(
            pose.du_vox() + along / self.half_cols,
            pose.dv_vox() + across / self.half_rows,
            pose.origin_vox() + shift - along - across,
        )
    }

    /// Factor of the normal equations for the affine motions alone.
    pub fn factor(&self, system: &System, shape: &ShapePrior) -> Option<Cholesky<f64, Const<9>>> {
        let mut normal = SMatrix::<f64, 9, 9>::zeros();
        for column in 0..9 {
            let mut affine = [[0.0; 3]; 3];
            affine[column / 3][column % 3] = 1.0;
            let mut field = vec![[0.0; 3]; self.values.len()];
            self.add(&affine, &mut field);
            let image = self.project(&system.apply(&field));
            for row in 0..9 {
                normal[(row, column)] = image[row / 3][row % 3];
            }
        }
        normal += shape.normal();
        let damping = 1e-9 * normal.trace() + 1e-12;
        for i in 0..9 {
            normal[(i, i)] += damping;
        }
        normal.cholesky()
    }
}
