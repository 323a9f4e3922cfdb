//! The course of grey levels along a stack.

use corelith_core::SliceSource;
use rayon::prelude::*;

use super::pair::{Change, Columns, change, median};
use super::{Seam, SliceScale};
use crate::Error;

/// Seams below this share of the contrast of resin and solids are left alone.
const SEAM_MIN: f64 = 0.03;

/// So is drift below this: partial volumes of matter that grows or shrinks along the stack make
/// nearly so much.
const DRIFT_MIN: f64 = 0.05;

/// Steps stand out from the others by so many deviations.
const DEVIATIONS: f64 = 6.0;

/// A course stands out from chance by so many standard errors, which are those of voxels without
/// regard to how alike the noise of neighbours is.
const COURSE_ERRORS: f64 = 12.0;

/// Noise of neighbouring voxels is alike, so that errors are larger than those of single ones by
/// at most this.
const ERRORS_MORE: f64 = 5.0;

/// A gain beyond this, or below its inverse, is no drift.
const GAIN_MAX: f64 = 4.0;

/// Changes from each slice to the next.
pub(super) struct Steps {
    /// Slices before and behind each.
    between: Vec<[usize; 2]>,
    changes: Vec<Change>,
    /// Typical greys of resin and of solids.
    pub levels: [f64; 2],
    pub seams: Vec<Seam>,
    /// Whether a change is that of a seam.
    is_seam: Vec<bool>,
}

/// A line from greys to greys.
#[derive(Debug, Clone, Copy)]
struct Line {
    gain: f64,
    offset: f64,
}

impl Line {
    const IDENTITY: Self = Self {
        gain: 1.0,
        offset: 0.0,
    };

    fn at(self, grey: f64) -> f64 {
        self.gain * grey + self.offset
    }

    fn inverse_at(self, grey: f64) -> f64 {
        (grey - self.offset) / self.gain
    }

    /// This line after another.
    fn after(self, first: Self) -> Self {
        Self {
            gain: self.gain * first.gain,
            offset: self.gain * first.offset + self.offset,
        }
    }
}

fn deviation(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    let middle = median(&mut sorted).unwrap_or(0.0);
    let mut distances: Vec<f64> = values.iter().map(|v| (v - middle).abs()).collect();
    1.4826 * median(&mut distances).unwrap_or(0.0)
}

