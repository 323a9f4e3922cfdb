//! The order of slices by their names, and what does not belong to the stack.

use super::columns::{Column, best_column, regularity, rounded, usual_step};
use super::copies::copies;
use super::misnamed::{repeated, several_forms};
use super::numbered_name::{NumberedName, Reading, stem};
use super::{hexadecimal, positions, totals};
use crate::{Error, natural};
use std::path::Path;

/// The order of slices, and what the user should know of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    /// Places in the list of names.
    pub places: Vec<usize>,
    pub notes: Vec<String>,
    /// Distance of slices by the positions in their names.
    pub step_um: Option<f64>,
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
            step_um: None,
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
    let position = one_form(&positions)
        .then(|| {
            best_column(&positions, |name, i| {
                name.has_unit(i) || name.numbers[i].decimals > 0 || name.numbers[i].value < 0.0
            })
        })
        .flatten();
    // `z10.50`, `z21.00`: whole parts count less regularly than the numbers.
    let is_counter = |counter: usize| {
        position.is_none_or(|i| regularity(&counts, counter) + 1e-9 > regularity(&positions, i))
    };
    if let Some(column) = counter.filter(|column| is_counter(*column)) {
        let stack = Stack {
            names,
            read: &counts,
            column,
            folder,
            is_hexadecimal: false,
        };
        let mut order = stack.ordered()?;
        if one_form(&positions) {
            order.step_um = positions::check(names, &positions, &order.places)?;
        }
        order
            .notes
            .extend(counts_down(&counts, column, &order.places));
        return Ok(order);
    }
    let any_position = || {
        one_form(&positions)
            .then(|| best_column(&positions, |_, _| true))
            .flatten()
    };
    if let Some(column) = position.or_else(any_position) {
        let stack = Stack {
            names,
            read: &positions,
            column,
            folder,
            is_hexadecimal: false,
        };
        let mut order = stack.ordered()?;
        order.step_um = positions::step_um(&positions, column, &order.places);
        return Ok(order);
    }
    if let Some(read) = hexadecimal::read(names) {
        let stack = Stack {
            names,
            read: &read,
            column: 0,
            folder,
            is_hexadecimal: true,
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
    is_hexadecimal: bool,
}

impl Stack<'_> {
    fn ordered(&self) -> Result<Order, Error> {
        let numbers = Column::of(self.read, self.column);
        let values = &numbers.values;
        let text = |i: usize| &self.read[i].numbers[self.column].text;
        let mut places: Vec<usize> = (0..values.len()).collect();
        places.sort_by(|&a, &b| {
            let in_text = || natural::compare(text(a), text(b));
            values[a].total_cmp(&values[b]).then_with(in_text)
        });
        let (step, tolerance) = usual_step(self.read, self.column);
        let wrong: Vec<usize> = (1..places.len())
            .filter(|&i| {
                let found = values[places[i]] - values[places[i - 1]];
                (found - step).abs() > tolerance
            })
            .collect();
        if let Some(&i) = wrong.first() {
            return Err(self.irregular(&places, &numbers, step, i, wrong.len()));
        }
        let is_position = self.read[0].has_unit(self.column)
            || self
                .read
                .iter()
                .any(|n| n.numbers[self.column].decimals > 0);
        let (first, last) = (places[0], places[places.len() - 1]);
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
        if self.is_hexadecimal {
            notes.push(format!(
                "the slices are in the order of the hexadecimal numbers in their names, from {} \
                 to {}",
                text(first),
                text(last)
            ));
        }
        notes.extend(totals::missing(self.read, self.column, &places));
        Ok(Order {
            places,
            notes,
            step_um: None,
        })
    }

    /// Step `i` of the order is another than `step`.
    fn irregular(
        &self,
        places: &[usize],
        numbers: &Column,
        step: f64,
        i: usize,
        wrong: usize,
    ) -> Error {
        let values = &numbers.values;
        let (before, after) = (places[i - 1], places[i]);
        let expected = match self.is_hexadecimal {
            true => format!("{:x}", (values[before] + step) as u64),
            false => numbers.text(values[before] + step),
        };
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
