//! Places the frames of a section: pairs by phase correlation, all together by least squares
//! (Preibisch, Saalfeld and Tomancak 2009).

use corelith_core::Progress;

use super::agreement::check;
use super::expect::{Expected, expect_grid, expect_positions};
use super::layout::Places;
use super::links::{Found, FrameLink, Matcher, Pair, Search};
use super::order::what_to_check;
use super::placement::{Difference, least_squares};
use super::step::{is_near, median, reach};
use super::task::Task;
use super::untied::untied;
use crate::Error;

/// Weight of an expected step where the pixels of a pair tell none.
const EXPECTED_WEIGHT: f64 = 1e-3;

/// Placed frames may be off the place that a pair tells by so much, in pixels, and by so many times
/// the median of all.
const RESIDUAL_PX: f64 = 3.0;
const RESIDUAL_MEDIANS: f64 = 4.0;

/// Share of the pairs that all together may contradict: more show that they are alike by chance.
const CONTRADICTED_MAX: f64 = 0.25;

/// Where the frames of a section lie.
pub(super) struct Arranged {
    /// First pixel of each frame in the section.
    pub placed: Vec<[f64; 2]>,
    /// The same as names or table and the usual step say.
    pub expected: Vec<[f64; 2]>,
    pub links: Vec<FrameLink>,
    pub notes: Vec<String>,
}

/// Finds the places of the frames.
///
/// # Errors
/// [`Error::Image`] when frames do not fit their neighbours, which names those and, where another
/// order fits, that; cancellation.
pub(super) fn arrange(task: &Task<'_>, progress: &dyn Progress) -> Result<Arranged, Error> {
    let matcher = Matcher::new(task.frames, task.grain);
    let mut expected = match &task.layout.places {
        Places::Cells(cells) => expect_grid(task, cells, &matcher, progress)?,
        Places::Positions(positions) => expect_positions(task, positions)?,
    };
    // Those not found near where they are expected are searched for there.
    let again: Vec<usize> = (0..expected.pairs.len())
        .filter(|&i| {
            let (pair, shift) = &expected.pairs[i];
            let reach = reach(task.size(pair.frames[0]));
            let near = |found: &Found| is_near(found.shift.map(|v| v as f64), *shift, reach);
            !task.adjoins(pair.side) && !expected.found[i].is_some_and(|f| f.is_sure() && near(&f))
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
    let note = check(task, &expected, &used, progress)?;
    let mut arranged = placed(task, expected, used)?;
    arranged.notes.extend(note);
    Ok(arranged)
}

/// All frames together; pairs that the others contradict are left out, the worst first.
fn placed(task: &Task<'_>, expected: Expected, mut used: Vec<bool>) -> Result<Arranged, Error> {
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
    let agreed = used.iter().filter(|used| **used).count() + refused.len();
    if refused.len() > 1 && refused.len() as f64 > CONTRADICTED_MAX * agreed as f64 {
        let (worst, off) = refused[0];
        let [a, b] = expected.pairs[worst].0.frames.map(|frame| task.name(frame));
        return Err(task.wrong(format!(
            "the overlaps of frames contradict each other: {} of {agreed} do not fit the others \
             (that of `{a}` and `{b}` by {off:.1} pixels, for one), expected at most a quarter; {}",
            refused.len(),
            what_to_check(task)
        )));
    }
    let mut notes = Vec::new();
    for (i, off) in refused.iter().take(8) {
        let [a, b] = expected.pairs[*i].0.frames.map(|frame| task.name(frame));
        notes.push(format!(
            "the overlap of `{a}` and `{b}` is left out: it would put them {off:.1} pixels off what \
             all others say"
        ));
    }
    notes.extend(untied(task, &expected, &used));
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
    Ok(Arranged {
        placed: places,
        expected: expected.positions,
        links,
        notes,
    })
}
