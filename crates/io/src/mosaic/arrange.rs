//! Places the frames of a section: pairs by phase correlation, all together by least squares
//! (Preibisch, Saalfeld and Tomancak 2009).

use std::path::Path;

use corelith_core::Progress;

use super::layout::{Layout, Places};
use super::likeness::{FramePixels, Overlap, tells_a_place};
use super::links::{Found, FrameLink, Matcher, Pair, Search, Side};
use super::order::better_order;
use super::placement::{Difference, least_squares};
use super::settings::MosaicSettings;
use crate::Error;

/// How far a stage is off at least, in pixels and as a share of a frame: so far around the expected
/// place a frame is searched for.
const REACH_PX: f64 = 24.0;
const REACH_SHARE: f64 = 0.06;

/// Weight of an expected step where the pixels of a pair tell none.
const EXPECTED_WEIGHT: f64 = 1e-3;

/// Placed frames may be off the place that a pair tells by so much, in pixels, and by so many times
/// the median of all.
const RESIDUAL_PX: f64 = 3.0;
const RESIDUAL_MEDIANS: f64 = 4.0;

/// Share of the pairs that have to agree.
const AGREEING_MIN: f64 = 0.5;

/// Positions are within so many pixels.
const POSITION_MAX_PX: f64 = 1e6;

/// Where the frames of a section lie.
pub(super) struct Arranged {
    /// First pixel of each frame in the section.
    pub placed: Vec<[f64; 2]>,
    /// The same as names or table and the usual step say.
    pub expected: Vec<[f64; 2]>,
    pub links: Vec<FrameLink>,
    pub notes: Vec<String>,
}

/// Inputs of [`arrange`].
pub(super) struct Task<'a> {
    pub layout: &'a Layout,
    pub frames: &'a [FramePixels],
    pub settings: &'a MosaicSettings,
    /// The folder or pattern, for messages.
    pub place: &'a Path,
}

impl Task<'_> {
    fn wrong(&self, problem: String) -> Error {
        Error::Image {
            path: self.place.to_owned(),
            problem,
        }
    }

    pub(super) fn name(&self, frame: usize) -> String {
        self.layout.name(frame)
    }

    fn size(&self, frame: usize) -> [usize; 2] {
        self.frames[frame].size()
    }
}

