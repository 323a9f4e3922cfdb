//! The order of slices by their names, and what does not belong to the stack.

use super::columns::{best_column, column_values, is_distinct, usual_step};
use super::copies::copies;
use super::misnamed::{repeated, several_forms};
use super::numbered_name::{NumberedName, Reading, stem};
use crate::Error;
use std::path::Path;

/// The order of slices, and what the user should know of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    /// Places in the list of names.
    pub places: Vec<usize>,
    pub notes: Vec<String>,
}

/// More irregular steps than this share are no gaps: the number does not count slices.
const IRREGULAR_MAX: f64 = 0.3;

/// Orders names, which are relative to `folder`, by the one number that counts up by a constant
/// step.
///
/// # Errors
/// When there are copies, strays or several series, when slices are missing or doubled, or when
/// no number counts.
pub(super) fn order(names: &[String], folder: &Path) -> Result<Order, Error> {
    let wrong = |problem: String| Error::SliceNames {
        folder: folder.to_owned(),
        problem,
    };
    if names.len() == 1 {
        return Ok(Order {
            places: vec![0],
            notes: Vec::new(),
        });
    }
    if let Some(problem) = copies(names) {
        return Err(wrong(problem));
    }
    let read = |reading: Reading| -> Vec<NumberedName> {
        names
            .iter()
            .map(|name| NumberedName::of(stem(name), reading))
            .collect()
    };
    let (counts, positions) = (read(Reading::Counts), read(Reading::Positions));
    let counter = one_form(&counts)
        .then(|| best_column(&counts, |name, i| !is_part_of_a_length(name, i)))
        .flatten();
    if let Some(column) = counter {
        let stack = Stack {
            names,
            read: &counts,
            column,
            folder,
        };
        let mut order = stack.ordered()?;
        if one_form(&positions) {
            check_positions(names, &positions, &order.places)?;
        }
        if let Some(note) = counts_down(&counts, column, &order.places) {
            order.notes.push(note);
        }
        return Ok(order);
    }
    if one_form(&positions)
        && let Some(column) = best_column(&positions, |name, i| {
            name.has_unit(i) || name.numbers[i].decimals > 0 || name.numbers[i].value < 0.0
        })
        .or_else(|| best_column(&positions, |_, _| true))
    {
        let stack = Stack {
            names,
            read: &positions,
            column,
            folder,
        };
        return stack.ordered();
    }
    Err(wrong(if one_form(&counts) {
        repeated(names, &counts)
    } else {
        several_forms(names, &counts)
    }))
}

fn one_form(read: &[NumberedName]) -> bool {
    read.iter()
        .all(|name| name.texts == read[0].texts && name.numbers.len() == read[0].numbers.len())
}

/// Whether number `i` of a name, read in counts, is a length or its decimals: `z2.296um`.
fn is_part_of_a_length(name: &NumberedName, i: usize) -> bool {
    let point_after = name.texts[i + 1] == "." && i + 1 < name.numbers.len();
    let point_before = i > 0 && name.texts[i] == ".";
    name.has_unit(i) || (point_after && name.has_unit(i + 1)) || (point_before && name.has_unit(i))
}

/// Names of one form, and the number that counts them.
struct Stack<'a> {
    names: &'a [String],
    read: &'a [NumberedName],
    column: usize,
    folder: &'a Path,
}

