//! The cells of a mineral list.

/// A number with a decimal point or comma.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = match (text.contains(','), text.contains('.')) {
        (true, true) => return None,
        (true, false) => text.replace(',', "."),
        _ => text.to_owned(),
    };
    plain.parse().ok().filter(|v: &f64| v.is_finite())
}

/// Units of densities, without blanks and case, and how many of them are one g/cm3.
const DENSITY_UNITS: [(&str, f64); 12] = [
    ("g/cm3", 1.0),
    ("g/cm^3", 1.0),
    ("g/cm\u{b3}", 1.0),
    ("gcm-3", 1.0),
    ("g/cc", 1.0),
    ("g/ccm", 1.0),
    ("g/ml", 1.0),
    ("t/m3", 1.0),
    ("t/m\u{b3}", 1.0),
    ("kg/m3", 1000.0),
    ("kg/m^3", 1000.0),
    ("kg/m\u{b3}", 1000.0),
];

/// A density in g/cm3, by its own unit where it has one, else with `divisor` of its unit in a g/cm3.
pub(super) fn density(text: &str, divisor: u32) -> Option<f64> {
    let plain: String = text.to_lowercase().split_whitespace().collect();
    let with_unit = DENSITY_UNITS.iter().find_map(|(unit, divisor)| {
        let value = number(plain.strip_suffix(unit)?)?;
        Some(value / divisor)
    });
    with_unit.or_else(|| number(text).map(|value| value / f64::from(divisor)))
}

/// A colour channel in percent.
pub(super) fn percent(text: &str) -> Option<u8> {
    let value = number(text.trim().strip_suffix('%')?.trim_end())?;
    (0.0..=100.0)
        .contains(&value)
        .then(|| (value * 2.55).round() as u8)
}

/// `yes` and `no` in the ways in which they are written; blank is no.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "" | "0" | "no" | "n" | "false" | "nein" | "falsch" | "non" | "faux" => Some(false),
        "1" | "yes" | "y" | "true" | "x" | "ja" | "wahr" | "oui" | "vrai" => Some(true),
        _ => None,
    }
}

/// The order of the bytes of an 8-digit colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AlphaAt {
    Front,
    Back,
}

/// Colours that stand as whole numbers, and the order of their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WholeNumbers {
    /// Red is the low byte: COLORREF of Windows, TColor, OLE_COLOR of Access.
    RedLow,
    /// Red is above green and blue: RGB and ARGB integers, signed where alpha stands above.
    RedHigh,
}

/// Whether a column holds colours as whole numbers; `None` for colours in another form.
///
/// # Errors
/// In words, when the order of their bytes is open.
pub(super) fn whole_numbers<'a>(
    heading: &str,
    cells: impl Iterator<Item = &'a str> + Clone,
) -> Option<Result<WholeNumbers, String>> {
    let whole = |cell: &str| cell.parse::<i64>().ok();
    let all = cells.clone().all(|cell| whole(cell).is_some());
    // Six digits each are hexadecimal digits that happen to have no letter.
    if !all || cells.clone().all(|cell| cell.len() == 6) {
        return None;
    }
    let heading = heading.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    let negative = cells.clone().any(|cell| cell.starts_with('-'));
    Some(if negative || says(&["argb", "integer"]) {
        Ok(WholeNumbers::RedHigh)
    } else if says(&["ref", "tcolor", "bgr", "ole"]) {
        Ok(WholeNumbers::RedLow)
    } else {
        Err(format!(
            "the colours are whole numbers such as {}, which do not say whether red is the low byte \
             (as Windows, MLA and Access have it) or the high one: name the column `colorref` for \
             the former, `rgb_integer` for the latter",
            cells
                .clone()
                .max_by_key(|cell| cell.len())
                .unwrap_or_default()
        ))
    })
}

/// The colour that a whole number is.
pub(super) fn colour_of_number(text: &str, order: WholeNumbers) -> Option<[u8; 3]> {
    let value: i64 = text.parse().ok()?;
    // Signed and unsigned 32 bits alike.
    let bits = match i32::try_from(value) {
        Ok(signed) => signed.cast_unsigned(),
        Err(_) => u32::try_from(value).ok()?,
    };
    let [_, high, middle, low] = bits.to_be_bytes();
    Some(match order {
        WholeNumbers::RedHigh => [high, middle, low],
        WholeNumbers::RedLow => [low, middle, high],
    })
}

fn hex_digits(text: &str) -> Option<&str> {
    let digits = text
        .strip_prefix('#')
        .or_else(|| text.strip_prefix("0x"))
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then_some(digits)
}

/// Where the alpha of 8-digit colours stands: at the end at which all cells have `FF`.
pub(super) fn alpha_of<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Option<AlphaAt> {
    let all = |test: &dyn Fn(&str) -> bool| {
        cells
            .clone()
            .filter_map(hex_digits)
            .filter(|digits| digits.len() == 8)
            .all(|digits| test(&digits.to_uppercase()))
    };
    let (front, back) = (all(&|d| d.starts_with("FF")), all(&|d| d.ends_with("FF")));
    match (front, back) {
        (true, false) => Some(AlphaAt::Front),
        (false, true) => Some(AlphaAt::Back),
        _ => None,
    }
}

