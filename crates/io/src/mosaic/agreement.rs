//! Whether neighbouring frames show the same where they overlap.

use corelith_core::Progress;

use super::expect::Expected;
use super::layout::Places;
use super::likeness::tells_a_place;
use super::links::Side;
use super::order::{better_order, decide, what_to_check};
use super::task::Task;
use super::untied::groups;
use crate::Error;

/// Share of the pairs of a side that have to agree.
const AGREEING_MIN: f64 = 0.5;

/// How surely the only pair of a side has to be alike: no other bears it out.
const SURE_ALONE: f64 = 0.6;

/// So many pairs of a side, and this share of them, do not agree by chance.
const BEYOND_CHANCE: usize = 6;
const BEYOND_CHANCE_SHARE: f64 = 0.9;

/// Likeness below which, for sure, frames do not show what a table says they share.
const CONTRADICTED: f64 = 0.5;

/// Pairs that should show the same and do not.
fn unlike(task: &Task<'_>, expected: &Expected, used: &[bool]) -> Vec<usize> {
    let by_table = matches!(task.layout.places, Places::Positions(_));
    (0..used.len())
        .filter(|&i| {
            let (pair, shift) = expected.pairs[i];
            let [a, b] = pair.frames.map(|frame| &task.frames[frame]);
            let shift = shift.map(|v| v.round() as i64);
            // Names are borne out by pixels; a table stands unless pixels contradict it.
            let contradicts = !by_table
                || expected.found[i].is_some_and(|f| f.likeness.surely_less < CONTRADICTED);
            !used[i]
                && !task.adjoins(pair.side)
                && contradicts
                && tells_a_place(a, b, shift, task.grain)
        })
        .collect()
}

/// `used` are the pairs that agree. What is to be told, if anything.
///
/// # Errors
/// [`Error::Image`] when frames do not fit their neighbours, which names those and, where another
/// order fits, that, and when pixels do not tell one order from another; cancellation.
pub(super) fn check(
    task: &Task<'_>,
    expected: &Expected,
    used: &[bool],
    progress: &dyn Progress,
) -> Result<Option<String>, Error> {
    let unlike = unlike(task, expected, used);
    let mut is_beyond_chance = true;
    for side in [Side::Right, Side::Below, Side::Near] {
        let of_side = |i: &usize| expected.pairs[*i].0.side == side;
        let agreeing = (0..used.len()).filter(|i| used[*i] && of_side(i)).count();
        let against: Vec<usize> = unlike.iter().copied().filter(of_side).collect();
        let telling = agreeing + against.len();
        if let Some(&first) = against.first()
            && (agreeing as f64) < AGREEING_MIN * telling as f64
        {
            let [a, b] = expected.pairs[first].0.frames.map(|frame| task.name(frame));
            let hint = better_order(task, progress)?;
            let hint = hint.unwrap_or_else(|| what_to_check(task).to_owned());
            return Err(task.wrong(format!(
                "of {telling} pairs of neighbouring frames{} only {agreeing} show the same where \
                 they overlap (`{a}` and `{b}` do not, for one); {hint}",
                match side {
                    Side::Right => " in rows",
                    Side::Below => " in columns",
                    Side::Near => "",
                }
            )));
        }
        let mut sure = (0..used.len()).filter(|i| used[*i] && of_side(i));
        if let (Some(only), None) = (sure.next(), sure.next()) {
            refuse_unsure(task, expected, only)?;
        }
        let has_pairs = (0..used.len()).any(|i| of_side(&i));
        is_beyond_chance &= !has_pairs
            || agreeing >= BEYOND_CHANCE && agreeing as f64 >= BEYOND_CHANCE_SHARE * telling as f64;
    }
    // Another order makes strangers of many frames, so it is told first.
    let note = match is_beyond_chance {
        true => None,
        false => decide(task, progress)?,
    };
    refuse_strangers(task, expected, used, &unlike)?;
    refuse_strange_groups(task, expected, used, &unlike)?;
    Ok(note)
}