impl Steps {
    /// Compares slices that hold more than one grey; `None` where resin and solids cannot be told
    /// apart in half of the pairs. Rows have `cols` voxels.
    ///
    /// # Errors
    /// When a slice cannot be read.
    pub(super) fn between(
        slices: &dyn SliceSource<u16, Error>,
        cols: usize,
        columns: &Columns,
    ) -> Result<Option<Self>, Error> {
        let changes: Vec<([usize; 2], Option<Change>)> = columns
            .alive
            .par_windows(2)
            .map(|pair| {
                let [from, to] = [pair[0], pair[1]];
                let found = change(&slices.slice(from)?, &slices.slice(to)?, cols, columns);
                Ok(([from, to], found))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self::of_changes(changes))
    }

    fn of_changes(changes: Vec<([usize; 2], Option<Change>)>) -> Option<Self> {
        let levels: Vec<[f64; 2]> = changes
            .iter()
            .filter_map(|(_, c)| c.as_ref()?.levels)
            .collect();
        if 2 * levels.len() < changes.len() {
            return None;
        }
        let typical = |i: usize| {
            let mut all: Vec<f64> = levels.iter().map(|l| l[i]).collect();
            median(&mut all)
        };
        let levels = [typical(0)?, typical(1)?];
        // Slices without voxels to compare are taken to be like those before.
        let still = Change {
            levels: None,
            steps: [0.0; 2],
            errors: [0.0; 2],
        };
        let mut steps = Self {
            between: changes.iter().map(|(between, _)| *between).collect(),
            changes: changes.iter().map(|(_, c)| c.unwrap_or(still)).collect(),
            levels,
            seams: Vec::new(),
            is_seam: Vec::new(),
        };
        steps.find_seams();
        Some(steps)
    }

    fn contrast(&self) -> f64 {
        self.levels[1] - self.levels[0]
    }

    fn steps_of(&self, level: usize) -> Vec<f64> {
        self.changes.iter().map(|c| c.steps[level]).collect()
    }

    fn find_seams(&mut self) {
        let mut is_seam = vec![false; self.changes.len()];
        for level in 0..2 {
            let all = self.steps_of(level);
            let middle = median(&mut all.clone()).unwrap_or(0.0);
            let limit = (DEVIATIONS * deviation(&all)).max(SEAM_MIN * self.contrast());
            for (i, step) in all.iter().enumerate() {
                let error = ERRORS_MORE * DEVIATIONS * self.changes[i].errors[level];
                is_seam[i] |= (step - middle).abs() > limit.max(error);
            }
        }
        let seams = (0..is_seam.len()).filter(|&i| is_seam[i]).map(|i| Seam {
            between: self.between[i],
            steps: self.changes[i].steps,
        });
        self.seams = seams.collect();
        self.is_seam = is_seam;
    }

    /// How far resin and solids move from the lowest to the highest, seams left out; `None` where
    /// that is no more than chance, or little.
    pub(super) fn drift(&self) -> Option<[f64; 2]> {
        let mut is_more = false;
        let ranges = [0, 1].map(|level| {
            let all = self.steps_of(level);
            let pairs = all.iter().zip(&self.is_seam);
            let steps: Vec<f64> = pairs.filter(|(_, seam)| !**seam).map(|(s, _)| *s).collect();
            let (mut at, mut low, mut high) = (0.0, 0.0_f64, 0.0_f64);
            for step in &steps {
                at += step;
                low = low.min(at);
                high = high.max(at);
            }
            let mut errors: Vec<f64> = self.changes.iter().map(|c| c.errors[level]).collect();
            let error = median(&mut errors).unwrap_or(0.0);
            let chance = COURSE_ERRORS * error * f64::sqrt(steps.len() as f64);
            let range = high - low;
            is_more |= range > chance.max(DRIFT_MIN * self.contrast());
            range
        });
        is_more.then_some(ranges)
    }

    /// The lines of all slices when drift, seams or both are evened; `None` where gains are none
    /// of a drift.
    pub(super) fn course(&self, drift: bool, seams: bool) -> Option<Course> {
        // Lines from the greys of each slice to those of the first.
        let mut line = Line::IDENTITY;
        let mut lines = vec![line];
        for (change, &is_seam) in self.changes.iter().zip(&self.is_seam) {
            let wanted = if is_seam { seams } else { drift };
            if wanted {
                let [resin, solids] = change.levels.unwrap_or(self.levels);
                let slope = (change.steps[1] - change.steps[0]) / (solids - resin).max(1.0);
                let step = change.steps[0] - slope * resin;
                // `to - from = step + slope * (from + to) / 2`, solved for `from`.
                line = line.after(Line {
                    gain: (1.0 - slope / 2.0) / (1.0 + slope / 2.0),
                    offset: -step / (1.0 + slope / 2.0),
                });
            }
            lines.push(line);
        }
        if lines.iter().any(|l| !(l.gain > 0.0 && l.gain.is_finite())) {
            return None;
        }
        // Levels in the greys of the first slice, then in those of each.
        let first = [0, 1].map(|level| {
            let pairs = self.changes.iter().zip(&lines);
            let mut all: Vec<f64> = pairs
                .filter_map(|(change, line)| Some(line.at(change.levels?[level])))
                .collect();
            median(&mut all)
        });
        let first = [first[0]?, first[1]?];
        let own: Vec<[f64; 2]> = lines
            .iter()
            .map(|l| first.map(|g| l.inverse_at(g)))
            .collect();
        let levels = [0, 1].map(|level| {
            let mut all: Vec<f64> = own.iter().map(|l| l[level]).collect();
            median(&mut all)
        });
        let levels = [levels[0]?, levels[1]?];
        let scales: Vec<SliceScale> = own
            .iter()
            .map(|own| {
                let gain = (levels[1] - levels[0]) / (own[1] - own[0]);
                SliceScale {
                    gain,
                    offset: levels[0] - gain * own[0],
                }
            })
            .collect();
        let is_drift = |s: &SliceScale| s.gain > 1.0 / GAIN_MAX && s.gain < GAIN_MAX;
        scales
            .iter()
            .all(is_drift)
            .then_some(Course { scales, levels })
    }
}

/// How slices are brought to one scale.
pub(super) struct Course {
    /// Of the slices that hold more than one grey.
    scales: Vec<SliceScale>,
    /// Greys of resin and of solids to which slices are brought: those of most.
    pub levels: [f64; 2],
}

impl Course {
    /// The scale of every slice; those of one grey are left as they are.
    pub(super) fn scales(&self, alive: &[usize], slices: usize) -> Vec<SliceScale> {
        let mut all = vec![
            SliceScale {
                gain: 1.0,
                offset: 0.0
            };
            slices
        ];
        for (&z, scale) in alive.iter().zip(&self.scales) {
            all[z] = *scale;
        }
        all
    }
}
