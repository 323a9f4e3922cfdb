//! How well frames fit each other where an order or a table puts them.

use std::collections::HashMap;

use corelith_core::Progress;

use super::expect::{grid_pairs, near_pairs};
use super::layout::Places;
use super::likeness::likeness;
use super::links::{Found, Matcher, Pair, Search, Side};
use super::step::{Step, is_near, reach, usual_step};
use super::task::Task;
use crate::Error;

/// Pairs of a side that are looked at.
const SAMPLED: usize = 8;

/// What was found of pairs, many of which are in several orders.
pub(super) struct Known<'a> {
    matcher: Matcher<'a>,
    found: HashMap<Pair, Option<Found>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(task: &Task<'a>) -> Self {
        Self {
            matcher: Matcher::new(task.frames, task.grain).coarse(),
            found: HashMap::new(),
        }
    }

    fn find(
        &mut self,
        pairs: &[(Pair, Search)],
        progress: &dyn Progress,
    ) -> Result<Vec<(Pair, Option<Found>)>, Error> {
        // Of positions pairs alone do not say where they are looked for.
        let by_pair = |(pair, _): &&(Pair, Search)| pair.side != Side::Near;
        let is_new =
            |asked: &&(Pair, Search)| !by_pair(asked) || !self.found.contains_key(&asked.0);
        let new: Vec<(Pair, Search)> = pairs.iter().filter(is_new).copied().collect();
        let found = self.matcher.find_all(&new, progress)?;
        self.found
            .extend(new.iter().map(|(pair, _)| *pair).zip(found));
        let of_pair = |(pair, _): &(Pair, Search)| (*pair, self.found.get(pair).copied().flatten());
        Ok(pairs.iter().map(of_pair).collect())
    }
}

/// How well frames fit in some places, by pairs on each side.
pub(super) struct Fit {
    /// Mean, over the pairs whose overlap tells something, of how surely they are alike one usual
    /// step apart: the least of all sides. `None` where nothing tells anything.
    pub sure: Option<f64>,
    /// How the edges of frames that adjoin go on: mean likeness and observations, of the side where
    /// it is least.
    pub edges: Option<(f64, f64)>,
}

impl Fit {
    pub(super) fn of(
        task: &Task<'_>,
        known: &mut Known<'_>,
        places: &Places,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let pairs: Vec<(Pair, Search)> = match places {
            Places::Cells(cells) => grid_pairs(cells)
                .into_iter()
                .map(|pair| (pair, task.search(pair)))
                .collect(),
            Places::Positions(positions) => near_pairs(task, positions)
                .into_iter()
                .map(|(pair, shift)| {
                    let reach = reach(task.size(pair.frames[0]));
                    (pair, Search::Around(shift, reach))
                })
                .collect(),
        };
        let mut least: Option<f64> = None;
        let mut edges: Option<(f64, f64)> = None;
        for side in [Side::Right, Side::Below, Side::Near] {
            let of_side: Vec<(Pair, Search)> = pairs
                .iter()
                .filter(|(pair, _)| pair.side == side)
                .copied()
                .collect();
            if task.adjoins(side) {
                let (sum, n) = edges_of(task, &of_side);
                let mean = (n > 0.0).then(|| (sum / n, n));
                edges = match (edges, mean) {
                    (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
                    (a, b) => a.or(b),
                };
                continue;
            }
            let step = of_side.len().div_ceil(SAMPLED).max(1);
            let sampled: Vec<(Pair, Search)> = of_side.into_iter().step_by(step).collect();
            let found = known.find(&sampled, progress)?;
            let sure = sure_of(task, &found, side);
            least = match (least, sure) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(Self { sure: least, edges })
    }
}

fn sure_of(task: &Task<'_>, found: &[(Pair, Option<Found>)], side: Side) -> Option<f64> {
    // Blank overlaps say nothing for or against.
    let telling: Vec<(Pair, Found)> = found
        .iter()
        .filter_map(|(pair, found)| Some((*pair, (*found)?)))
        .collect();
    let step = usual_step(task, found, side);
    let agrees = |pair: Pair, found: &Found| match (side, step) {
        (Side::Near, _) => true,
        (_, Some(step)) => {
            let reach = reach(task.size(pair.frames[0]));
            let shift = found.shift.map(|v| v as f64);
            is_near(shift, step.shift(task, pair), reach)
        }
        (_, None) => false,
    };
    let sum: f64 = telling
        .iter()
        .filter(|(pair, found)| found.is_sure() && agrees(*pair, found))
        .map(|(_, found)| found.likeness.sure)
        .sum();
    (!telling.is_empty()).then(|| sum / telling.len() as f64)
}

/// Sum of the likeness of the last pixels of frames and the first ones of those beside, each
/// weighed by its observations, and the sum of those.
fn edges_of(task: &Task<'_>, pairs: &[(Pair, Search)]) -> (f64, f64) {
    let one_px = Step {
        overlap: 1.0,
        across: 0.0,
    };
    let mut sums = (0.0, 0.0);
    for (pair, _) in pairs {
        let [a, b] = pair.frames.map(|frame| &task.frames[frame]);
        let shift = one_px.shift(task, *pair).map(|v| v as i64);
        if let Some(likeness) = likeness(a, b, shift, task.grain) {
            let axis = pair.side.axis().unwrap_or(0);
            let mut size = a.size();
            size[axis] = 1;
            let n = task.grain.observations(size);
            sums = (sums.0 + n * likeness.value, sums.1 + n);
        }
    }
    sums
}
