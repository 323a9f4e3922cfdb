//! File names in the order in which a person counts: `slice_2` before `slice_10`.

use std::cmp::Ordering;

/// A run of digits, or of anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run<'a> {
    Text(&'a str),
    Digits(&'a str),
}

fn runs(name: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let digits = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(if digits {
            Run::Digits(run)
        } else {
            Run::Text(run)
        })
    })
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Compares names with their digit runs as numbers of any length; equal numbers that are written
/// differently (`01`, `1`) fall back to the plain order, so the order is total.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (runs(a), runs(b));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(Run::Digits(x)), Some(Run::Digits(y))) => compare_digits(x, y),
            (Some(Run::Digits(x) | Run::Text(x)), Some(Run::Digits(y) | Run::Text(y))) => x.cmp(y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count() {
        let mut names = ["s_10.tif", "s_9.tif", "s_2b.tif", "s_2.tif", "a_100.tif"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(
            names,
            ["a_100.tif", "s_2.tif", "s_2b.tif", "s_9.tif", "s_10.tif"]
        );
    }

    #[test]
    fn numbers_longer_than_any_integer_count_too() {
        assert_eq!(
            compare(
                "x100000000000000000000000000",
                "x99999999999999999999999999"
            ),
            Ordering::Greater
        );
        assert_eq!(compare("x01", "x1"), Ordering::Less);
    }
}
