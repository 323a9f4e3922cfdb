//! Maps whose grey values are the numbers of classes.

use std::collections::BTreeMap;

use corelith_core::UNMEASURED;
use serde::{Deserialize, Serialize};

use crate::image_file::{Grey, Problem};
use crate::legend::{FOREIGN, field_of};
use crate::mineral_list::MineralList;

/// What the grey values of a class-number map mean, where the mineral list has no column `number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// 0 is the first row of the mineral list.
    Row,
    /// 1 is the first row of the mineral list; 0 was not measured.
    RowFromOne,
}

/// Stands for NaN, which no table lists.
const NAN: i64 = i64::MIN;

/// Numbers whose mineral a note names.
const NAMED_MAX: usize = 16;

/// How often each grey value occurs, in ascending order; `None` when there are too many to be
/// class numbers, or fractions among them.
fn counts(grey: &Grey) -> Option<BTreeMap<i64, u64>> {
    const CLASSES_MAX: usize = 256;
    let mut counts = BTreeMap::new();
    let mut last: Option<(i64, u64)> = None;
    let mut add = |value: i64| {
        match &mut last {
            Some((same, n)) if *same == value => *n += 1,
            _ => {
                if let Some((value, n)) = last.replace((value, 1)) {
                    *counts.entry(value).or_insert(0) += n;
                }
            }
        }
        counts.len() <= CLASSES_MAX
    };
    let few = match grey {
        Grey::U8(v) => v.iter().all(|v| add(i64::from(*v))),
        Grey::U16(v) => v.iter().all(|v| add(i64::from(*v))),
        Grey::Real(v) => v
            .iter()
            .filter(|v| !v.is_nan())
            .all(|v| v.fract() == 0.0 && v.abs() < 1e15 && add(*v as i64)),
    };
    if let Some((value, n)) = last {
        *counts.entry(value).or_insert(0) += n;
    }
    (few && counts.len() <= CLASSES_MAX).then_some(counts)
}

fn listed(counts: &BTreeMap<i64, u64>) -> String {
    let values: Vec<String> = counts.keys().take(12).map(i64::to_string).collect();
    let more = if counts.len() > 12 { " and so on" } else { "" };
    format!("{}{more}", values.join(", "))
}

/// The label of each number: that of the setting, else that of the list's column.
fn label_of(list: &MineralList, numbers: Option<Numbers>) -> Option<BTreeMap<i64, u8>> {
    let rows = 0..list.minerals.len() as u8;
    let label = |class: u8| {
        if list.minerals.is_ignored(class) {
            UNMEASURED
        } else {
            class
        }
    };
    Some(match (numbers, &list.numbers) {
        (Some(Numbers::Row), _) => rows.map(|c| (i64::from(c), label(c))).collect(),
        (Some(Numbers::RowFromOne), _) => rows
            .map(|c| (i64::from(c) + 1, label(c)))
            .chain([(0, UNMEASURED)])
            .collect(),
        (None, Some(numbers)) => rows
            .zip(numbers)
            .filter_map(|(c, number)| Some(((*number)?, label(c))))
            .collect(),
        (None, None) => return None,
    })
}

/// Labels of a class-number map, and what is to be said of them; `None` when neither the list nor a setting says what the numbers
/// mean.
pub(super) fn classes_of_numbers(
    grey: &Grey,
    cols: usize,
    list: &MineralList,
    numbers: Option<Numbers>,
) -> Option<Result<(Vec<u8>, String), Problem>> {
    let labels = label_of(list, numbers)?;
    let Some(counts) = counts(grey) else {
        return Some(Err(Problem(too_many())));
    };
    let unknown: BTreeMap<i64, u64> = counts
        .into_iter()
        .filter(|(value, _)| !labels.contains_key(value))
        .collect();
    let source = match numbers {
        Some(Numbers::Row) => "`numbers = \"row\"` (0 is the first row)",
        Some(Numbers::RowFromOne) => "`numbers = \"row_from_one\"` (1 is the first row)",
        None => "the column of numbers in the mineral list",
    };
    if let Some((value, pixels)) = unknown.iter().max_by_key(|(_, n)| **n) {
        let known = known_numbers(grey, list, numbers).unwrap_or_default();
        let field = field_of(&known, cols, known.len() / cols.max(1));
        let strip = field.map_or_else(String::new, |field| {
            format!(
                "most of them fill a strip along the side, as a legend or scale bar does: set \
                 `crop_px = {}` for the map to leave it out. Or, ",
                field.in_toml()
            )
        });
        return Some(Err(Problem(format!(
            "the class numbers {} stand for no mineral by {source}, {value} the most often ({pixels} \
             pixels); {strip}give every number a row in the mineral list, with `ignore` set to yes \
             where it means that nothing was measured",
            listed(&unknown)
        ))));
    }
    let label = |value: i64| labels.get(&value).copied().unwrap_or(UNMEASURED);
    let meant: Vec<String> = labels
        .iter()
        .take(NAMED_MAX)
        .map(|(value, label)| match *label {
            UNMEASURED => format!("{value} is not measured"),
            class => format!("{value} is `{}`", list.minerals.name(class)),
        })
        .collect();
    let more = if labels.len() > NAMED_MAX {
        " and so on"
    } else {
        ""
    };
    let note = format!(
        "class numbers by {source}: {}{more}; where the program that made the map counts otherwise, \
         the minerals are wrong",
        meant.join(", ")
    );
    Some(Ok((label_each(grey, label), note)))
}

