//! Totals in names: `s03_of_20` says that there are 20 slices.

use super::numbered_name::NumberedName;

/// What stands between a number and the total.
const OF: [&str; 9] = ["of", "von", "de", "di", "sur", "van", "av", "af", "out of"];

/// Whether number `i` is the total of the one before it.
fn is_total(name: &NumberedName, i: usize) -> bool {
    let between = name.texts[i].trim_matches([' ', '_', '-', '.', '(']);
    if OF.contains(&between) {
        return true;
    }
    // A dash parts many numbers that are no totals; those have another width, or go on.
    let [before, total] = [&name.numbers[i - 1].text, &name.numbers[i].text];
    let is_end = i + 1 == name.numbers.len() && name.texts[i + 1].trim_matches(')').is_empty();
    name.texts[i].trim() == "-" && is_end && before.len() == total.len()
}

/// Says so when names give a total beside the number that counts, in column `counter`, and there
/// are fewer slices. `places` is their order.
pub(super) fn missing(read: &[NumberedName], counter: usize, places: &[usize]) -> Option<String> {
    let first = &read[*places.first()?];
    let column = counter + 1;
    let total = first.numbers.get(column).filter(|total| {
        is_total(first, column)
            && total.value.fract() == 0.0
            && read.iter().all(|n| n.numbers[column].value == total.value)
    })?;
    let number = |i: usize| read[places[i]].numbers[counter].value;
    let last = number(places.len() - 1);
    let step = number(1) - number(0);
    if total.value < last || total.value > 1e6 {
        return None;
    }
    // Counted from 0 or from 1; of slices in steps the ends may fall between.
    let (start, end) = match number(0) {
        0.0 => (0.0, total.value - 1.0),
        _ => (1.0, total.value),
    };
    let mut parts = Vec::new();
    if number(0) - start >= step {
        parts.push(range(start, number(0) - 1.0));
    }
    if end - last >= step {
        parts.push(range(last + 1.0, end));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "the names say that there are {} slices ({}{}{}), and {} of them are not there; \
             restore them, unless this part of the scan is meant",
            total.text,
            first.numbers[counter].text,
            first.texts[column],
            total.text,
            parts.join(" and ")
        )
    })
}

fn range(from: f64, to: f64) -> String {
    match from == to {
        true => format!("number {from}"),
        false => format!("numbers {from} to {to}"),
    }
}
