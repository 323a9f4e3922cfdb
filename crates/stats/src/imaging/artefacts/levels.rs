//! The greys that cubes gather at.

use super::cubes::Cubes;
use super::density::Density;

/// The narrowest bandwidth: a share of the range, and a part of the noise of a cube's sides.
const LEAST_BANDWIDTH: f64 = 0.006;
const OF_NOISE: f64 = 0.4;

/// Share of cubes that count as the darkest and as the brightest.
const EXTREME: f64 = 0.005;

/// Cubes of a rare level count as if it were not rarer than this, of the densest.
pub(super) const RAREST: f64 = 0.02;

/// Fewer cubes than this show no levels.
const CUBES_MIN: usize = 2000;

/// What is known of the greys of all cubes before a field is fitted.
pub(super) struct Levels {
    /// Greys of the darkest and the brightest matter.
    pub greys: [f64; 2],
    /// The narrowest bandwidth.
    pub bandwidth: f64,
    /// How many cubes have which grey, by it.
    pub density: Density,
    /// Weight of each cube: all levels count, not just the most frequent ones.
    pub weights: Vec<f64>,
}

impl Levels {
    /// Of some cubes; none of few, or where all have one grey.
    pub fn of(cubes: &Cubes) -> Option<Self> {
        if cubes.len() < CUBES_MIN {
            return None;
        }
        let mut sorted = cubes.greys.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let greys = [at(EXTREME), at(1.0 - EXTREME)];
        let range = greys[1] - greys[0];
        if range <= 0.0 {
            return None;
        }
        let bandwidth = (LEAST_BANDWIDTH * range).max(OF_NOISE * cubes.noise);
        let all = cubes.greys.iter().map(|&grey| (grey, 1.0));
        let density = Density::of(all, greys, bandwidth);
        let least = RAREST * density.highest();
        let weights = cubes.greys.iter().map(|&g| 1.0 / (density.at(g) + least));
        Some(Self {
            greys,
            bandwidth,
            weights: weights.collect(),
            density,
        })
    }
}
