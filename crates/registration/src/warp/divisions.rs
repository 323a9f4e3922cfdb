//! Finds the frames of a mosaic and roughly how far each lies out of place.
//!
//! What the map costs is summed for every shift of a grid, up to every line that may part frames, so
//! that any division of the map into equal frames is judged at once (summed tables: Crow 1984).
//! Nothing is linear here: a frame may lie farther off than the CT's greys are.

use std::ops::Range;

use rayon::prelude::*;

use corelith_core::CtFromMap;
use nalgebra::Vector3;

use crate::fit::observation::Observation;
use crate::fit::slab::Slab;
use crate::placement::frames::Frames;
use crate::warp::frames::USUAL_SHIFT_VOX;

/// Frames along a side at most.
const MOST_FRAMES: usize = 10;
/// Shortest side of a frame, in pixels and in voxels.
const LEAST_SIDE_PX: f64 = 32.0;
const LEAST_SIDE_VOX: f64 = 16.0;

/// Largest shift that is looked at, along either side of the map, in voxels.
const REACH_VOX: f64 = 4.0;
/// Shifts from the middle of the grid to its edge; an eighth of that is half a voxel.
const STEPS: i32 = 8;
/// Distance of the pixels that are looked at, in voxels: the smoothed CT tells no more.
const STRIDE_VOX: f64 = 1.5;

/// A division into frames, and what speaks for it.
pub(crate) struct Division {
    pub frames: Frames,
    /// Evidence that the frames have shifts of their own, over one shift of the whole map, in nats.
    pub gain: f64,
}

/// What the map costs where its parts are shifted within its plane.
pub(crate) struct ShiftCosts {
    /// Columns and rows at which some division parts the map, with both ends.
    lines: [Vec<usize>; 2],
    shifts_vox: Vec<[f64; 2]>,
    /// For each shift, the cost of all pixels above and left of each crossing of lines, in nats.
    sums: Vec<Vec<f64>>,
    divisions: Vec<Frames>,
}

impl ShiftCosts {
    /// Of a map at a pose, shifted along the first two `axes`; the observation tells what it should
    /// look like and the noise, so many pixels of which count as one. Frames have a given side, or
    /// are equal.
    pub fn new(
        (slab, pose): (&Slab, &CtFromMap),
        observation: &Observation,
        axes: &[[f64; 3]; 3],
        [rows, cols]: [usize; 2],
        correlated_pixels: f64,
        frame_px: Option<f64>,
    ) -> Self {
        let pixel_vox = (pose.du_vox().norm() * pose.dv_vox().norm()).sqrt();
        let divisions = divisions([rows, cols], pixel_vox, frame_px);
        let lines = [cols, rows].map(|end| vec![0, end]);
        let mut lines = lines;
        for frames in &divisions {
            lines[0].extend(&frames.col_starts);
            lines[1].extend(&frames.row_starts);
        }
        for lines in &mut lines {
            lines.sort_unstable();
            lines.dedup();
        }
        let [u, v] = [0, 1].map(|k| Vector3::from(axes[k]));
        let steps = -STEPS..=STEPS;
        let shifts_vox: Vec<[f64; 2]> = steps
            .clone()
            .flat_map(|down| steps.clone().map(move |along| [along, down]))
            .map(|shift| shift.map(|step| f64::from(step) * REACH_VOX / f64::from(STEPS)))
            .collect();
        let stride = (STRIDE_VOX / pixel_vox).round().max(1.0) as usize;
        let pixels_of_one = correlated_pixels / (stride * stride) as f64;
        let cells = |lines: &[usize], end: usize| -> Vec<usize> {
            (0..end)
                .map(|at| lines.partition_point(|&line| line <= at))
                .collect()
        };
        let (cell_cols, cell_rows) = (cells(&lines[0], cols), cells(&lines[1], rows));
        let wide = lines[0].len();
        let sums = shifts_vox
            .par_iter()
            .map(|[along, down]| {
                let shift = u * *along + v * *down;
                let mut sums = vec![0.0; wide * lines[1].len()];
                for row in (0..rows).step_by(stride) {
                    for col in (0..cols).step_by(stride) {
                        let i = row * cols + col;
                        if observation.weights[i] <= 0.0 {
                            continue;
                        }
                        let at = pose.apply(col as f64, row as f64) + shift;
                        let cost = observation.cost(i, slab.jet(col, row, &at));
                        sums[cell_rows[row] * wide + cell_cols[col]] += cost / pixels_of_one;
                    }
                }
                for at in wide..sums.len() {
                    sums[at] += sums[at - wide];
                }
                for line in sums.chunks_mut(wide) {
                    for at in 1..wide {
                        line[at] += line[at - 1];
                    }
                }
                sums
            })
            .collect();
        Self {
            lines,
            shifts_vox,
            sums,
            divisions,
        }
    }

