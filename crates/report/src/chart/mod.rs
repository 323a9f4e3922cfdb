//! Charts as SVG text.

mod axes;
mod bars;
mod class_bars;
mod curves;
mod marks;
mod points;
mod training;

pub use axes::Axis;
pub use bars::{Segment, StackedBar, histogram, stacked_bars};
pub use class_bars::class_bars;
pub use curves::{Curve, curves};
pub use marks::Marks;
pub use points::{Point, points};
pub use training::training_curve;

use std::fmt::Write as _;

use crate::palette::{Marker, css};
use crate::picture::Rgb;

/// A chart as a complete SVG document, with a name for screen readers.
fn document(width: f64, height: f64, name: &str, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\" \
         font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" font-size=\"13\" \
         fill=\"#222222\">\n{body}</svg>\n",
        escaped(name)
    )
}

/// Text for SVG elements and attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A marker centred on a point.
fn marker(svg: &mut String, shape: Marker, (x, y): (f64, f64), colour: Rgb) {
    let fill = css(colour);
    let _ = match shape {
        Marker::Circle => writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.4\" fill=\"{fill}\"/>"
        ),
        Marker::Square => writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"6.4\" height=\"6.4\" fill=\"{fill}\"/>",
            x - 3.2,
            y - 3.2
        ),
        Marker::Triangle => writeln!(
            svg,
            "<path d=\"M{:.1} {:.1}l4.2 7.4h-8.4z\" fill=\"{fill}\"/>",
            x,
            y - 4.6
        ),
        Marker::Diamond => writeln!(
            svg,
            "<path d=\"M{:.1} {:.1}l4.4 4.4l-4.4 4.4l-4.4 -4.4z\" fill=\"{fill}\"/>",
            x,
            y - 4.4
        ),
        Marker::Cross => writeln!(
            svg,
            "<path d=\"M{:.1} {:.1}l6.8 6.8m0 -6.8l-6.8 6.8\" stroke=\"{fill}\" \
             stroke-width=\"2\" fill=\"none\"/>",
            x - 3.4,
            y - 3.4
        ),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_an_attribute() {
        let svg = document(10.0, 10.0, "a \"b\" <c> & d", "");
        assert!(svg.contains("aria-label=\"a &quot;b&quot; &lt;c&gt; &amp; d\""));
    }
}
