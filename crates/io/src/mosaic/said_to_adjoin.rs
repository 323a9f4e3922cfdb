//! Frames that are said to adjoin, and show the same where they meet.

use corelith_core::Progress;

use super::links::{Matcher, Pair, Search, Side};
use super::task::Task;
use crate::Error;

/// Pairs of a side that are looked at.
const SAMPLED: usize = 8;

/// How surely pairs have to be alike: frames that adjoin are never so by chance.
const SURE: f64 = 0.6;

/// Fails when most neighbours on a side share pixels, although they are said to share none.
///
/// # Errors
/// [`Error::Image`] with the overlap that pixels tell, cancellation.
pub(super) fn refuse_overlaps(
    task: &Task<'_>,
    pairs: &[Pair],
    matcher: &Matcher<'_>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let Some(said) = task.settings.overlap_px else {
        return Ok(());
    };
    let mut shared = said.map(|n| n as i64);
    let mut shown = None;
    for side in [Side::Right, Side::Below] {
        let Some(axis) = side.axis().filter(|_| task.adjoins(side)) else {
            continue;
        };
        let of_side: Vec<Pair> = pairs.iter().filter(|p| p.side == side).copied().collect();
        let step = of_side.len().div_ceil(SAMPLED).max(1);
        let searches: Vec<(Pair, Search)> = of_side
            .into_iter()
            .step_by(step)
            .map(|pair| (pair, Search::Free))
            .collect();
        let found = matcher.find_all(&searches, progress)?;
        let mut overlaps: Vec<(i64, Pair)> = searches
            .iter()
            .zip(found)
            .filter_map(|((pair, _), found)| {
                let found = found.filter(|found| found.likeness.sure >= SURE)?;
                let length = task.size(pair.frames[0])[axis] as i64;
                Some((length - found.shift[axis], *pair))
            })
            .collect();
        if 2 * overlaps.len() <= searches.len() {
            continue;
        }
        overlaps.sort_by_key(|(overlap, _)| *overlap);
        let (middle, pair) = overlaps[overlaps.len() / 2];
        shared[axis] = middle;
        shown.get_or_insert(pair);
    }
    let Some(pair) = shown else {
        return Ok(());
    };
    let [a, b] = pair.frames.map(|frame| task.name(frame));
    Err(task.wrong(format!(
        "the frames are said to adjoin, and share pixels where they meet, such as `{a}` and `{b}`; \
         write `overlap_px = [{}, {}]` in `mosaic`, or take `overlap_px` out",
        shared[0], shared[1]
    )))
}
