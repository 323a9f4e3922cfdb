//! Numbers as text.

use corelith_stats::liberation::{Basis, Estimate};
use maud::{Markup, html};

use crate::palette::css;
use crate::picture::Rgb;

/// A number with so many decimals, a dash where there is none.
pub fn fixed(value: f64, decimals: usize) -> String {
    if value.is_finite() {
        let text = format!("{value:.decimals$}");
        let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
        let text = if is_zero { text.replace('-', "") } else { text };
        text.replace('-', "\u{2212}")
    } else {
        "\u{2013}".to_owned()
    }
}

/// A number to sort by; empty where there is none.
pub fn sort_key(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}

/// A difference with its sign.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if value > 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0') {
        format!("+{text}")
    } else {
        text
    }
}

/// `low to high`.
pub fn interval(estimate: &Estimate, decimals: usize) -> String {
    format!(
        "{} to {}",
        fixed(estimate.low, decimals),
        fixed(estimate.high, decimals)
    )
}

/// `12.3 (10.1 to 15.0)`.
pub fn with_interval(estimate: &Estimate) -> String {
    if estimate.value.is_finite() {
        format!("{} ({})", fixed(estimate.value, 1), interval(estimate, 1))
    } else {
        fixed(estimate.value, 1)
    }
}

/// A count with thin spaces between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number that was computed but stands for a count.
pub fn rounded_count(value: f64) -> String {
    if value.is_finite() && value >= 0.0 {
        count(value.round() as u64)
    } else {
        fixed(f64::NAN, 0)
    }
}

/// Seconds as a person says them.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => fixed(s, 0),
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s => format!("{} min {:02.0} s", (s / 60.0) as u64, (s % 60.0).floor()),
    }
}

/// Bytes in binary units.
pub fn bytes(n: u64) -> String {
    let mut value = n as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    format!("{value:.1} {unit}")
}

/// A basis in words.
pub fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Volume3d => "3D, by volume",
        Basis::Surface3d => "3D, by exposed surface",
        Basis::Area2dMaps => "2D, measured maps",
        Basis::Area2dVirtual => "2D, same planes through the 3D result",
        Basis::Area2dRandom => "2D, random planes through the 3D result",
    }
}

/// A patch of a mineral's colour.
pub fn swatch(rgb: Rgb) -> Markup {
    html! { span.swatch style=(format!("background:{}", css(rgb))) aria-hidden="true" {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(-1.25, 1), "\u{2212}1.2");
        assert_eq!(fixed(f64::NAN, 1), "\u{2013}");
        assert_eq!(signed(3.0, 1), "+3.0");
        assert_eq!(signed(0.01, 1), "0.0");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(duration(125.0), "2 min 05 s");
        assert_eq!(bytes(1536), "1.5 KiB");
    }
}
