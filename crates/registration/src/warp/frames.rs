//! How far frames that are known to lie out of place have still to go.
//!
//! Each pixel's residual and gradient say how a shift within the plane would bring map and CT
//! together; their normal equations are summed over each frame.

use nalgebra::{Matrix2, Vector2};

use crate::fit::observation::Observation;
use crate::placement::frames::Frames;

/// Usual shift of a frame before the data speak (standard deviation an axis), in voxels.
pub(crate) const USUAL_SHIFT_VOX: f64 = 1.0;

/// Moves the shifts of frames by what the residuals say. `axes` are unit vectors along the map's
/// columns, across, and along its normal; so many pixels count as one.
pub(crate) fn improve(
    frames: &mut Frames,
    observation: &Observation,
    axes: &[[f64; 3]; 3],
    [rows, cols]: [usize; 2],
    correlated_pixels: f64,
) {
    let prior = Matrix2::identity() / (USUAL_SHIFT_VOX * USUAL_SHIFT_VOX);
    let spans = frames.spans(rows, cols);
    for (shift, [across, down]) in frames.shifts_vox.iter_mut().zip(spans) {
        let (mut normal, mut right) = (prior, -prior * Vector2::from(*shift));
        for row in down {
            for i in across.clone().map(|col| row * cols + col) {
                let weight = f64::from(observation.weights[i]) / correlated_pixels;
                if weight > 0.0 {
                    let gradient = observation.gradients[i].map(f64::from);
                    let along =
                        |axis: &[f64; 3]| (0..3).map(|k| axis[k] * gradient[k]).sum::<f64>();
                    let slope = Vector2::new(along(&axes[0]), along(&axes[1]));
                    normal += weight * slope * slope.transpose();
                    right -= weight * f64::from(observation.residuals[i]) * slope;
                }
            }
        }
        if let Some(factor) = normal.cholesky() {
            let step = factor.solve(&right);
            shift[0] += step.x;
            shift[1] += step.y;
        }
    }
}