    /// The division that the costs speak for most.
    pub fn best(&self) -> Option<Division> {
        let [cols, rows] = [0, 1].map(|k| *self.lines[k].last().unwrap_or(&0));
        let (_, one) = self.shift(&[0..cols, 0..rows]);
        self.divisions
            .iter()
            .map(|frames| {
                let spans = frames.spans(rows, cols);
                let parts = spans.iter().map(|span| self.shift(span));
                let (shifts_vox, gains): (Vec<[f64; 2]>, Vec<f64>) = parts.unzip();
                Division {
                    gain: gains.iter().sum::<f64>() - one,
                    frames: Frames {
                        shifts_vox,
                        ..frames.clone()
                    },
                }
            })
            .max_by(|a, b| a.gain.total_cmp(&b.gain))
    }

    /// The mean shift of a rectangle after the data spoke, and the gain in evidence that a shift of
    /// its own brings over none: the sum over the grid.
    fn shift(&self, [across, down]: &[Range<usize>; 2]) -> ([f64; 2], f64) {
        let wide = self.lines[0].len();
        let line = |k: usize, at: usize| self.lines[k].partition_point(|&line| line < at);
        let (left, right) = (line(0, across.start), line(0, across.end));
        let (top, bottom) = (line(1, down.start) * wide, line(1, down.end) * wide);
        let costs: Vec<f64> = self
            .sums
            .iter()
            .map(|s| s[bottom + right] - s[top + right] - s[bottom + left] + s[top + left])
            .collect();
        let priors = self.shifts_vox.iter().map(|[u, v]| {
            let far = (u * u + v * v) / (USUAL_SHIFT_VOX * USUAL_SHIFT_VOX);
            (-0.5 * far).exp()
        });
        let none = costs[costs.len() / 2];
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        let (mut shift, mut evidence, mut prior_sum) = ([0.0; 2], 0.0, 0.0);
        for ((cost, prior), [u, v]) in costs.iter().zip(priors).zip(&self.shifts_vox) {
            let weight = prior * (least - cost).exp();
            evidence += weight;
            prior_sum += prior;
            shift[0] += weight * u;
            shift[1] += weight * v;
        }
        let shift = shift.map(|sum| sum / evidence);
        (shift, none - least + (evidence / prior_sum).ln())
    }
}

/// Divisions of a map into more than one frame, in place.
fn divisions([rows, cols]: [usize; 2], pixel_vox: f64, frame_px: Option<f64>) -> Vec<Frames> {
    if let Some(side) = frame_px {
        let starts = |pixels: usize| -> Vec<usize> {
            (0..(pixels as f64 / side).ceil().max(1.0) as usize)
                .map(|k| (k as f64 * side).round() as usize)
                .collect()
        };
        return vec![Frames::in_place(starts(cols), starts(rows))];
    }
    let least = LEAST_SIDE_PX.max(LEAST_SIDE_VOX / pixel_vox);
    let most = |pixels: usize| ((pixels as f64 / least) as usize).clamp(1, MOST_FRAMES);
    let divided = |pixels: usize, count: usize| -> Vec<usize> {
        (0..count).map(|k| k * pixels / count).collect()
    };
    (1..=most(rows))
        .flat_map(|down| (1..=most(cols)).map(move |across| (down, across)))
        .filter(|&(down, across)| down * across > 1)
        .map(|(down, across)| Frames::in_place(divided(cols, across), divided(rows, down)))
        .collect()
}
