//! The usual step from a frame to its neighbour.

use super::links::{Found, Pair, Side};
use super::task::Task;

/// How far a stage is off: in pixels as a rule, and as shares of a frame at least and at most. So
/// far around the expected place a frame is searched for.
const REACH_PX: f64 = 24.0;
const REACH_MIN: f64 = 0.06;
const REACH_MAX: f64 = 0.1;

pub(super) fn reach(size: [usize; 2]) -> [f64; 2] {
    size.map(|n| REACH_PX.clamp(REACH_MIN * n as f64, REACH_MAX * n as f64))
}

/// Whether two shifts are as close as a stage takes them.
pub(super) fn is_near(a: [f64; 2], b: [f64; 2], reach: [f64; 2]) -> bool {
    (0..2).all(|axis| (a[axis] - b[axis]).abs() <= reach[axis])
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Overlap along, and shift across, a side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub overlap: f64,
    pub across: f64,
}

impl Step {
    /// From the first frame of a pair to the second.
    pub(super) fn shift(self, task: &Task<'_>, pair: Pair) -> [f64; 2] {
        let axis = pair.side.axis().unwrap_or(0);
        let mut shift = [self.across; 2];
        shift[axis] = task.size(pair.frames[0])[axis] as f64 - self.overlap;
        shift
    }

    fn of(task: &Task<'_>, pair: Pair, found: Found) -> Self {
        let axis = pair.side.axis().unwrap_or(0);
        Self {
            overlap: (task.size(pair.frames[0])[axis] as i64 - found.shift[axis]) as f64,
            across: found.shift[1 - axis] as f64,
        }
    }
}

/// The step along a side that most pairs agree on: what pairs show by chance lies anywhere.
/// `None` where no pair is sure.
pub(super) fn usual_step(
    task: &Task<'_>,
    found: &[(Pair, Option<Found>)],
    side: Side,
) -> Option<Step> {
    let sure: Vec<(Pair, Found)> = found
        .iter()
        .filter(|(pair, _)| pair.side == side)
        .filter_map(|(pair, found)| Some((*pair, found.filter(Found::is_sure)?)))
        .collect();
    let near = |step: Step| -> Vec<&(Pair, Found)> {
        let is_near = |(pair, found): &&(Pair, Found)| {
            let reach = reach(task.size(pair.frames[0]));
            is_near(
                found.shift.map(|v| v as f64),
                step.shift(task, *pair),
                reach,
            )
        };
        sure.iter().filter(is_near).collect()
    };
    let weight = |step: Step| -> f64 { near(step).iter().map(|(_, f)| f.likeness.sure).sum() };
    let best = sure
        .iter()
        .map(|(pair, found)| Step::of(task, *pair, *found))
        .map(|step| (weight(step), step))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    let agreeing: Vec<Step> = near(best.1)
        .into_iter()
        .map(|(pair, found)| Step::of(task, *pair, *found))
        .collect();
    Some(Step {
        overlap: median(agreeing.iter().map(|step| step.overlap).collect())?,
        across: median(agreeing.iter().map(|step| step.across).collect())?,
    })
}
