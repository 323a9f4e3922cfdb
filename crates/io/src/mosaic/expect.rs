//! Where frames are expected, before all are placed together.

use corelith_core::Progress;

use super::layout::Layout;
use super::likeness::Overlap;
use super::links::{Found, Matcher, Pair, Search, Side};
use super::order::{better_order, what_to_check};
use super::said_to_adjoin::refuse_overlaps;
use super::step::usual_step;
use super::task::Task;
use crate::Error;

/// Positions are within so many pixels.
const POSITION_MAX_PX: f64 = 1e6;

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

/// Pairs with where the second frame is expected in the first.
pub(super) struct Expected {
    pub pairs: Vec<(Pair, [f64; 2])>,
    pub positions: Vec<[f64; 2]>,
    pub found: Vec<Option<Found>>,
}

pub(super) fn expect_grid(
    task: &Task<'_>,
    cells: &[[usize; 2]],
    matcher: &Matcher<'_>,
    progress: &dyn Progress,
) -> Result<Expected, Error> {
    let pairs = grid_pairs(cells);
    refuse_overlaps(task, &pairs, matcher, progress)?;
    let searches: Vec<(Pair, Search)> = pairs
        .iter()
        .filter(|pair| !task.adjoins(pair.side))
        .map(|&pair| (pair, task.search(pair)))
        .collect();
    let found = matcher.find_all(&searches, progress)?;
    let with_pair: Vec<(Pair, Option<Found>)> =
        searches.iter().map(|(pair, _)| *pair).zip(found).collect();
    let mut steps = [None; 2];
    for side in [Side::Right, Side::Below] {
        let count = pairs.iter().filter(|pair| pair.side == side).count();
        if count == 0 {
            steps[usize::from(side == Side::Below)] = task.said(side);
            refuse_gap(task, cells, side)?;
            continue;
        }
        // What is measured goes before what is said.
        let step = usual_step(task, &with_pair, side).or(task.said(side));
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
                hint.unwrap_or_else(|| format!(
                    "{}; or give the overlap at which they were taken, in pixels along x and y, in \
                     `mosaic`: `overlap_px = [0, 0]` where they adjoin",
                    what_to_check(task)
                ))
            )));
        };
        steps[usize::from(side == Side::Below)] = Some(step);
    }
    let step_of = |side: Side| steps[usize::from(side == Side::Below)];
    let all: Vec<(Pair, [f64; 2])> = pairs
        .iter()
        .filter_map(|&pair| Some((pair, step_of(pair.side)?.shift(task, pair))))
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

/// Where several rows or columns have no neighbours, nothing says how far they lie apart.
fn refuse_gap(task: &Task<'_>, cells: &[[usize; 2]], side: Side) -> Result<(), Error> {
    let axis = side.axis().unwrap_or(0);
    let mut lines: Vec<usize> = cells.iter().map(|cell| cell[axis]).collect();
    lines.sort_unstable();
    lines.dedup();
    let [first, second, ..] = *lines else {
        return Ok(());
    };
    if task.said(side).is_some() {
        return Ok(());
    }
    let what = ["columns", "rows"][axis];
    let of_line = |line: usize| {
        let at = cells.iter().position(|cell| cell[axis] == line);
        task.name(at.unwrap_or(0))
    };
    Err(task.wrong(format!(
        "no two {what} of frames lie beside each other: by their names {} {what} are missing between \
         `{}` and `{}`, so that nothing tells how far these lie apart. Name a table of positions \
         (file, x_um, y_um) as `positions`, give the overlap of neighbours as `overlap_px`, or give \
         each part of the section a map of its own",
        second - first - 1,
        of_line(first),
        of_line(second)
    )))
}

pub(super) fn expect_positions(task: &Task<'_>, positions: &[[f64; 2]]) -> Result<Expected, Error> {
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
    let pairs = near_pairs(task, &positions);
    Ok(Expected {
        found: vec![None; pairs.len()],
        pairs,
        positions,
    })
}

/// Frames that overlap by their positions, and where the second one lies in the first.
pub(super) fn near_pairs(task: &Task<'_>, positions: &[[f64; 2]]) -> Vec<(Pair, [f64; 2])> {
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
    pairs
}
