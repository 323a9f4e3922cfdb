use std::fmt::Write as _;

use super::axes::{Frame, number};
use super::{Axis, Marks, document, escaped};
use crate::palette::css;
use crate::picture::Rgb;

/// Bars that touch, over classes of equal width; `values` fill `x` from its low to its high end.
pub fn histogram(
    name: &str,
    x: &Axis,
    y: &Axis,
    values: &[f64],
    colour: Rgb,
    marks: Option<&Marks>,
) -> String {
    let frame = Frame {
        left: 62.0,
        top: 12.0,
        width: 440.0,
        height: 200.0,
        x,
        y,
    };
    let mut svg = String::new();
    frame.draw(&mut svg);
    let step = (x.high - x.low) / values.len().max(1) as f64;
    for (i, &value) in values.iter().enumerate().filter(|(_, v)| **v > 0.0) {
        let (low, high) = (x.low + i as f64 * step, x.low + (i + 1) as f64 * step);
        let (left, right) = (frame.x(low), frame.x(high));
        let bar = format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\" \
             stroke=\"#ffffff\"/>\n",
            left,
            frame.y(value),
            right - left,
            frame.y(0.0) - frame.y(value),
            css(colour)
        );
        match marks {
            Some(marks) => {
                let range = format!("{} to {}", number(low), number(high));
                marks.bin(&mut svg, i, &range, &bar);
            }
            None => svg.push_str(&bar),
        }
    }
    document(520.0, 262.0, name, &svg)
}

/// One part of a stacked bar.
pub struct Segment {
    pub name: String,
    pub value: f64,
    pub fill: Rgb,
}

/// A bar whose parts add up to 100.
pub struct StackedBar {
    pub name: String,
    pub segments: Vec<Segment>,
}

/// Horizontal bars from 0 to 100 %, each part labelled where it has room.
pub fn stacked_bars(name: &str, bars: &[StackedBar]) -> String {
    const STEP: f64 = 44.0;
    /// Of a letter at the larger size that narrow screens get.
    const LETTER: f64 = 8.9;
    let letters = bars.iter().map(|b| b.name.chars().count()).max();
    let left = (letters.unwrap_or(0) as f64 * LETTER + 16.0).clamp(60.0, 260.0);
    let full = 500.0 - left;
    let mut svg = String::new();
    for (index, bar) in bars.iter().enumerate() {
        let top = 6.0 + STEP * index as f64;
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            top + 20.0,
            escaped(&bar.name)
        );
        let mut x = left;
        for part in bar.segments.iter().filter(|s| s.value > 0.0) {
            let width = full * part.value / 100.0;
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"30\" \
                 fill=\"{}\" stroke=\"#222222\" stroke-width=\"0.8\"><title>{}: {:.1} %</title>\
                 </rect>",
                css(part.fill),
                escaped(&part.name),
                part.value
            );
            let label = format!("{} {:.0}", part.name, part.value);
            let room = |text: &str| text.chars().count() as f64 * LETTER + 8.0 < width;
            let short = format!("{:.0}", part.value);
            if let Some(text) = [label, short].into_iter().find(|text| room(text)) {
                let _ = writeln!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
                    x + width / 2.0,
                    top + 20.0,
                    ink_on(part.fill),
                    escaped(&text)
                );
            }
            x += width;
        }
    }
    let bottom = 6.0 + STEP * bars.len() as f64;
    for tick in 0..=5 {
        let x = left + full * f64::from(tick) / 5.0;
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {:.1}v5\" stroke=\"#777777\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom - 8.0,
            bottom + 11.0,
            tick * 20
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">Share of the mineral (%)</text>",
        left + full / 2.0,
        bottom + 30.0
    );
    document(520.0, bottom + 38.0, name, &svg)
}

/// Black or white, whichever is easier to read on a colour (WCAG 2.1 relative luminance).
fn ink_on(fill: Rgb) -> &'static str {
    let linear = |c: u8| {
        let s = f64::from(c) / 255.0;
        if s <= 0.040_45 {
            s / 12.92
        } else {
            ((s + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = 0.2126 * linear(fill[0]) + 0.7152 * linear(fill[1]) + 0.0722 * linear(fill[2]);
    if luminance > 0.179 {
        "#111111"
    } else {
        "#ffffff"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_readable_on_its_colour() {
        assert_eq!(ink_on([250, 250, 250]), "#111111");
        assert_eq!(ink_on([20, 20, 120]), "#ffffff");
    }

    #[test]
    fn parts_without_room_keep_their_title() {
        let part = |name: &str, value| Segment {
            name: name.to_owned(),
            value,
            fill: [10, 20, 30],
        };
        let bar = StackedBar {
            name: "A".to_owned(),
            segments: vec![part("large", 99.5), part("tiny", 0.5)],
        };
        let svg = stacked_bars("test", &[bar]);
        assert!(svg.contains("<title>tiny: 0.5 %</title>"));
        assert!(!svg.contains(">tiny 0<") && svg.contains(">large 100<"));
    }
}