/// Neighbours in a grid.
pub(super) fn grid_pairs(cells: &[[usize; 2]]) -> Vec<Pair> {
    let at = Layout::by_cell(cells);
    let mut pairs = Vec::new();
    for (i, &[column, row]) in cells.iter().enumerate() {
        for (side, cell) in [
            (Side::Right, [column + 1, row]),
            (Side::Below, [column, row + 1]),
        ] {
            if let Some(&other) = at.get(&cell) {
                pairs.push(Pair {
                    frames: [i, other],
                    side,
                });
            }
        }
    }
    pairs
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn reach(size: [usize; 2]) -> [f64; 2] {
    size.map(|n| REACH_PX.max(REACH_SHARE * n as f64))
}

/// Pairs with where the second frame is expected in the first.
struct Expected {
    pairs: Vec<(Pair, [f64; 2])>,
    positions: Vec<[f64; 2]>,
    found: Vec<Option<Found>>,
}

/// Overlap along, and shift across, a side.
#[derive(Clone, Copy)]
struct Step {
    overlap: f64,
    across: f64,
}

fn shift_of(task: &Task<'_>, pair: Pair, step: Step) -> [f64; 2] {
    let axis = pair.side.axis().unwrap_or(0);
    let mut shift = [step.across; 2];
    shift[axis] = task.size(pair.frames[0])[axis] as f64 - step.overlap;
    shift
}

/// The usual step along a side, by the pairs that agree.
fn usual_step(task: &Task<'_>, found: &[(Pair, Option<Found>)], side: Side) -> Option<Step> {
    let axis = side.axis()?;
    let of_side = || {
        found
            .iter()
            .filter(move |(pair, _)| pair.side == side)
            .filter_map(|(pair, found)| Some((pair, found.filter(Found::is_sure)?)))
    };
    let overlap = |(pair, found): (&Pair, Found)| {
        task.size(pair.frames[0])[axis] as f64 - found.shift[axis] as f64
    };
    Some(Step {
        overlap: median(of_side().map(overlap).collect())?,
        across: median(of_side().map(|(_, f)| f.shift[1 - axis] as f64).collect())?,
    })
}

fn expect_grid(
    task: &Task<'_>,
    cells: &[[usize; 2]],
    matcher: &Matcher<'_>,
    progress: &dyn Progress,
) -> Result<Expected, Error> {
    let pairs = grid_pairs(cells);
    let said = |side: Side| {
        let overlap = task.settings.overlap_px?;
        side.axis().map(|axis| Step {
            overlap: overlap[axis] as f64,
            across: 0.0,
        })
    };
    let searches: Vec<(Pair, Search)> = pairs
        .iter()
        .filter(|pair| said(pair.side).is_none_or(|step| step.overlap > 0.0))
        .map(|&pair| match said(pair.side) {
            Some(step) => {
                let around = shift_of(task, pair, step);
                (
                    pair,
                    Search::Around(around, reach(task.size(pair.frames[0]))),
                )
            }
            None => (pair, Search::Free),
        })
        .collect();
    let found = matcher.find_all(&searches, progress)?;
    let with_pair: Vec<(Pair, Option<Found>)> =
        searches.iter().map(|(pair, _)| *pair).zip(found).collect();
    let mut steps = [None; 2];
    for side in [Side::Right, Side::Below] {
        let count = pairs.iter().filter(|pair| pair.side == side).count();
        if count == 0 {
            continue;
        }
        // What is measured goes before what is said.
        let step = usual_step(task, &with_pair, side).or(said(side));
        let Some(step) = step else {
            let hint = better_order(task, progress)?;
            return Err(task.wrong(format!(
                "none of the {count} frames shows the same as the one {} it where they should \
                 overlap (such as `{}` and `{}`); {}",
                if side == Side::Right {
                    "right of"
                } else {
                    "below"
                },
                task.name(with_pair_of(&pairs, side).frames[0]),
                task.name(with_pair_of(&pairs, side).frames[1]),
                hint.unwrap_or_else(|| {
                    "check `columns`, `order` and `from`, or, where the frames adjoin or hardly \
                     overlap, say so by `mosaic = { overlap_px = [0, 0] }`"
                        .to_owned()
                })
            )));
        };
        steps[usize::from(side == Side::Below)] = Some(step);
    }
    let step_of = |side: Side| steps[usize::from(side == Side::Below)];
    let all: Vec<(Pair, [f64; 2])> = pairs
        .iter()
        .filter_map(|&pair| Some((pair, shift_of(task, pair, step_of(pair.side)?))))
        .collect();
    let size = task.size(0);
    let right = step_of(Side::Right).map_or([size[0] as f64, 0.0], |step| {
        [size[0] as f64 - step.overlap, step.across]
    });
    let below = step_of(Side::Below).map_or([0.0, size[1] as f64], |step| {
        [step.across, size[1] as f64 - step.overlap]
    });
    let positions = cells
        .iter()
        .map(|&[column, row]| {
            [0, 1].map(|axis| column as f64 * right[axis] + row as f64 * below[axis])
        })
        .collect();
    let mut found: Vec<Option<Found>> = Vec::new();
    for (pair, _) in &all {
        let of_pair = with_pair.iter().find(|(other, _)| other == pair);
        found.push(of_pair.and_then(|(_, found)| *found));
    }
    Ok(Expected {
        pairs: all,
        positions,
        found,
    })
}

fn with_pair_of(pairs: &[Pair], side: Side) -> Pair {
    let of_side = pairs.iter().find(|pair| pair.side == side);
    of_side.copied().unwrap_or(pairs[0])
}

fn expect_positions(task: &Task<'_>, positions: &[[f64; 2]]) -> Result<Expected, Error> {
    let least = [0, 1].map(|axis| {
        let of_axis = positions.iter().map(|xy| xy[axis]);
        of_axis.fold(f64::INFINITY, f64::min)
    });
    let positions: Vec<[f64; 2]> = positions
        .iter()
        .map(|xy| [xy[0] - least[0], xy[1] - least[1]])
        .collect();
    if let Some(i) = positions
        .iter()
        .position(|xy| xy.iter().any(|v| *v > POSITION_MAX_PX))
    {
        return Err(task.wrong(format!(
            "the table of positions puts `{}` {:.3e} pixels away from the first frame, expected up \
             to {POSITION_MAX_PX:.0}; check the unit of its columns and `pixel_size_um`",
            task.name(i),
            positions[i][0].max(positions[i][1])
        )));
    }
    let mut pairs = Vec::new();
    for a in 0..positions.len() {
        for b in a + 1..positions.len() {
            let shift = [0, 1].map(|axis| positions[b][axis] - positions[a][axis]);
            let (size_a, size_b) = (task.size(a), task.size(b));
            let overlap = Overlap::of(size_a, size_b, shift.map(|v| v.round() as i64));
            // Of neighbours at a corner little is shared.
            let enough = overlap.is_some_and(|overlap| {
                let frame = |axis: usize| size_a[axis].min(size_b[axis]);
                let beside = (0..2).any(|axis| 4 * overlap.size[axis] >= frame(axis));
                beside && overlap.size.iter().all(|n| *n >= 8)
            });
            if enough {
                let pair = Pair {
                    frames: [a, b],
                    side: Side::Near,
                };
                pairs.push((pair, shift));
            }
        }
    }
    Ok(Expected {
        found: vec![None; pairs.len()],
        pairs,
        positions,
    })
}

/// Finds the places of the frames.
///
/// # Errors
/// [`Error::Image`] when frames do not fit their neighbours, which names those and, where another
/// order fits, that; cancellation.
pub(super) fn arrange(task: &Task<'_>, progress: &dyn Progress) -> Result<Arranged, Error> {
    let matcher = Matcher::new(task.frames);
    let mut expected = match &task.layout.places {
        Places::Cells(cells) => expect_grid(task, cells, &matcher, progress)?,
        Places::Positions(positions) => expect_positions(task, positions)?,
    };
    let adjoin = |pair: &Pair| match (task.settings.overlap_px, pair.side.axis()) {
        (Some(overlap), Some(axis)) => overlap[axis] == 0,
        _ => false,
    };
    // Those not found near where they are expected are searched for there.
    let again: Vec<usize> = (0..expected.pairs.len())
        .filter(|&i| {
            let (pair, shift) = &expected.pairs[i];
            let reach = reach(task.size(pair.frames[0]));
            let near = |found: &Found| {
                (0..2).all(|axis| (found.shift[axis] as f64 - shift[axis]).abs() <= reach[axis])
            };
            !adjoin(pair) && !expected.found[i].is_some_and(|f| f.is_sure() && near(&f))
        })
        .collect();
    let searches: Vec<(Pair, Search)> = again
        .iter()
        .map(|&i| {
            let (pair, shift) = expected.pairs[i];
            (
                pair,
                Search::Around(shift, reach(task.size(pair.frames[0]))),
            )
        })
        .collect();
    for (&i, found) in again.iter().zip(matcher.find_all(&searches, progress)?) {
        expected.found[i] = found;
    }
    let used: Vec<bool> = expected
        .found
        .iter()
        .map(|found| found.is_some_and(|f| f.is_sure()))
        .collect();
    check_agreement(task, &expected, &used, &adjoin, progress)?;
    Ok(placed(task, expected, used))
}

/// Pairs that should show the same and do not.
fn unlike(task: &Task<'_>, expected: &Expected, used: &[bool]) -> Vec<usize> {
    (0..used.len())
        .filter(|&i| {
            let (pair, shift) = expected.pairs[i];
            let [a, b] = pair.frames.map(|frame| &task.frames[frame]);
            !used[i] && tells_a_place(a, b, shift.map(|v| v.round() as i64))
        })
        .collect()
}

fn check_agreement(
    task: &Task<'_>,
    expected: &Expected,
    used: &[bool],
    adjoin: &dyn Fn(&Pair) -> bool,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let mut unlike = unlike(task, expected, used);
    unlike.retain(|&i| !adjoin(&expected.pairs[i].0));
    let agreeing = used.iter().filter(|used| **used).count();
    let telling = agreeing + unlike.len();
    let Some(&first) = unlike.first() else {
        return Ok(());
    };
    let [a, b] = expected.pairs[first].0.frames.map(|frame| task.name(frame));
    if (agreeing as f64) < AGREEING_MIN * telling as f64 {
        let hint = better_order(task, progress)?.unwrap_or_else(|| match task.layout.places {
            Places::Cells(_) => "check `columns`, `order` and `from`, and that all frames are of \
                                 one section"
                .to_owned(),
            Places::Positions(_) => "check the unit of the positions, `pixel_size_um`, and by \
                                     `from` which way x and y count"
                .to_owned(),
        });
        return Err(task.wrong(format!(
            "of {telling} pairs of neighbouring frames only {agreeing} show the same where they \
             overlap (`{a}` and `{b}` do not, for one); {hint}"
        )));
    }
    for frame in 0..task.layout.len() {
        let of_frame = |i: &usize| expected.pairs[*i].0.frames.contains(&frame);
        let against = unlike.iter().filter(|i| of_frame(i)).count();
        let with = (0..used.len()).filter(|i| used[*i] && of_frame(i)).count();
        if with == 0 && against >= 2 {
            return Err(task.wrong(format!(
                "the frame `{}` shows something else than all its {against} neighbours where they \
                 overlap: its name or place is wrong, or it is of another section. Correct it, or \
                 take the frame away (its area then counts as not measured)",
                task.name(frame)
            )));
        }
    }
    Ok(())
}

/// All frames together; pairs that the others contradict are left out, the worst first.
fn placed(task: &Task<'_>, expected: Expected, mut used: Vec<bool>) -> Arranged {
    let solve = |used: &[bool]| -> Vec<[f64; 2]> {
        let of_axis = |axis: usize| {
            let differences: Vec<Difference> = expected
                .pairs
                .iter()
                .enumerate()
                .map(|(i, (pair, shift))| match (used[i], expected.found[i]) {
                    (true, Some(found)) => Difference {
                        nodes: pair.frames,
                        difference: found.shift[axis] as f64,
                        weight: 1.0,
                    },
                    _ => Difference {
                        nodes: pair.frames,
                        difference: shift[axis],
                        weight: EXPECTED_WEIGHT,
                    },
                })
                .collect();
            let prior: Vec<f64> = expected.positions.iter().map(|xy| xy[axis]).collect();
            least_squares(&prior, &differences)
        };
        let (x, y) = (of_axis(0), of_axis(1));
        x.into_iter().zip(y).map(|(x, y)| [x, y]).collect()
    };
    let residual = |places: &[[f64; 2]], i: usize| {
        let [a, b] = expected.pairs[i].0.frames;
        let shift = expected.found[i].map_or(expected.pairs[i].1, |f| f.shift.map(|v| v as f64));
        let off = [0, 1].map(|axis| places[b][axis] - places[a][axis] - shift[axis]);
        off[0].hypot(off[1])
    };
    let mut places = solve(&used);
    let mut refused = Vec::new();
    loop {
        let residuals: Vec<(usize, f64)> = (0..used.len())
            .filter(|i| used[*i])
            .map(|i| (i, residual(&places, i)))
            .collect();
        let middle = median(residuals.iter().map(|(_, r)| *r).collect()).unwrap_or(0.0);
        let worst = residuals.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        match worst {
            Some(&(i, off)) if off > RESIDUAL_PX.max(RESIDUAL_MEDIANS * middle) => {
                used[i] = false;
                refused.push((i, off));
                places = solve(&used);
            }
            _ => break,
        }
    }
    let mut notes = Vec::new();
    for (i, off) in refused.iter().take(8) {
        let [a, b] = expected.pairs[*i].0.frames.map(|frame| task.name(frame));
        notes.push(format!(
            "the overlap of `{a}` and `{b}` is left out: it would put them {off:.1} pixels off what \
             all others say"
        ));
    }
    let alone: Vec<String> = (0..task.layout.len())
        .filter(|frame| {
            let mut of_frame =
                (0..used.len()).filter(|i| used[*i] && expected.pairs[*i].0.frames.contains(frame));
            task.layout.len() > 1 && of_frame.next().is_none()
        })
        .map(|frame| format!("`{}`", task.name(frame)))
        .collect();
    if !alone.is_empty() {
        let shown: Vec<&str> = alone.iter().take(8).map(String::as_str).collect();
        notes.push(format!(
            "{} frames are placed by the usual step alone, since nothing in their overlaps tells a \
             place: {}{}",
            alone.len(),
            shown.join(", "),
            if alone.len() > 8 { " and others" } else { "" }
        ));
    }
    let links = (0..used.len())
        .filter_map(|i| {
            let found = expected.found[i]?;
            Some(FrameLink {
                frames: expected.pairs[i].0.frames,
                shift_px: found.shift.map(|v| v as f64),
                likeness: found.likeness.value,
                used: used[i],
                residual_px: residual(&places, i),
            })
        })
        .collect();
    Arranged {
        placed: places,
        expected: expected.positions,
        links,
        notes,
    }
}
