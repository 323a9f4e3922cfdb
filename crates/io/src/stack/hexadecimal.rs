//! Names that count in hexadecimal: `s09`, `s0a`, `s0b`.

use super::numbered_name::{Number, NumberedName, normalised, stem};

/// Fewer names may be letters by chance.
const NAMES_MIN: usize = 8;

/// Takes names apart as a constant text, hexadecimal digits in like number, and a constant text;
/// `None` where they are not all of this form, or their last digits are not both figures and
/// letters.
pub(super) fn read(names: &[String]) -> Option<Vec<NumberedName>> {
    let stems: Vec<String> = names.iter().map(|name| normalised(stem(name))).collect();
    let first = stems.first().filter(|_| names.len() >= NAMES_MIN)?;
    // Only ASCII is hexadecimal, so that bytes are enough; the texts are checked below.
    let shared = |lengths: &mut dyn Iterator<Item = usize>| lengths.min().unwrap_or(0);
    let before = shared(&mut stems.iter().map(|stem| like(first.bytes(), stem.bytes())));
    let behind = shared(&mut stems.iter().map(|stem| {
        like(first.bytes().rev(), stem.bytes().rev()).min(stem.len().saturating_sub(before))
    }));
    let digits = |stem: &str| -> Option<String> {
        let digits = stem.get(before..stem.len().checked_sub(behind)?)?;
        let fits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        (fits && stem.len() == first.len()).then(|| digits.to_owned())
    };
    let numbers: Vec<String> = stems
        .iter()
        .map(|stem| digits(stem))
        .collect::<Option<_>>()?;
    let is_last = |is: fn(&u8) -> bool| numbers.iter().any(|n| n.as_bytes().last().is_some_and(is));
    if !is_last(u8::is_ascii_digit) || !is_last(u8::is_ascii_alphabetic) {
        return None;
    }
    let texts = [&first[..before], first.get(first.len() - behind..)?].map(str::to_owned);
    numbers
        .into_iter()
        .map(|text| {
            let value = u64::from_str_radix(&text, 16).ok()? as f64;
            Some(NumberedName {
                texts: texts.to_vec(),
                numbers: vec![Number {
                    text,
                    value,
                    decimals: 0,
                }],
            })
        })
        .collect()
}

/// How many bytes are alike.
fn like(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(names: &[String]) -> Option<Vec<f64>> {
        Some(read(names)?.iter().map(|n| n.numbers[0].value).collect())
    }

    #[test]
    fn hexadecimal_counters_are_told_from_other_letters() {
        let names: Vec<String> = (0..20).map(|i| format!("S{i:02X}_a.tif")).collect();
        let counted: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!(numbers(&names), Some(counted));
        let two: Vec<String> = (0..20)
            .map(|i| format!("s{}{:02}.tif", ["a", "b"][i / 10], i % 10))
            .collect();
        assert_eq!(numbers(&two), None);
        let letters: Vec<String> = ('a'..='t').map(|c| format!("s_{c}.tif")).collect();
        assert_eq!(numbers(&letters), None);
    }
}
