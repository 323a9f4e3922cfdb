use std::fmt::Write as _;

use corelith_stats::liberation::Estimate;

use super::axes::{Frame, number};
use super::{Axis, Marks, document, escaped, marker};
use crate::palette::{Marker, css};
use crate::picture::Rgb;

/// One curve with its band.
pub struct Curve {
    pub name: String,
    pub colour: Rgb,
    /// SVG dash pattern; empty for a full line.
    pub dash: &'static str,
    pub marker: Option<Marker>,
    /// `(x, y)`; points that are not finite are left out.
    pub points: Vec<(f64, Estimate)>,
    /// Whether the interval is drawn as a band.
    pub band: bool,
    /// Where each point stands for the bin of its number and all above: what these are.
    pub marks: Option<Marks>,
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 330.0;
const LEGEND_LINE: f64 = 21.0;

/// Curves over common axes, with a legend below.
pub fn curves(name: &str, x: &Axis, y: &Axis, curves: &[Curve]) -> String {
    let frame = Frame {
        left: 62.0,
        top: 12.0,
        width: WIDTH - 80.0,
        height: HEIGHT - 62.0,
        x,
        y,
    };
    let mut svg = String::new();
    frame.draw(&mut svg);
    for curve in curves.iter().filter(|c| c.band) {
        band(&mut svg, &frame, curve);
    }
    // What takes clicks lies above the others.
    let (marked, plain): (Vec<&Curve>, Vec<&Curve>) =
        curves.iter().partition(|curve| curve.marks.is_some());
    for curve in plain.into_iter().chain(marked) {
        line(&mut svg, &frame, curve);
    }
    for (index, curve) in curves.iter().enumerate() {
        let row = HEIGHT + 4.0 + LEGEND_LINE * index as f64;
        legend(&mut svg, curve, row);
    }
    let height = HEIGHT + LEGEND_LINE * curves.len() as f64;
    document(WIDTH, height, name, &svg)
}

fn band(svg: &mut String, frame: &Frame, curve: &Curve) {
    let known: Vec<_> = curve
        .points
        .iter()
        .filter(|(_, e)| e.low.is_finite() && e.high.is_finite())
        .collect();
    if let [(x, e)] = known[..] {
        // A band needs two points; one gets a bar.
        let end = |y: f64| frame.y(y.clamp(frame.y.low, frame.y.high));
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {:.1}V{:.1}\" stroke=\"{}\" stroke-width=\"8\" \
             stroke-opacity=\"0.2\"/>",
            end(e.low),
            end(e.high),
            css(curve.colour),
            x = frame.x(*x),
        );
        return;
    }
    let upper = known.iter().map(|(x, e)| (x, e.high));
    let lower = known.iter().rev().map(|(x, e)| (x, e.low));
    let mut path = String::new();
    for (i, (x, y)) in upper.chain(lower).enumerate() {
        let command = if i == 0 { 'M' } else { 'L' };
        let y = y.clamp(frame.y.low, frame.y.high);
        let _ = write!(path, "{command}{:.1} {:.1}", frame.x(*x), frame.y(y));
    }
    if !path.is_empty() {
        let fill = css(curve.colour);
        let _ = writeln!(
            svg,
            "<path d=\"{path}z\" fill=\"{fill}\" fill-opacity=\"0.14\"/>"
        );
    }
}

fn line(svg: &mut String, frame: &Frame, curve: &Curve) {
    let known: Vec<(usize, f64, f64)> = curve
        .points
        .iter()
        .enumerate()
        .filter(|(_, (x, e))| x.is_finite() && e.value.is_finite())
        .map(|(bin, (x, e))| (bin, frame.x(*x), frame.y(e.value)))
        .collect();
    let mut path = String::new();
    for (i, (_, x, y)) in known.iter().enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    stroke(svg, &path, curve);
    if let Some(shape) = curve.marker {
        for &(bin, x, y) in &known {
            let mut drawn = String::new();
            marker(&mut drawn, shape, (x, y), curve.colour);
            match &curve.marks {
                Some(marks) => {
                    let range = number(curve.points[bin].0);
                    marks.bin_and_above(svg, bin, &range, &drawn);
                }
                None => svg.push_str(&drawn),
            }
        }
    }
}

fn stroke(svg: &mut String, path: &str, curve: &Curve) {
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" \
         stroke-linejoin=\"round\" stroke-dasharray=\"{}\"/>",
        css(curve.colour),
        if curve.dash.is_empty() {
            "none"
        } else {
            curve.dash
        }
    );
}

fn legend(svg: &mut String, curve: &Curve, row: f64) {
    stroke(svg, &format!("M64 {:.1}h40", row + 6.0), curve);
    if let Some(shape) = curve.marker {
        marker(svg, shape, (84.0, row + 6.0), curve.colour);
    }
    let _ = writeln!(
        svg,
        "<text x=\"112\" y=\"{:.1}\">{}</text>",
        row + 10.5,
        escaped(&curve.name)
    );
}
