//! Finds the frames of a mosaic and how far each lies out of place.
//!
//! Each pixel's residual and gradient say how a shift within the plane would bring map and CT
//! together. Their normal equations are summed once to tables, from which the sum over any
//! rectangle is had at once (Crow 1984), so that every division of the map into equal frames can be
//! tried.

use nalgebra::{Matrix2, Vector2};

use crate::fit::observation::Observation;
use crate::placement::frames::Frames;

/// Frames along a side at most.
const MOST_FRAMES: usize = 10;
/// Shortest side of a frame, in pixels and in voxels.
const LEAST_SIDE_PX: f64 = 32.0;
const LEAST_SIDE_VOX: f64 = 16.0;
/// Usual shift of a frame before the data speak (standard deviation an axis), in voxels.
const USUAL_SHIFT_VOX: f64 = 1.0;
/// Least gain in evidence of a division into frames over a single frame, in nats.
const LEAST_GAIN: f64 = 12.0;
/// Frames whose shifts are smaller, root mean square in voxels, are left to the smooth displacement.
const LEAST_SHIFT_VOX: f64 = 0.4;

/// The equations for shifts within the plane, summed over the pixels above and left of each.
pub(crate) struct ShiftEquations {
    /// Products of the gradients along columns and across (uu, uv, vv), then minus the products
    /// with the residual.
    sums: Vec<[f64; 5]>,
    rows: usize,
    cols: usize,
}

impl ShiftEquations {
    /// `axes` are unit vectors along the map's columns, across, and along its normal; so many
    /// pixels count as one.
    pub fn new(
        observation: &Observation,
        axes: &[[f64; 3]; 3],
        [rows, cols]: [usize; 2],
        correlated_pixels: f64,
    ) -> Self {
        let wide = cols + 1;
        let mut sums = vec![[0.0; 5]; (rows + 1) * wide];
        for row in 0..rows {
            let mut line = [0.0; 5];
            for col in 0..cols {
                let i = row * cols + col;
                let weight = f64::from(observation.weights[i]) / correlated_pixels;
                if weight > 0.0 {
                    let gradient = observation.gradients[i].map(f64::from);
                    let along =
                        |axis: &[f64; 3]| (0..3).map(|k| axis[k] * gradient[k]).sum::<f64>();
                    let (u, v) = (along(&axes[0]), along(&axes[1]));
                    let residual = f64::from(observation.residuals[i]);
                    let terms = [u * u, u * v, v * v, -residual * u, -residual * v];
                    for (sum, term) in line.iter_mut().zip(terms) {
                        *sum += weight * term;
                    }
                }
                let above = sums[row * wide + col + 1];
                let here = &mut sums[(row + 1) * wide + col + 1];
                for k in 0..5 {
                    here[k] = above[k] + line[k];
                }
            }
        }
        Self { sums, rows, cols }
    }

    /// The shift of largest posterior density within a rectangle, and the gain in evidence that a
    /// shift of its own brings (Laplace's approximation, exact for these linear equations).
    fn shift(&self, [across, down]: &[std::ops::Range<usize>; 2]) -> ([f64; 2], f64) {
        let at = |row: usize, col: usize| self.sums[row * (self.cols + 1) + col];
        let corners = [
            at(down.end, across.end),
            at(down.start, across.end),
            at(down.end, across.start),
            at(down.start, across.start),
        ];
        let [uu, uv, vv, u, v]: [f64; 5] =
            std::array::from_fn(|k| corners[0][k] - corners[1][k] - corners[2][k] + corners[3][k]);
        let prior = Matrix2::identity() / (USUAL_SHIFT_VOX * USUAL_SHIFT_VOX);
        let (normal, right) = (Matrix2::new(uu, uv, uv, vv) + prior, Vector2::new(u, v));
        let Some(factor) = normal.cholesky() else {
            return ([0.0; 2], 0.0);
        };
        let shift = factor.solve(&right);
        let gain =
            0.5 * right.dot(&shift) - 0.5 * (normal.determinant() / prior.determinant()).ln();
        ([shift.x, shift.y], gain)
    }

    /// Moves the shifts of frames by what the equations say.
    pub fn improve(&self, frames: &mut Frames) {
        let spans = frames.spans(self.rows, self.cols);
        for (shift, span) in frames.shifts_vox.iter_mut().zip(&spans) {
            let (step, _) = self.shift(span);
            shift[0] += step[0];
            shift[1] += step[1];
        }
    }

    /// The division into equal frames that the data speak for most, or into frames of a given side;
    /// nothing when one frame does as well.
    pub fn frames(&self, pixel_vox: f64, frame_px: Option<f64>) -> Option<Frames> {
        let least = LEAST_SIDE_PX.max(LEAST_SIDE_VOX / pixel_vox);
        let divided = |pixels: usize, count: usize| -> Vec<usize> {
            (0..count).map(|k| k * pixels / count).collect()
        };
        let candidates: Vec<Frames> = match frame_px {
            Some(side) => {
                let starts = |pixels: usize| -> Vec<usize> {
                    (0..(pixels as f64 / side).ceil().max(1.0) as usize)
                        .map(|k| (k as f64 * side).round() as usize)
                        .collect()
                };
                vec![Frames::in_place(starts(self.cols), starts(self.rows))]
            }
            None => {
                let most = |pixels: usize| ((pixels as f64 / least) as usize).clamp(1, MOST_FRAMES);
                (1..=most(self.rows))
                    .flat_map(|down| (1..=most(self.cols)).map(move |across| (down, across)))
                    .filter(|&(down, across)| down * across > 1)
                    .map(|(down, across)| {
                        Frames::in_place(divided(self.cols, across), divided(self.rows, down))
                    })
                    .collect()
            }
        };
        let (_, one) = self.shift(&[0..self.cols, 0..self.rows]);
        let (gain, mut frames) = candidates
            .into_iter()
            .map(|frames| {
                let spans = frames.spans(self.rows, self.cols);
                let gain = spans.iter().map(|span| self.shift(span).1).sum::<f64>();
                (gain - one.max(0.0), frames)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        self.improve(&mut frames);
        let speaks =
            frame_px.is_some() || (gain >= LEAST_GAIN && frames.rms_vox() >= LEAST_SHIFT_VOX);
        speaks.then_some(frames)
    }
}
