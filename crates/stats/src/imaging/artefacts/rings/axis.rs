//! Where the axis of rings is.

use rayon::prelude::*;

use super::profiles::Profiles;
use super::residuals::{Pixel, Residuals};

/// Distance of the places that are tried first, voxels: rings are some voxels wide, and alike on an
/// axis that is off by less than that.
const STEP_VOX: f64 = 4.0;

/// How far outside of the volume an axis is looked for, as a share of its side.
const OUTSIDE: f64 = 0.25;

/// About as many columns are looked at for every place that is tried.
const PIXELS: usize = 20_000;

/// As many of the best places are looked at more closely, down to this distance, voxels.
const CLOSER: usize = 8;
const LEAST_STEP_VOX: f64 = 0.125;

/// The columns by which an axis is looked for.
pub(super) struct Search {
    pixels: Vec<Pixel>,
    /// `[ny, nx]`.
    shape: [f64; 2],
}

impl Search {
    pub fn of(residuals: &Residuals) -> Self {
        let step = residuals.pixels.len().div_ceil(PIXELS).max(1);
        Self {
            pixels: residuals.pixels.iter().step_by(step).copied().collect(),
            shape: residuals.shape.map(|n| n as f64),
        }
    }

    /// The axis near one, `[y, x]`, that both parts of the volume speak most for.
    pub fn refined(&self, axis: [f64; 2]) -> [f64; 2] {
        self.climb(axis, &Profiles::in_parts).1
    }

    /// The axis that the lower (0) or the upper (1) part of the volume speaks most for, by what
    /// octants have in common; none where it would rather have it further outside.
    pub fn axis_by(&self, part: usize) -> Option<[f64; 2]> {
        let energy = |profiles: &Profiles| profiles.in_octants(part);
        let along = |n: f64| {
            let count = ((1.0 + 2.0 * OUTSIDE) * n / STEP_VOX).ceil() as usize;
            (0..=count)
                .map(|i| i as f64 * STEP_VOX - OUTSIDE * n)
                .collect::<Vec<_>>()
        };
        let [ys, xs] = self.shape.map(along);
        let mut tried: Vec<(f64, [f64; 2])> = ys
            .par_iter()
            .flat_map_iter(|&y| xs.iter().map(move |&x| [y, x]))
            .map(|axis| (energy(&Profiles::about(axis, &self.pixels)), axis))
            .collect();
        tried.sort_by(|a, b| b.0.total_cmp(&a.0));
        tried.truncate(CLOSER);
        let closer: Vec<(f64, [f64; 2])> = tried
            .into_par_iter()
            .map(|(_, axis)| self.climb(axis, &energy))
            .collect();
        closer
            .into_iter()
            .reduce(|a, b| if b.0 > a.0 { b } else { a })
            .map(|(_, axis)| axis)
            // Straight stripes lead an axis ever further away.
            .filter(|axis| self.holds(axis, STEP_VOX))
    }

    /// Whether a place is looked at, and not at the margin.
    fn holds(&self, axis: &[f64; 2], margin: f64) -> bool {
        (0..2).all(|i| {
            let n = self.shape[i];
            (margin - OUTSIDE * n..=(1.0 + OUTSIDE) * n - margin).contains(&axis[i])
        })
    }

    /// From a place to the one around it where there is most in common.
    fn climb(&self, axis: [f64; 2], energy: &dyn Fn(&Profiles) -> f64) -> (f64, [f64; 2]) {
        let at = |axis: [f64; 2]| (energy(&Profiles::about(axis, &self.pixels)), axis);
        let mut best = at(axis);
        let mut step = 0.5 * STEP_VOX;
        while step >= LEAST_STEP_VOX {
            let around = (0..9).filter(|&i| i != 4).map(|i| {
                let [dy, dx] = [i / 3, i % 3].map(|d| (f64::from(d) - 1.0) * step);
                [best.1[0] + dy, best.1[1] + dx]
            });
            let found = around
                .filter(|axis| self.holds(axis, 0.0))
                .map(at)
                .fold(best, |a, b| if b.0 > a.0 { b } else { a });
            if found.0 > best.0 {
                best = found;
            } else {
                step *= 0.5;
            }
        }
        best
    }
}