impl Stack<'_> {
    fn ordered(&self) -> Result<Order, Error> {
        let values = column_values(self.read, self.column);
        let mut places: Vec<usize> = (0..values.len()).collect();
        places.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let (step, tolerance) = usual_step(self.read, self.column);
        let wrong: Vec<usize> = (1..places.len())
            .filter(|&i| {
                let found = values[places[i]] - values[places[i - 1]];
                (found - step).abs() > tolerance
            })
            .collect();
        if let Some(&i) = wrong.first() {
            return Err(self.irregular(&places, &values, step, i, wrong.len()));
        }
        let is_position = self.read[0].has_unit(self.column)
            || self
                .read
                .iter()
                .any(|n| n.numbers[self.column].decimals > 0);
        let (first, last) = (places[0], places[places.len() - 1]);
        let text = |i: usize| &self.read[i].numbers[self.column].text;
        let mut notes = Vec::new();
        if is_position {
            notes.push(format!(
                "the slices are in the order of the positions in their names, from {} to {} in \
                 steps of {}",
                text(first),
                text(last),
                rounded(step)
            ));
        } else if places.len() > 1 && step > 1.0 {
            notes.push(format!(
                "the slices are numbered in steps of {} ({}, {} ... {}), the numbers between are \
                 not there; the voxel size along z has to be the distance of the slices that are \
                 there",
                rounded(step),
                text(first),
                text(places[1]),
                text(last)
            ));
        }
        Ok(Order { places, notes })
    }

    /// Step `i` of the order is another than `step`.
    fn irregular(
        &self,
        places: &[usize],
        values: &[f64],
        step: f64,
        i: usize,
        wrong: usize,
    ) -> Error {
        let (before, after) = (places[i - 1], places[i]);
        let expected = rounded(values[before] + step);
        if wrong as f64 > IRREGULAR_MAX * (places.len() - 1) as f64 && wrong > 1 {
            return Error::SliceNames {
                folder: self.folder.to_owned(),
                problem: format!(
                    "no number in the names counts the slices by a constant step: after {} number \
                     {expected} was expected, found {}, and {} more steps differ; name the slices \
                     by their number, or choose those that make a stack by a pattern",
                    self.names[before],
                    self.names[after],
                    wrong - 1
                ),
            };
        }
        if values[after] - values[before] < step {
            return Error::SliceNames {
                folder: self.folder.to_owned(),
                problem: format!(
                    "the slices are numbered in steps of {}, but after {} number {expected} was \
                     expected, found {}; take away what does not belong to the stack, or restore \
                     the slices that are missing elsewhere",
                    rounded(step),
                    self.names[before],
                    self.names[after]
                ),
            };
        }
        Error::SliceGap {
            before: self.names[before].clone(),
            expected,
            after: self.names[after].clone(),
            more: match wrong {
                1 => String::new(),
                2 => ", and there is 1 more gap".to_owned(),
                n => format!(", and there are {} more gaps", n - 1),
            },
        }
    }
}

fn rounded(value: f64) -> String {
    format!("{}", (value * 1e6).round() / 1e6)
}

/// Fails when the positions in names that are numbered without a gap jump at a few places: the
/// slices were numbered anew after some were lost.
fn check_positions(names: &[String], read: &[NumberedName], places: &[usize]) -> Result<(), Error> {
    for column in 0..read[0].numbers.len() {
        let values: Vec<f64> = places
            .iter()
            .map(|&i| read[i].numbers[column].value)
            .collect();
        if !read[0].has_unit(column) || !is_distinct(&values) {
            continue;
        }
        let (step, tolerance) = usual_step(read, column);
        let wrong: Vec<usize> = (1..values.len())
            .filter(|&i| {
                let found = (values[i] - values[i - 1]).abs();
                (found - step).abs() > tolerance.max(0.5 * step)
            })
            .collect();
        let few = wrong.len() as f64 <= 0.2 * (values.len() - 1) as f64;
        if let (Some(&i), true) = (wrong.first(), few) {
            let direction = (values[values.len() - 1] - values[0]).signum();
            return Err(Error::SliceGap {
                before: names[places[i - 1]].clone(),
                expected: rounded(values[i - 1] + direction * step),
                after: names[places[i]].clone(),
                more: " (a position: the names are numbered through, their positions are not)"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// Says so when another number counts down while the first counts up.
fn counts_down(read: &[NumberedName], counter: usize, places: &[usize]) -> Option<String> {
    (0..read[0].numbers.len())
        .filter(|column| *column != counter)
        .find(|&column| {
            places
                .windows(2)
                .all(|w| read[w[1]].numbers[column].value < read[w[0]].numbers[column].value)
        })
        .map(|column| {
            format!(
                "the names hold a second number that falls from {} to {}; the slices are in the \
                 order of the number that rises",
                read[places[0]].numbers[column].text,
                read[places[places.len() - 1]].numbers[column].text
            )
        })
}

#[cfg(test)]
mod tests;