/// The label of every pixel, [`FOREIGN`] where its number stands for nothing; `None` when neither the
/// list nor a setting says what numbers mean.
pub(super) fn known_numbers(
    grey: &Grey,
    list: &MineralList,
    numbers: Option<Numbers>,
) -> Option<Vec<u16>> {
    let labels = label_of(list, numbers)?;
    let known = |value: i64| {
        labels
            .get(&value)
            .map_or(FOREIGN, |label| u16::from(*label))
    };
    Some(label_each(grey, known))
}

/// The label of every pixel; NaN has none of the list.
fn label_each<T: Copy>(grey: &Grey, label: impl Fn(i64) -> T) -> Vec<T> {
    match grey {
        Grey::U8(v) => {
            let table: Vec<T> = (0..=255).map(label).collect();
            v.iter().map(|v| table[usize::from(*v)]).collect()
        }
        Grey::U16(v) => v.iter().map(|v| label(i64::from(*v))).collect(),
        Grey::Real(v) => v
            .iter()
            .map(|v| label(if v.is_nan() { NAN } else { *v as i64 }))
            .collect(),
    }
}

fn too_many() -> String {
    "greyscale with more values than there can be classes, expected a map of the minerals; is it the \
     BSE image? Then exchange `bse` and `mineral_map`"
        .to_owned()
}

/// Whether all values are numbers of rows, counted from 0 or 1.
pub(super) fn could_be_numbers(grey: &Grey, list: &MineralList) -> bool {
    let rows = list.minerals.len() as i64;
    counts(grey).is_some_and(|counts| counts.keys().all(|v| (0..=rows).contains(v)))
}

/// What to say of a greyscale map whose values are no colours of the list and have no table.
pub(super) fn unexplained(grey: &Grey, list: &MineralList) -> Problem {
    let Some(counts) = counts(grey) else {
        return Problem(too_many());
    };
    let rows = list.minerals.len() as i64;
    let inside = |from: i64, end: i64| counts.keys().all(|v| (from..end).contains(v));
    // What the numbers then are, so that a person sees whether it is right.
    let meant = |first: i64| {
        let rows = (0..list.minerals.len().min(3) as u8).zip(first..);
        let named =
            rows.map(|(class, value)| format!("{value} is `{}`", list.minerals.name(class)));
        named.collect::<Vec<_>>().join(", ")
    };
    let mut ways = vec![
        "give the mineral list a column `number` with the number that each mineral has in the \
         program that made the map"
            .to_owned(),
    ];
    if inside(0, rows) {
        ways.push(format!(
            "only when the numbers count the rows of the list, set `numbers = \"row\"` for the map: \
             then {} and so on",
            meant(0)
        ));
    }
    if inside(0, rows + 1) {
        ways.push(format!(
            "only when they count its rows from 1, set `numbers = \"row_from_one\"` for the map: then \
             0 is not measured, {} and so on",
            meant(1)
        ));
    }
    let bse = match counts.len() as i64 > rows + 1 {
        true => format!(
            "more than the {rows} rows of the list: is it the BSE image? Then exchange `bse` and \
             `mineral_map`. Or are they "
        ),
        false => String::new(),
    };
    Problem(format!(
        "greyscale with the values {}, of which not all are colours of the mineral list; {bse}class \
         numbers? Then say what they mean: {}",
        listed(&counts),
        ways.join("; or, ")
    ))
}
