//! What to say of names that do not make one stack.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::columns::is_distinct;
use super::numbered_name::{NumberedName, stem};

/// Names of one form and their places in the list.
type Groups = BTreeMap<String, Vec<usize>>;

/// The pattern of a form: the names with a wild card where their numbers differ.
pub(super) fn pattern_of(names: &[String], read: &[NumberedName], places: &[usize]) -> String {
    let first = &read[places[0]];
    let constant = |i: usize| {
        places
            .iter()
            .all(|&p| read[p].numbers[i].text == first.numbers[i].text)
    };
    let name = &names[places[0]];
    let ending = &name[stem(name).len()..];
    // Texts are in lower case; the name itself has the case of the file.
    let (mut pattern, mut rest) = (String::new(), stem(name));
    for (i, number) in first.numbers.iter().enumerate() {
        let Some(at) = rest.find(number.text.as_str()) else {
            break;
        };
        pattern.push_str(&glob::Pattern::escape(&rest[..at]));
        pattern.push_str(if constant(i) { &number.text } else { "[0-9]*" });
        rest = &rest[at + number.text.len()..];
    }
    pattern.push_str(&glob::Pattern::escape(rest));
    pattern + ending
}

/// A number that more names than this share have in common with others counts nothing.
const DOUBLED_MAX: f64 = 0.25;

/// What to say of names of one form in which no number tells all apart.
pub(super) fn repeated(names: &[String], read: &[NumberedName]) -> String {
    let columns = read[0].numbers.len();
    let values_of = |column: usize| -> BTreeMap<String, Vec<usize>> {
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, name) in read.iter().enumerate() {
            places
                .entry(name.numbers[column].text.clone())
                .or_default()
                .push(i);
        }
        places
    };
    // A number by which the names fall into series, in each of which another one counts; the one
    // that makes the fewest.
    let series = (0..columns)
        .map(|column| (column, values_of(column)))
        .filter(|(column, series)| {
            let several = series.len() > 1 && series.values().all(|places| places.len() > 1);
            several
                && (0..columns).any(|other| {
                    other != *column
                        && series
                            .values()
                            .all(|places| is_distinct(places.iter().map(|&i| &read[i]), other))
                })
        })
        .min_by_key(|(_, series)| series.len());
    if let Some((_, series)) = series {
        return series_message(names, read, series.into_values().collect());
    }
    let most_distinct = (0..columns).max_by_key(|&column| values_of(column).len());
    if let Some(column) = most_distinct
        && values_of(column).len() as f64 > (1.0 - DOUBLED_MAX) * names.len() as f64
    {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (i, name) in read.iter().enumerate() {
            let number = &name.numbers[column];
            if let Some(earlier) = seen.insert(number.key(), i) {
                return format!(
                    "number {} is there twice, as {} and as {}; take one of them away",
                    number.text, names[earlier], names[i]
                );
            }
        }
    }
    format!(
        "no number in the names counts the slices, such as {} and {}; name the slices by their \
         number",
        names[0], names[1]
    )
}

pub(super) fn series_message(
    names: &[String],
    read: &[NumberedName],
    series: Vec<Vec<usize>>,
) -> String {
    let listed: Vec<String> = series
        .iter()
        .take(6)
        .map(|places| {
            format!(
                "{} ({} files)",
                pattern_of(names, read, places),
                places.len()
            )
        })
        .collect();
    let folder_of = |i: usize| names[i].rsplit_once('/').map(|(folder, _)| folder);
    let folders: BTreeSet<Option<&str>> =
        series.iter().map(|places| folder_of(places[0])).collect();
    let join = match folders.len() == series.len() {
        true => {
            "; where they are parts of one stack, number them through, from one folder to the \
             next, and all are read as one"
        }
        false => "",
    };
    format!(
        "the files belong to {} series, which are not one stack: {}; keep one of them here, or \
         choose it by a pattern such as `{}`{join}",
        series.len(),
        listed.join(", "),
        pattern_of(names, read, &series[0])
    )
}

/// Whether a name is what others are without their one number: `slice` beside `slice_1`.
fn is_without_number(stray: &NumberedName, others: &NumberedName) -> bool {
    let trimmed = |text: &str| text.trim_end_matches(['_', '-', '.', ' ', '(']).to_owned();
    match (&stray.texts[..], &others.texts[..]) {
        ([name], [before, _]) => !before.is_empty() && trimmed(name) == trimmed(before),
        _ => false,
    }
}

/// What to say of names of several forms.
pub(super) fn several_forms(names: &[String], read: &[NumberedName]) -> String {
    let mut groups = Groups::new();
    for (i, name) in read.iter().enumerate() {
        groups.entry(name.skeleton()).or_default().push(i);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort_by_key(|places| std::cmp::Reverse(places.len()));
    let main = &groups[0];
    if main.len() == 1 {
        return format!(
            "the names are not numbered through, such as {} and {}; name the slices by their \
             number, or choose those that make a stack by a pattern",
            names[0], names[1]
        );
    }
    if groups[1].len() > 1 && 4 * groups[1].len() >= main.len() {
        let series = groups.iter().filter(|g| g.len() > 1).cloned().collect();
        return series_message(names, read, series);
    }
    let strays: Vec<usize> = groups[1..].iter().flatten().copied().collect();
    let listed: Vec<&str> = strays.iter().take(5).map(|&i| names[i].as_str()).collect();
    let pattern = pattern_of(names, read, main);
    let first = match strays[..] {
        [stray] if is_without_number(&read[stray], &read[main[0]]) => format!(
            " (if {} is the first slice, give it the number that it lacks)",
            names[stray]
        ),
        _ => String::new(),
    };
    let cure = match glob::Pattern::new(&pattern) {
        Ok(glob)
            if main.iter().all(|&i| glob.matches(&names[i]))
                && !strays.iter().any(|&i| glob.matches(&names[i])) =>
        {
            format!(
                "take {} away, or choose the slices of the folder by the pattern `{pattern}`",
                if strays.len() == 1 { "it" } else { "them" },
            )
        }
        _ => "move what does not belong to the stack to another folder".to_owned(),
    };
    format!(
        "{} of {} files {} not named like the others ({}): {}{}; {cure}{first}",
        strays.len(),
        names.len(),
        if strays.len() == 1 { "is" } else { "are" },
        names[main[0]],
        listed.join(", "),
        if strays.len() > 5 { " ..." } else { "" },
    )
}
