//! A file name taken apart into text and numbers.

use unicode_normalization::UnicodeNormalization;

use crate::length_unit::um_per_unit;

/// A number in a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    /// As it is written, with sign and decimals.
    pub text: String,
    pub value: f64,
    /// Decimals; of `1.5e-3` those of 0.0015.
    pub decimals: usize,
}

impl Number {
    /// Whether it is digits alone.
    pub(super) fn is_count(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }

    /// The same for numbers of the same value, whatever their length.
    pub(super) fn key(&self) -> String {
        match self.is_count() {
            true => self.text.trim_start_matches('0').to_owned(),
            false => self.value.to_string(),
        }
    }
}

/// A name without its ending: text, number, text, ..., number, text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NumberedName {
    /// Lower case, accents as one character each; one more than there are numbers.
    pub texts: Vec<String>,
    pub numbers: Vec<Number>,
}

/// How numbers are told from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Every run of digits is a number: `scan1.0002` holds 1 and 2.
    Counts,
    /// Numbers have a sign, decimals and an exponent: `z-0.5mm` holds -0.5, `z1.5e-3m` 0.0015.
    Positions,
}

/// One spelling for all: macOS takes accents apart, and endings come in any case.
pub(crate) fn normalised(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

/// The name without an ending of images.
pub(crate) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending))
            if ["tif", "tiff", "png", "bmp"]
                .iter()
                .any(|e| ending.eq_ignore_ascii_case(e)) =>
        {
            stem
        }
        _ => name,
    }
}

impl NumberedName {
    pub(crate) fn of(stem: &str, reading: Reading) -> Self {
        let name = normalised(stem);
        let bytes = name.as_bytes();
        let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        let (mut text_start, mut i) = (0, 0);
        while i < bytes.len() {
            if !digit(i) {
                i += 1;
                continue;
            }
            let mut start = i;
            while digit(i) {
                i += 1;
            }
            let mut decimals = 0;
            if reading == Reading::Positions {
                if matches!(bytes.get(i), Some(b'.' | b',')) && digit(i + 1) {
                    i += 1;
                    let point = i;
                    while digit(i) {
                        i += 1;
                    }
                    decimals = i - point;
                }
                if let Some(end) = end_of_exponent(bytes, i, decimals > 0) {
                    let exponent: i32 = name[i + 1..end].parse().unwrap_or(0);
                    let places = (decimals as i32).saturating_sub(exponent);
                    decimals = usize::try_from(places).unwrap_or(0);
                    i = end;
                }
                if start > text_start && matches!(bytes[start - 1], b'-' | b'+') {
                    start -= 1;
                }
            }
            let text = &name[start..i];
            texts.push(name[text_start..start].to_owned());
            numbers.push(Number {
                value: text.replace(',', ".").parse().unwrap_or(f64::NAN),
                text: text.to_owned(),
                decimals,
            });
            text_start = i;
        }
        texts.push(name[text_start..].to_owned());
        Self { texts, numbers }
    }

    /// The text with `#` for every number.
    pub(crate) fn skeleton(&self) -> String {
        self.texts.join("#")
    }

    /// Whether number `i` is a length: its unit follows.
    pub(crate) fn has_unit(&self, i: usize) -> bool {
        self.unit_um(i).is_some()
    }

    /// Micrometres in the unit of length that follows number `i`.
    pub(super) fn unit_um(&self, i: usize) -> Option<f64> {
        let after = self.texts[i + 1].trim_start_matches([' ', '_']);
        let unit: String = after.chars().take_while(|c| c.is_alphabetic()).collect();
        let is_unit = match unit.as_str() {
            "um" | "\u{b5}m" | "\u{3bc}m" | "mm" | "nm" | "micron" | "microns" | "cm" => true,
            // A letter behind a count is none: a slice is no whole number of metres.
            "m" => self.numbers[i].decimals > 0 || self.texts[i] == ".",
            _ => false,
        };
        is_unit.then(|| um_per_unit(&unit)).flatten()
    }
}

/// Where an exponent ends that begins at `start`, such as `e-05`; without a sign it needs decimals
/// before it.
fn end_of_exponent(bytes: &[u8], start: usize, has_decimals: bool) -> Option<usize> {
    let digits = match (bytes.get(start)?, bytes.get(start + 1)?) {
        (b'e', b'-' | b'+') => start + 2,
        (b'e', _) if has_decimals => start + 1,
        _ => return None,
    };
    let length = bytes[digits..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    (1..=3).contains(&length).then_some(digits + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_counts_or_positions() {
        let counts = NumberedName::of("rec_0002_z-4.592um", Reading::Counts);
        assert_eq!(counts.skeleton(), "rec_#_z-#.#um");
        let positions = NumberedName::of("rec_0002_z-4.592um", Reading::Positions);
        assert_eq!(positions.skeleton(), "rec_#_z#um");
        assert_eq!(positions.numbers[1].value, -4.592);
        assert_eq!(positions.numbers[1].decimals, 3);
        assert!(positions.has_unit(1) && !positions.has_unit(0));
    }

    #[test]
    fn exponents_belong_to_positions() {
        let name = NumberedName::of("z1.50E-05m", Reading::Positions);
        assert_eq!(name.numbers[0].value, 1.5e-5);
        assert_eq!(name.numbers[0].decimals, 7);
        assert_eq!(name.unit_um(0), Some(1e6));
        let name = NumberedName::of("s1e5_z2e+1mm", Reading::Positions);
        let values: Vec<f64> = name.numbers.iter().map(|n| n.value).collect();
        assert_eq!(values, [1.0, 5.0, 20.0]);
        assert!(!NumberedName::of("s0007m", Reading::Counts).has_unit(0));
    }

    #[test]
    fn accents_and_case_do_not_tell_names_apart() {
        let whole = NumberedName::of("Kn\u{f6}pfe_1", Reading::Counts);
        let apart = NumberedName::of("kno\u{308}pfe_1", Reading::Counts);
        assert_eq!(whole, apart);
        assert_eq!(stem("a.b.TIFF"), "a.b");
        assert_eq!(stem("a.0001"), "a.0001");
    }
}