/// Refuses the only pair of a side, if names alone put it there and its pixels may agree by chance.
fn refuse_unsure(task: &Task<'_>, expected: &Expected, only: usize) -> Result<(), Error> {
    let (pair, _) = expected.pairs[only];
    let found = expected.found[only].map(|found| found.likeness);
    let is_sure = found.is_some_and(|likeness| likeness.sure >= SURE_ALONE);
    if is_sure || task.said(pair.side).is_some() || pair.side == Side::Near {
        return Ok(());
    }
    let [a, b] = pair.frames.map(|frame| task.name(frame));
    Err(task.wrong(format!(
        "the overlap of `{a}` and `{b}`, the only one that tells how far {} lie apart, holds too few \
         grains for that: likeness {:.2}, less two standard errors {:.2}, expected at least \
         {SURE_ALONE}. Name a table of positions (file, x_um, y_um) as `positions`, or give the \
         overlap of neighbours as `overlap_px`",
        match pair.side {
            Side::Below => "rows",
            _ => "columns",
        },
        found.map_or(0.0, |likeness| likeness.value),
        found.map_or(0.0, |likeness| likeness.sure),
    )))
}

/// Refuses frames that fit among themselves and not with the others: those pairs that agree say
/// nothing on how the groups lie to each other.
fn refuse_strange_groups(
    task: &Task<'_>,
    expected: &Expected,
    used: &[bool],
    unlike: &[usize],
) -> Result<(), Error> {
    let pairs = || expected.pairs.iter().map(|(pair, _)| pair.frames);
    let agreeing = pairs().zip(used).filter(|(_, used)| **used);
    let groups = groups(task.layout.len(), agreeing.map(|(frames, _)| frames));
    let group_of = |frame: usize| groups.iter().position(|group| group.contains(&frame));
    let is_several = |frame: usize| group_of(frame).is_some_and(|group| groups[group].len() > 1);
    let between = unlike.iter().find(|i| {
        let [a, b] = expected.pairs[**i].0.frames;
        group_of(a) != group_of(b) && is_several(a) && is_several(b)
    });
    let Some(&between) = between else {
        return Ok(());
    };
    let [a, b] = expected.pairs[between].0.frames;
    Err(task.wrong(format!(
        "the frames fall into {} groups that show the same in no overlap with each other, such as \
         `{}` and `{}`: a number may be missing or doubled, or some frames are of another section; \
         {}",
        groups.iter().filter(|group| group.len() > 1).count(),
        task.name(a),
        task.name(b),
        what_to_check(task)
    )))
}

/// Refuses a frame that most of its neighbours contradict, or the only one that tells something.
fn refuse_strangers(
    task: &Task<'_>,
    expected: &Expected,
    used: &[bool],
    unlike: &[usize],
) -> Result<(), Error> {
    let worst = (0..task.layout.len())
        .map(|frame| {
            let of_frame = |i: &usize| expected.pairs[*i].0.frames.contains(&frame);
            let against = unlike.iter().filter(|i| of_frame(i)).count();
            let with = (0..used.len()).filter(|i| used[*i] && of_frame(i)).count();
            (frame, against, with)
        })
        .filter(|(_, against, with)| against > with && (*against >= 2 || *with == 0))
        .max_by_key(|(_, against, with)| against - with);
    let Some((frame, against, with)) = worst else {
        return Ok(());
    };
    Err(task.wrong(format!(
        "the frame `{}` shows something else than {} neighbours where they overlap: its name or \
         place is wrong, a number before it is missing, or it is of another section. Correct it, or \
         take the frame away (its area then counts as not measured)",
        task.name(frame),
        match (against, with) {
            (1, 0) => "the only one of its".to_owned(),
            (_, 0) => format!("all its {against}"),
            _ => format!("{against} of its {}", against + with),
        }
    )))
}
