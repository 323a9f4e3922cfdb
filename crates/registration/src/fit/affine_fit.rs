use corelith_core::CtFromMap;
use nalgebra::{SMatrix, SVector, Vector3};
use rayon::prelude::*;

use crate::fit::observation::Observation;
use crate::fit::prediction::Prediction;
use crate::fit::slab::Slab;
use crate::placement::warp::Warp;

type Normal = SMatrix<f64, 9, 9>;
type Right = SVector<f64, 9>;

/// Gauss-Newton least squares of the nine numbers of an affine pose, a displacement left as it is.
///
/// Ends when the plane moves less than a hundredth of a voxel, or after `rounds`. Looks at
/// every `stride`-th pixel both ways.
pub(crate) fn fit(
    slab: &Slab,
    prediction: &Prediction<'_>,
    (start, warp): (CtFromMap, Option<&Warp>),
    rounds: usize,
    stride: usize,
) -> CtFromMap {
    let mut pose = start;
    for _ in 0..rounds {
        let observation = Observation::new(slab, prediction, &pose, warp, stride);
        let Some((next, moved)) = step(&observation, prediction, &pose) else {
            break;
        };
        pose = next;
        if moved < 0.01 {
            break;
        }
    }
    pose
}

/// One step: the pose after it, and how far the corners of the map moved at most, in voxels.
fn step(
    observation: &Observation,
    prediction: &Prediction<'_>,
    pose: &CtFromMap,
) -> Option<(CtFromMap, f64)> {
    let (rows, cols) = (prediction.rows, prediction.cols);
    let (half_cols, half_rows) = (cols as f64 / 2.0, rows as f64 / 2.0);
    let (normal, right) = (0..rows)
        .into_par_iter()
        .map(|row| {
            let mut normal = Normal::zeros();
            let mut right = Right::zeros();
            let v = row as f64 / half_rows - 1.0;
            for col in 0..cols {
                let i = row * cols + col;
                let weight = f64::from(observation.weights[i]);
                if weight <= 0.0 {
                    continue;
                }
                let u = col as f64 / half_cols - 1.0;
                let g = observation.gradients[i].map(f64::from);
                let jacobian = Right::from([
                    g[0],
                    g[1],
                    g[2],
                    g[0] * u,
                    g[1] * u,
                    g[2] * u,
                    g[0] * v,
                    g[1] * v,
                    g[2] * v,
                ]);
                normal.syger(weight, &jacobian, &jacobian, 1.0);
                right.axpy(
                    -weight * f64::from(observation.residuals[i]),
                    &jacobian,
                    1.0,
                );
            }
            (normal, right)
        })
        .collect::<Vec<_>>()
        .into_iter()
        .fold((Normal::zeros(), Right::zeros()), |a, b| {
            (a.0 + b.0, a.1 + b.1)
        });
    let mut normal = normal;
    normal.fill_upper_triangle_with_lower_triangle();
    let damping = 1e-6 * normal.trace() / 9.0;
    for i in 0..9 {
        normal[(i, i)] += damping;
    }
    let delta = normal.cholesky()?.solve(&right);
    let part = |from: usize| Vector3::new(delta[from], delta[from + 1], delta[from + 2]);
    let (shift, along, across) = (part(0), part(3), part(6));
    let moved = shift.norm() + along.norm() + across.norm();
    if !moved.is_finite() {
        return None;
    }
    // Far steps leave the range in which the grey values are linear.
    let share = (3.0 / moved).min(1.0);
    let (shift, along, across) = (shift * share, along * share, across * share);
    let next = CtFromMap::new(
        pose.du_vox() + along / half_cols,
        pose.dv_vox() + across / half_rows,
        pose.origin_vox() + shift - along - across,
    );
    Some((next, moved * share))
}
