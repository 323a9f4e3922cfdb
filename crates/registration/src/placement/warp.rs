use corelith_core::Raster;
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};

use crate::placement::cubic;
use crate::placement::frames::Frames;

/// Displacement added to an affine pose: a cubic B-spline over the map, and the shifts of the frames
/// of a mosaic.
///
/// Control point `(i, j)` (row `i`, column `j` of the grid) lies at map pixel
/// `(origin_px + j * spacing_px, origin_px + i * spacing_px)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warp {
    /// Rows of the control grid.
    pub grid_rows: usize,
    /// Columns of the control grid.
    pub grid_cols: usize,
    /// Distance between control points, in map pixels.
    pub spacing_px: f64,
    /// Column and row of the first control point, in map pixels.
    pub origin_px: f64,
    /// Unit vectors `(x, y, z)` in the CT of the three components: along the map's columns, across,
    /// and along the plane's normal.
    pub axes: [[f64; 3]; 3],
    /// Coefficients in voxels, one triple a control point, row by row.
    pub control_vox: Vec<[f64; 3]>,
    /// Frames that lie out of place.
    pub frames: Option<Frames>,
}

/// The sixteen control points that carry a map point, and their weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Support {
    /// Grid row and column of the first.
    pub cell: [usize; 2],
    pub weights: [f32; 16],
}

impl Warp {
    /// No displacement, with a control point at least every `spacing_px` pixels.
    pub(crate) fn zero(rows: usize, cols: usize, spacing_px: f64, axes: [Vector3<f64>; 3]) -> Self {
        let points = |n: usize| ((n as f64 - 1.0) / spacing_px).floor() as usize + 4;
        let (grid_rows, grid_cols) = (points(rows), points(cols));
        Self {
            grid_rows,
            grid_cols,
            spacing_px,
            origin_px: -spacing_px,
            axes: axes.map(Into::into),
            control_vox: vec![[0.0; 3]; grid_rows * grid_cols],
            frames: None,
        }
    }

    pub(crate) fn support(&self, col: f64, row: f64) -> Support {
        let locate = |at: f64, n: usize| {
            let position = (at - self.origin_px) / self.spacing_px - 1.0;
            let cell = position.floor().clamp(0.0, n as f64 - 4.0);
            (cell as usize, cubic::weights((position - cell) as f32))
        };
        let (cell_col, wx) = locate(col, self.grid_cols);
        let (cell_row, wy) = locate(row, self.grid_rows);
        Support {
            cell: [cell_row, cell_col],
            weights: std::array::from_fn(|k| wy[k / 4] * wx[k % 4]),
        }
    }

    /// Index in [`Self::control_vox`] of control point `k` (0 to 15) of a support.
    #[inline]
    pub(crate) fn control_index(&self, cell: [usize; 2], k: usize) -> usize {
        (cell[0] + k / 4) * self.grid_cols + cell[1] + k % 4
    }

    /// Displacement along the three [`Self::axes`] at a map point, in voxels.
    pub fn components(&self, col: f64, row: f64) -> [f64; 3] {
        let support = self.support(col, row);
        let mut sum = [0.0; 3];
        for (k, &weight) in support.weights.iter().enumerate() {
            let control = self.control_vox[self.control_index(support.cell, k)];
            for (s, c) in sum.iter_mut().zip(control) {
                *s += f64::from(weight) * c;
            }
        }
        if let Some(frames) = &self.frames {
            for (s, shift) in sum.iter_mut().zip(frames.shift_vox(col, row)) {
                *s += shift;
            }
        }
        sum
    }

    /// Displacement `(x, y, z)` at a map point, in voxels.
    pub fn displacement(&self, col: f64, row: f64) -> Vector3<f64> {
        let components = self.components(col, row);
        self.axes
            .iter()
            .zip(components)
            .fold(Vector3::zeros(), |sum, (axis, length)| {
                sum + Vector3::from(*axis) * length
            })
    }

    /// Largest displacement over the pixels of a map, in voxels.
    pub fn max_vox(&self, rows: usize, cols: usize) -> f64 {
        Raster::from_fn(rows, cols, |col, row| {
            self.displacement(col as f64, row as f64).norm()
        })
        .data()
        .iter()
        .copied()
        .fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_control_points_displace_everything_alike() {
        let axes = [Vector3::x(), Vector3::y(), Vector3::z()];
        let mut warp = Warp::zero(50, 70, 12.0, axes);
        warp.control_vox.fill([1.0, 2.0, 3.0]);
        for (col, row) in [(0.0, 0.0), (69.0, 49.0), (33.3, 12.7)] {
            let d = warp.displacement(col, row);
            assert!((d - Vector3::new(1.0, 2.0, 3.0)).norm() < 1e-5, "{d}");
        }
    }

    #[test]
    fn linear_control_points_reproduce_a_linear_field() {
        let axes = [Vector3::x(), Vector3::y(), Vector3::z()];
        let mut warp = Warp::zero(50, 70, 12.0, axes);
        for i in 0..warp.grid_rows {
            for j in 0..warp.grid_cols {
                let col = warp.origin_px + j as f64 * warp.spacing_px;
                warp.control_vox[i * warp.grid_cols + j] = [0.1 * col, 0.0, 0.0];
            }
        }
        assert!((warp.displacement(31.0, 8.0).x - 3.1).abs() < 1e-4);
    }
}