/// A colour in one cell: `#E62828`, `E62828`, `0xE62828`, `#E28`, `rgb(230, 40, 40)`, `230 40 40`.
pub(super) fn colour(text: &str, alpha: Option<AlphaAt>) -> Option<[u8; 3]> {
    let byte = |digits: &str| u8::from_str_radix(digits, 16).ok();
    if let Some(digits) = hex_digits(text) {
        let six = match (digits.len(), alpha) {
            (8, Some(AlphaAt::Front)) => &digits[2..],
            (8, Some(AlphaAt::Back)) => &digits[..6],
            _ => digits,
        };
        return match six.len() {
            6 => Some([byte(&six[..2])?, byte(&six[2..4])?, byte(&six[4..])?]),
            3 if text.starts_with('#') => {
                let channel = |i: usize| byte(&six[i..=i]).map(|v| v * 17);
                Some([channel(0)?, channel(1)?, channel(2)?])
            }
            _ => None,
        };
    }
    let inner = text.to_lowercase();
    let inner = inner
        .trim_start_matches("rgba")
        .trim_start_matches("rgb")
        .trim_matches(|c: char| c.is_whitespace() || "()[]{}".contains(c));
    let parts: Vec<&str> = inner
        .split(|c: char| c.is_whitespace() || ",;/|-".contains(c))
        .filter(|part| !part.is_empty())
        .collect();
    match parts[..] {
        [r, g, b] => Some([r.parse().ok()?, g.parse().ok()?, b.parse().ok()?]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_in_one_cell_are_read_in_every_form() {
        for text in [
            "#E62828",
            "e62828",
            "0xE62828",
            "rgb(230, 40, 40)",
            "230;40;40",
            "[230 40 40]",
        ] {
            assert_eq!(colour(text, None), Some([230, 40, 40]), "{text}");
        }
        assert_eq!(colour("#E28", None), Some([0xee, 0x22, 0x88]));
        assert_eq!(
            colour("#FFE62828", Some(AlphaAt::Front)),
            Some([230, 40, 40])
        );
        assert_eq!(
            colour("#E62828FF", Some(AlphaAt::Back)),
            Some([230, 40, 40])
        );
        for text in ["", "red", "#E6282", "230 40", "256 0 0", "#FFE62828"] {
            assert_eq!(colour(text, None), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_say_the_order_of_their_bytes_or_are_refused() {
        let of = |heading: &str, cells: &[&str]| whole_numbers(heading, cells.iter().copied());
        assert_eq!(of("Colour", &["#E62828", "0"]), None);
        assert_eq!(of("Colour", &["123456", "808080"]), None);
        assert_eq!(
            of("ColorRef", &["2631910", "0"]),
            Some(Ok(WholeNumbers::RedLow))
        );
        assert_eq!(
            of("Colour", &["-1693656", "-16777216"]),
            Some(Ok(WholeNumbers::RedHigh))
        );
        let open = of("Colour", &["2631910", "0"]).unwrap().unwrap_err();
        assert!(
            open.contains("2631910") && open.contains("`colorref`"),
            "{open}"
        );
        assert_eq!(
            colour_of_number("2631910", WholeNumbers::RedLow),
            Some([230, 40, 40])
        );
        assert_eq!(
            colour_of_number("-1693656", WholeNumbers::RedHigh),
            Some([230, 40, 40])
        );
        assert_eq!(
            colour_of_number("4293273640", WholeNumbers::RedHigh),
            Some([230, 40, 40])
        );
        assert_eq!(colour_of_number("99999999999", WholeNumbers::RedHigh), None);
    }

    #[test]
    fn alpha_stands_where_every_colour_is_opaque() {
        assert_eq!(
            alpha_of(["#FFE62828", "#FF000000"].into_iter()),
            Some(AlphaAt::Front)
        );
        assert_eq!(
            alpha_of(["E62828FF", "000000FF"].into_iter()),
            Some(AlphaAt::Back)
        );
        assert_eq!(alpha_of(["#FFFFFFFF"].into_iter()), None);
    }

    #[test]
    fn densities_may_have_units_and_colours_may_be_in_percent() {
        assert_eq!(density("1.2 g/cm3", 1), Some(1.2));
        assert_eq!(density("2,62 g/cm\u{b3}", 1), Some(2.62));
        assert_eq!(density("2620 kg/m3", 1), Some(2.62));
        assert_eq!(density("2.62 g/cc", 1000), Some(2.62));
        assert_eq!(density("2620", 1000), Some(2.62));
        assert_eq!(density("1.2-1.4", 1), None);
        assert_eq!(density("1.2 stone", 1), None);
        assert_eq!(percent("90.20%"), Some(230));
        assert_eq!(percent("100 %"), Some(255));
        assert_eq!(percent("101%"), None);
        assert_eq!(percent("90.2"), None);
    }

    #[test]
    fn numbers_have_a_point_or_a_comma() {
        assert_eq!(number("2,62"), Some(2.62));
        assert_eq!(number("230.0"), Some(230.0));
        assert_eq!(number("1.234,5"), None);
        assert_eq!(number("inf"), None);
    }
}
