use std::fmt::Write as _;

use super::axes::Frame;
use super::{Axis, document};
use crate::palette::css;
use crate::picture::Rgb;

/// A particle in a scatter.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub particle: u32,
    pub x: f64,
    pub y: f64,
    pub radius_px: f64,
}

/// Points over common axes.
pub fn points(name: &str, x: &Axis, y: &Axis, points: &[Point], colour: Rgb) -> String {
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
    let _ = writeln!(
        svg,
        "<g fill=\"{fill}\" fill-opacity=\"0.45\" stroke=\"{fill}\" stroke-width=\"0.8\">"
    );
    let known = points.iter().filter(|p| p.x.is_finite() && p.y.is_finite());
    for point in known {
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\" data-particle=\"{}\"/>",
            frame.x(point.x),
            frame.y(point.y),
            point.radius_px,
            point.particle
        );
    }
    svg.push_str("</g>\n");
    document(520.0, 330.0, name, &svg)
}
