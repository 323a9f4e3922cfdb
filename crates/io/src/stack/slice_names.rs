//! The order of slices by their names, and what does not belong to the stack.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::copies::copies;
use super::numbered_name::{NumberedName, Reading, stem};
use crate::Error;

/// Names of one form and their places in the list.
type Groups = BTreeMap<String, Vec<usize>>;

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
        several_forms(names, &counts, folder)
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

/// Steps between values in ascending order.
fn steps(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.windows(2).map(|w| w[1] - w[0]).collect()
}

/// The step that is there most often, the smallest of them, and how far off others may be.
fn usual_step(read: &[NumberedName], column: usize) -> (f64, f64) {
    let decimals = read
        .iter()
        .map(|name| name.numbers[column].decimals)
        .max()
        .unwrap_or(0);
    // Positions are rounded at both ends of a step.
    let tolerance = match decimals {
        0 => 1e-9,
        d => 1.01 * 10_f64.powi(-(d as i32)),
    };
    let mut all = steps(&column_values(read, column));
    all.sort_by(f64::total_cmp);
    let (mut usual, mut most) = (all[0], 0);
    for &step in &all {
        let like = all.partition_point(|s| *s <= step + tolerance)
            - all.partition_point(|s| *s < step - tolerance);
        if like > most {
            (usual, most) = (step, like);
        }
    }
    if decimals > 0 {
        // The middle of those alike: each is rounded.
        let like: Vec<f64> = all
            .iter()
            .copied()
            .filter(|s| (s - usual).abs() <= tolerance)
            .collect();
        usual = like.iter().sum::<f64>() / like.len() as f64;
    }
    (usual, tolerance)
}

fn column_values(read: &[NumberedName], column: usize) -> Vec<f64> {
    read.iter().map(|name| name.numbers[column].value).collect()
}

fn is_distinct(values: &[f64]) -> bool {
    steps(values).iter().all(|step| *step > 0.0)
}

/// Share of steps that are the usual one.
fn regularity(read: &[NumberedName], column: usize) -> f64 {
    let (usual, tolerance) = usual_step(read, column);
    let all = steps(&column_values(read, column));
    let regular = all
        .iter()
        .filter(|s| (**s - usual).abs() <= tolerance)
        .count();
    regular as f64 / all.len() as f64
}

/// The number that tells all names apart and counts most regularly, the leftmost of equals.
fn best_column(
    read: &[NumberedName],
    is_wanted: impl Fn(&NumberedName, usize) -> bool,
) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for column in 0..read[0].numbers.len() {
        if !is_wanted(&read[0], column) || !is_distinct(&column_values(read, column)) {
            continue;
        }
        let regular = regularity(read, column);
        if best.is_none_or(|(_, most)| regular > most + 1e-9) {
            best = Some((column, regular));
        }
    }
    best.map(|(column, _)| column)
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

