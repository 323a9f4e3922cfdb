//! The numbers that names share, column by column.

use std::collections::HashSet;

use super::decimal::{difference, sum};
use super::numbered_name::NumberedName;
use crate::natural;

/// Whole numbers of more digits are not exact as floats.
const DIGITS_EXACT: usize = 15;

/// The numbers of one column of names.
pub(super) struct Column {
    /// The numbers; of long ones by how much they are above the least.
    pub values: Vec<f64>,
    /// The least, where numbers are long.
    least: Option<String>,
}

impl Column {
    pub(super) fn of(read: &[NumberedName], column: usize) -> Self {
        let numbers = || read.iter().map(|name| &name.numbers[column]);
        let is_long = numbers().any(|n| n.text.len() > DIGITS_EXACT);
        if !is_long || !numbers().all(|n| n.is_count()) {
            return Self {
                values: numbers().map(|n| n.value).collect(),
                least: None,
            };
        }
        let least = numbers()
            .map(|n| n.text.as_str())
            .min_by(|a, b| natural::compare(a, b))
            .unwrap_or("0");
        Self {
            values: numbers().map(|n| difference(&n.text, least)).collect(),
            least: Some(least.to_owned()),
        }
    }

    /// A number as it would stand in a name.
    pub(super) fn text(&self, value: f64) -> String {
        match &self.least {
            Some(least) => sum(least, value),
            None => rounded(value),
        }
    }
}

/// Without the last digits, in which floats are off.
pub(super) fn rounded(value: f64) -> String {
    let near: f64 = format!("{value:.11e}").parse().unwrap_or(value);
    near.to_string()
}

/// Steps between values in ascending order.
fn steps(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.windows(2).map(|w| w[1] - w[0]).collect()
}

/// Positions are rounded at both ends of a step.
const ROUNDED: f64 = 1.01;

/// A step that is no longer than so many roundings is exact: else a gap would be a rounding.
const ROUNDINGS_A_STEP: f64 = 2.0;

/// Decimals of a column: of numbers with an exponent, which have as many digits each, those of the
/// least exact.
fn decimals_of(read: &[NumberedName], column: usize) -> usize {
    let numbers = || read.iter().map(|name| &name.numbers[column]);
    let has_exponent = numbers().any(|number| number.text.contains('e'));
    let decimals = numbers().filter(|number| number.value != 0.0 || !has_exponent);
    let decimals = decimals.map(|number| number.decimals);
    match has_exponent {
        true => decimals.min(),
        false => decimals.max(),
    }
    .unwrap_or(0)
}

/// The step that is there most often, the smallest of them, and how far off others may be.
pub(super) fn usual_step(read: &[NumberedName], column: usize) -> (f64, f64) {
    let decimals = decimals_of(read, column);
    let last_place = 10_f64.powi(-(decimals as i32));
    let mut all = steps(&Column::of(read, column).values);
    all.sort_by(f64::total_cmp);
    let exact = (1e-3 * last_place).max(1e-9 * all[0].abs());
    // Whole lengths may be rounded, counts are not.
    if decimals > 0 || read[0].has_unit(column) {
        let tolerance = ROUNDED * last_place;
        let like = most_like(&all, tolerance);
        // The middle of those alike: each is rounded.
        let step = like.iter().sum::<f64>() / like.len() as f64;
        if step > ROUNDINGS_A_STEP * last_place {
            return (step, tolerance);
        }
    }
    (most_like(&all, exact)[0], exact)
}

/// The steps that are like the one that has most like it.
fn most_like(sorted: &[f64], tolerance: f64) -> &[f64] {
    let mut most = &sorted[..0];
    for step in sorted {
        let from = sorted.partition_point(|s| *s < step - tolerance);
        let to = sorted.partition_point(|s| *s <= step + tolerance);
        if to - from > most.len() {
            most = &sorted[from..to];
        }
    }
    most
}

/// Whether no two of some names have the same number.
pub(super) fn is_distinct<'a>(
    read: impl IntoIterator<Item = &'a NumberedName>,
    column: usize,
) -> bool {
    let mut seen = HashSet::new();
    read.into_iter()
        .all(|name| seen.insert(name.numbers[column].key()))
}

/// Share of steps that are the usual one.
pub(super) fn regularity(read: &[NumberedName], column: usize) -> f64 {
    let (usual, tolerance) = usual_step(read, column);
    let all = steps(&Column::of(read, column).values);
    let regular = all
        .iter()
        .filter(|s| (**s - usual).abs() <= tolerance)
        .count();
    regular as f64 / all.len() as f64
}

/// The number that tells all names apart and counts most regularly, the leftmost of equals.
pub(super) fn best_column(
    read: &[NumberedName],
    is_wanted: impl Fn(&NumberedName, usize) -> bool,
) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for column in 0..read[0].numbers.len() {
        if !is_wanted(&read[0], column) || !is_distinct(read, column) {
            continue;
        }
        let regular = regularity(read, column);
        if best.is_none_or(|(_, most)| regular > most + 1e-9) {
            best = Some((column, regular));
        }
    }
    best.map(|(column, _)| column)
}
