use std::fmt::Write as _;

use super::axes::Frame;
use super::{Axis, document};
use crate::palette::css;
use crate::picture::Rgb;

/// Points over common axes: `(x, y, radius in pixels)`.
pub fn points(name: &str, x: &Axis, y: &Axis, points: &[(f64, f64, f64)], colour: Rgb) -> String {
    let frame = Frame {
        left: 62.0,
        top: 12.0,
        width: 440.0,
        height: 268.0,
        x,
        y,
    };
    let mut svg = String::new();
    frame.draw(&mut svg);
    let fill = css(colour);
    let known = points
        .iter()
        .filter(|(x, y, _)| x.is_finite() && y.is_finite());
    for &(x, y, radius) in known {
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"{fill}\" \
             fill-opacity=\"0.45\" stroke=\"{fill}\" stroke-width=\"0.8\"/>",
            frame.x(x),
            frame.y(y)
        );
    }
    document(520.0, 330.0, name, &svg)
}
