//! Finds the frames of a mosaic and roughly how far each lies out of place.
//!
//! What the map costs is summed for every shift of a grid, so that a rectangle of the map is judged
//! at once wherever it ends (summed tables: Crow 1984). Nothing is linear here: a frame may lie
//! farther off than the CT's greys are.

use std::ops::Range;

use corelith_core::CtFromMap;
use nalgebra::Vector3;
use rayon::prelude::*;

use crate::fit::observation::Observation;
use crate::fit::slab::Slab;
use crate::map::units::Units;
use crate::placement::frames::Frames;
use crate::warp::frames::USUAL_SHIFT_VOX;
use crate::warp::seams::Seams;

/// Frames along a side at most.
const MOST_FRAMES: usize = 16;
/// Shortest side of a frame, in pixels and in voxels.
const LEAST_SIDE_PX: f64 = 32.0;
const LEAST_SIDE_VOX: f64 = 16.0;

/// Probability that frames are square, before the data speak.
const SQUARE: f64 = 0.9;

/// Largest shift that is looked at, along either side of the map, in voxels.
const REACH_VOX: f64 = 4.0;
/// Shifts from the middle of the grid to its edge: half a voxel each.
const STEPS: i32 = 8;
/// Distance of the pixels that are looked at, in voxels, the smoothed CT telling little more; and
/// how many at most.
const STRIDE_VOX: f64 = 1.5;
const PIXELS_MAX: f64 = 60_000.0;
/// Times that the parts along either side are compared, those along the other kept.
const ROUNDS: usize = 2;
/// Cells of the tables along a side at most.
const CELLS_MAX: usize = 128;

/// A division into frames, and what speaks for it.
#[derive(Clone)]
pub(crate) struct Division {
    pub frames: Frames,
    /// Evidence that the frames have shifts of their own, over one shift of the whole map, in nats.
    pub gain: f64,
    /// What the map tells of lines where its frames meet, in nats.
    seams: f64,
}

impl Division {
    fn best_of<'a>(divisions: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        let of = |division: &Self| division.gain + division.seams;
        divisions.into_iter().max_by(|a, b| of(a).total_cmp(&of(b)))
    }

    /// The best of many of a kind that has a probability before the data speak: some look good by
    /// chance. Lines alone make no frames, as there are scratches.
    fn of_many(mut self, tried: usize, probability: f64) -> Self {
        self.gain += self.seams.min(0.0) + (probability / tried as f64).ln();
        self
    }
}

/// What the map costs where its parts are shifted within its plane.
pub(crate) struct ShiftCosts {
    rows: usize,
    cols: usize,
    /// Shortest side of a frame.
    least_px: usize,
    /// Side of a cell of the tables, in pixels.
    cell_px: usize,
    shifts_vox: Vec<[f64; 2]>,
    /// Probability of each shift before the data speak.
    priors: Vec<f64>,
    /// For each shift, the cost of all pixels above and left of each corner of cells, in nats.
    tables: Vec<Vec<f64>>,
}

impl ShiftCosts {
    /// Of a map at a pose, shifted along the first two `axes`; the observation tells what it should
    /// look like, the noise and which units to believe, at every so many pixels both ways, of which so
    /// many count as one.
    pub fn new(
        (slab, pose): (&Slab, &CtFromMap),
        (observation, units): (&Observation, &Units),
        axes: &[[f64; 3]; 3],
        [rows, cols]: [usize; 2],
        (seen_stride, correlated_pixels): (usize, f64),
    ) -> Self {
        let pixel_vox = (pose.du_vox().norm() * pose.dv_vox().norm()).sqrt();
        let apart_px = ((rows * cols) as f64 / PIXELS_MAX).sqrt();
        let times = (STRIDE_VOX / pixel_vox).max(apart_px) / seen_stride as f64;
        let times = times.round().max(1.0) as usize;
        let stride = times * seen_stride;
        let pixels_of_one = correlated_pixels / (times * times) as f64;
        let cell_px = stride.max(rows.max(cols).div_ceil(CELLS_MAX));
        let wide = cols.div_ceil(cell_px) + 1;
        let [u, v] = [0, 1].map(|k| Vector3::from(axes[k]));
        let steps = -STEPS..=STEPS;
        let shifts_vox: Vec<[f64; 2]> = steps
            .clone()
            .flat_map(|down| steps.clone().map(move |along| [along, down]))
            .map(|shift| shift.map(|step| f64::from(step) * REACH_VOX / f64::from(STEPS)))
            .collect();
        let priors: Vec<f64> = shifts_vox
            .iter()
            .map(|[u, v]| (-0.5 * (u * u + v * v) / USUAL_SHIFT_VOX.powi(2)).exp())
            .collect();
        let prior_sum: f64 = priors.iter().sum();
        let tables = shifts_vox
            .par_iter()
            .map(|[along, down]| {
                let shift = u * *along + v * *down;
                let mut table = vec![0.0; wide * (rows.div_ceil(cell_px) + 1)];
                for row in (0..rows).step_by(stride) {
                    for col in (0..cols).step_by(stride) {
                        let i = row * cols + col;
                        if observation.weights[i] > 0.0 {
                            let at = pose.apply(col as f64, row as f64) + shift;
                            let cost = observation.cost(i, slab.jet(col, row, &at), units);
                            let cell = (row / cell_px + 1) * wide + col / cell_px + 1;
                            table[cell] += cost / pixels_of_one;
                        }
                    }
                }
                for at in wide..table.len() {
                    table[at] += table[at - wide];
                }
                for line in table.chunks_mut(wide) {
                    for at in 1..wide {
                        line[at] += line[at - 1];
                    }
                }
                table
            })
            .collect();
        Self {
            rows,
            cols,
            least_px: LEAST_SIDE_PX.max(LEAST_SIDE_VOX / pixel_vox).ceil() as usize,
            cell_px,
            shifts_vox,
            priors: priors.iter().map(|prior| prior / prior_sum).collect(),
            tables,
        }
    }