/// The pattern of a form: the names with a wild card where their numbers differ.
fn pattern_of(names: &[String], read: &[NumberedName], places: &[usize]) -> String {
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

/// What to say of names of one form in which no number tells all apart.
fn repeated(names: &[String], read: &[NumberedName]) -> String {
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
                        && series.values().all(|places| {
                            let values: Vec<f64> = places
                                .iter()
                                .map(|&i| read[i].numbers[other].value)
                                .collect();
                            is_distinct(&values)
                        })
                })
        })
        .min_by_key(|(_, series)| series.len());
    if let Some((_, series)) = series {
        return series_message(names, read, series.into_values().collect());
    }
    let most_distinct = (0..columns).max_by_key(|&column| values_of(column).len());
    if let Some(column) = most_distinct {
        let mut seen: HashMap<u64, usize> = HashMap::new();
        for (i, name) in read.iter().enumerate() {
            let number = &name.numbers[column];
            if let Some(earlier) = seen.insert(number.value.to_bits(), i) {
                return format!(
                    "number {} is there twice, as {} and as {}; take one of them away",
                    number.value, names[earlier], names[i]
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

fn series_message(names: &[String], read: &[NumberedName], series: Vec<Vec<usize>>) -> String {
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
    format!(
        "the files belong to {} series, which are not one stack: {}; keep one of them here, or \
         choose it by a pattern such as `{}`",
        series.len(),
        listed.join(", "),
        pattern_of(names, read, &series[0])
    )
}

/// What to say of names of several forms.
fn several_forms(names: &[String], read: &[NumberedName], folder: &Path) -> String {
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
    let cure = match glob::Pattern::new(&pattern) {
        Ok(glob)
            if main.iter().all(|&i| glob.matches(&names[i]))
                && !strays.iter().any(|&i| glob.matches(&names[i])) =>
        {
            format!(
                "take {} away, or choose the slices by the pattern `{}`",
                if strays.len() == 1 { "it" } else { "them" },
                folder.join(&pattern).display()
            )
        }
        _ => "move what does not belong to the stack to another folder".to_owned(),
    };
    format!(
        "{} of {} files {} not named like the others ({}): {}{}; {cure}",
        strays.len(),
        names.len(),
        if strays.len() == 1 { "is" } else { "are" },
        names[main[0]],
        listed.join(", "),
        if strays.len() > 5 { " ..." } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered<S: AsRef<str>>(names: &[S]) -> Result<(Vec<String>, Vec<String>), String> {
        let names: Vec<String> = names.iter().map(|n| n.as_ref().to_owned()).collect();
        let order = order(&names, Path::new("ct")).map_err(|e| e.to_string())?;
        let sorted = order.places.iter().map(|&i| names[i].clone()).collect();
        Ok((sorted, order.notes))
    }

    /// Names of `numbers` in an order that is not theirs.
    fn named(numbers: impl Iterator<Item = i32>, name: impl Fn(i32) -> String) -> Vec<String> {
        let mut names: Vec<String> = numbers.map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn one_counter_is_followed_and_its_steps_are_told() {
        let (sorted, notes) = ordered(&["s_10.tif", "s_8.tif", "s_9.tif"]).unwrap();
        assert_eq!(sorted, ["s_8.tif", "s_9.tif", "s_10.tif"]);
        assert_eq!(notes, Vec::<String>::new());
        let (_, notes) = ordered(&["s_0.tif", "s_2.tif", "s_4.tif"]).unwrap();
        assert!(notes[0].contains("in steps of 2 (0, 2 ... 4)"), "{notes:?}");
    }

    #[test]
    fn a_missing_slice_is_named_whatever_else_counts() {
        let forms: [fn(i32) -> String; 6] = [
            |i| format!("rec_{i:04}.tif"),
            |i| format!("rec_{i}_z{:.3}um.tif", 2.296 * f64::from(i)),
            |i| format!("rec_{i:04}_20260321T10{:04}.tif", 59 * i / 13 + i),
            |i| format!("rec_{i:04}_of_0020_left_{:04}.tif", 20 - i),
            |i| format!("{:03}_left_rec_{i:04}.tiff", 20 - i),
            |i| format!("63-100um scan 3 ({i}).tif"),
        ];
        for form in forms {
            let error = ordered(&named((0..20).filter(|i| *i != 7), form)).unwrap_err();
            let (before, after) = (form(6), form(8));
            // Of two numbers that count alike the left one is followed, up or down.
            let up = format!("number 7 is missing between {before} and {after}");
            let down = format!("number 13 is missing between {after} and {before}");
            assert!(error.contains(&up) || error.contains(&down), "{error}");
            ordered(&named(0..20, form)).unwrap();
        }
        let error = ordered(&named((0..30).filter(|i| ![7, 8, 20].contains(i)), |i| {
            format!("s_{i}.tif")
        }));
        assert!(error.unwrap_err().contains("1 more gap"));
    }

    #[test]
    fn positions_are_ordered_by_value() {
        let (sorted, notes) = ordered(&[
            "z0.5mm.tif",
            "z-0.5mm.tif",
            "z0mm.tif",
            "z1.0mm.tif",
            "z-1mm.tif",
        ])
        .unwrap();
        assert_eq!(
            sorted,
            [
                "z-1mm.tif",
                "z-0.5mm.tif",
                "z0mm.tif",
                "z0.5mm.tif",
                "z1.0mm.tif"
            ]
        );
        assert!(notes[0].contains("positions"), "{notes:?}");
        let (sorted, _) = ordered(&["z-25um.tif", "z-50um.tif", "z-75um.tif"]).unwrap();
        assert_eq!(sorted, ["z-75um.tif", "z-50um.tif", "z-25um.tif"]);
        let error = ordered(&named((0..20).filter(|i| *i != 7), |i| {
            format!("z{:.2}mm.tif", 0.25 * f64::from(i))
        }));
        assert!(error.unwrap_err().contains("number 1.75 is missing"));
    }

    #[test]
    fn slices_that_were_numbered_anew_are_noticed_by_their_positions() {
        let error = ordered(&named(0..20, |i| {
            let lost = i32::from(i >= 7);
            format!("rec_{i:04}_z{:.3}um.tif", 2.296 * f64::from(i + lost))
        }));
        let error = error.unwrap_err();
        assert!(
            error.contains("number 16.072 is missing between rec_0006"),
            "{error}"
        );
    }

    #[test]
    fn doubled_slices_strays_and_several_scans_are_named() {
        let mut names = named(0..20, |i| format!("s_{i:02}.tif"));
        names.push("s_3.tiff".to_owned());
        let error = ordered(&names).unwrap_err();
        assert!(
            error.contains("number 3 is there twice, as s_03.tif and as s_3.tiff"),
            "{error}"
        );
        *names.last_mut().unwrap() = "S_03.TIF".to_owned();
        let error = ordered(&names).unwrap_err();
        assert!(error.contains("s_03.tif and as S_03.TIF"), "{error}");

        *names.last_mut().unwrap() = "overview.tif".to_owned();
        let error = ordered(&names).unwrap_err();
        assert!(
            error.contains("overview.tif") && error.contains("ct/s_[0-9]*.tif"),
            "{error}"
        );
        *names.last_mut().unwrap() = "s_99.tif".to_owned();
        let error = ordered(&names).unwrap_err();
        assert!(
            error.contains("number 20 is missing between s_19.tif and s_99.tif"),
            "{error}"
        );

        for form in [
            |scan: i32, i: i32| format!("scan{}_{i:03}.tif", if scan == 0 { "A" } else { "B" }),
            |scan, i| format!("scan{scan}_{i:03}.tif"),
            |scan, i| format!("img_{i:03}_c{scan}.tif"),
            |scan, i| format!("scan{scan}/slice_{i}.tif"),
        ] {
            let names: Vec<String> = (0..2)
                .flat_map(|scan| (0..10).map(move |i| form(scan, i)))
                .collect();
            let error = ordered(&names).unwrap_err();
            assert!(
                error.contains("2 series") && error.contains("(10 files)"),
                "{error}"
            );
        }
    }

    #[test]
    fn names_without_a_counter_are_refused() {
        let error = ordered(&["top.tif", "bottom.tif", "middle.tif"]).unwrap_err();
        assert!(error.contains("not numbered through"), "{error}");
        let error = ordered(&["t_1003.tif", "t_1011.tif", "t_1012.tif", "t_1054.tif"]).unwrap_err();
        assert!(error.contains("no number in the names counts"), "{error}");
    }
}