    /// The division into frames of a given side.
    pub fn of_side(&self, side_px: f64) -> Division {
        let starts = |pixels: usize| -> Vec<usize> {
            (0..(pixels as f64 / side_px).ceil().max(1.0) as usize)
                .map(|k| (k as f64 * side_px).round() as usize)
                .collect()
        };
        self.divided([starts(self.cols), starts(self.rows)])
    }

    /// The division that costs and seams speak for most: into square frames of which the last are cut
    /// off, as microscopes lay them, or into others that are equal but for the last.
    pub fn best(&self, seams: &Seams) -> Option<Division> {
        let judged = |ways: Vec<[Vec<usize>; 2]>| -> Vec<Division> {
            let several = |both: &[Vec<usize>; 2]| both.iter().any(|starts| starts.len() > 1);
            let judged = ways.into_par_iter().filter(several).map(|starts| Division {
                seams: seams.evidence(&starts[0], &starts[1]),
                ..self.divided(starts)
            });
            judged.collect()
        };
        let [cols, rows] = [self.cols, self.rows].map(|pixels| self.ways(pixels));
        let squares = (self.least_px..self.cols.max(self.rows))
            .map(|side| [self.cols, self.rows].map(|pixels| self.cut(pixels, side)))
            .filter(|both| both.iter().all(|starts| starts.len() <= MOST_FRAMES));
        let squares = judged(squares.collect());
        let equal = cols.equal.iter().flat_map(|across| {
            let with = |down: &Vec<usize>| [across.clone(), down.clone()];
            rows.equal.iter().map(with)
        });
        let equal = judged(equal.collect());
        let mut tried = equal.len();
        let square = Division::best_of(&squares).cloned();
        let mut other = Division::best_of(square.iter().chain(&equal))?.clone();
        for _ in 0..ROUNDS {
            for (axis, ways) in [&cols, &rows].into_iter().enumerate() {
                let kept = [&other.frames.col_starts, &other.frames.row_starts];
                let of_axis = ways.equal.iter().chain(&ways.cut);
                let both = of_axis.map(|starts| {
                    let mut both = kept;
                    both[axis] = starts;
                    both.map(Vec::clone)
                });
                let all = judged(both.collect());
                tried += all.len();
                other = Division::best_of(all.iter().chain([&other]))?.clone();
            }
        }
        let square = square.map(|best| best.of_many(squares.len(), SQUARE));
        let other = other.of_many(tried, 1.0 - SQUARE);
        Division::best_of(square.iter().chain([&other])).cloned()
    }

    /// Ways to part so many pixels.
    fn ways(&self, pixels: usize) -> Ways {
        let most = (pixels / self.least_px).clamp(1, MOST_FRAMES);
        let equal = (1..=most)
            .map(|count| (0..count).map(|k| k * pixels / count).collect())
            .collect();
        let cut = (self.least_px..pixels)
            .map(|side| self.cut(pixels, side))
            .filter(|starts| (2..=MOST_FRAMES).contains(&starts.len()))
            .collect();
        Ways { equal, cut }
    }

    /// First pixels of frames of one side, the last cut off; what is cut to a sliver goes with the
    /// frame before it.
    fn cut(&self, pixels: usize, side: usize) -> Vec<usize> {
        let sliver = self.least_px / 4;
        let starts = (0..pixels).step_by(side);
        starts
            .filter(|&start| start == 0 || start + sliver <= pixels)
            .collect()
    }

    fn divided(&self, [col_starts, row_starts]: [Vec<usize>; 2]) -> Division {
        let mut frames = Frames::in_place(col_starts, row_starts);
        let (_, mut gain) = self.shift(&[0..self.cols, 0..self.rows]);
        gain = -gain;
        let spans = frames.spans(self.rows, self.cols);
        for (shift, span) in frames.shifts_vox.iter_mut().zip(&spans) {
            let (mean, of_frame) = self.shift(span);
            *shift = mean;
            gain += of_frame;
        }
        Division {
            frames,
            gain,
            seams: 0.0,
        }
    }

    /// The mean shift of a rectangle after the data spoke, and the gain in evidence that a shift of
    /// its own brings over none: sums over the grid.
    fn shift(&self, [across, down]: &[Range<usize>; 2]) -> ([f64; 2], f64) {
        let cells = |pixels: usize| pixels.div_ceil(self.cell_px);
        let wide = cells(self.cols) + 1;
        let (left, right) = (cells(across.start), cells(across.end));
        let (top, bottom) = (cells(down.start) * wide, cells(down.end) * wide);
        let costs: Vec<f64> = self
            .tables
            .iter()
            .map(|t| t[bottom + right] - t[top + right] - t[bottom + left] + t[top + left])
            .collect();
        let none = costs[costs.len() / 2];
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        let (mut shift, mut evidence) = ([0.0; 2], 0.0);
        for ((cost, prior), [u, v]) in costs.iter().zip(&self.priors).zip(&self.shifts_vox) {
            let weight = prior * (least - cost).exp();
            evidence += weight;
            shift[0] += weight * u;
            shift[1] += weight * v;
        }
        (
            shift.map(|sum| sum / evidence),
            none - least + evidence.ln(),
        )
    }
}

/// Ways to part one side of a map: first pixels of its parts.
struct Ways {
    /// Into equal parts, one to begin with.
    equal: Vec<Vec<usize>>,
    /// Into parts of one length, the last cut off.
    cut: Vec<Vec<usize>>,
}
