use std::fmt::Write as _;

use corelith_stats::liberation::{Estimate, LIBERATION_CLASSES, liberation_class_bounds_pct};

use super::axes::Frame;
use super::{Axis, Marks, document};
use crate::palette::css;
use crate::picture::Rgb;

/// Bars with their intervals over the liberation classes; the class of exactly 100 % stands apart.
pub fn class_bars(
    name: &str,
    y: &Axis,
    shares: &[Estimate; LIBERATION_CLASSES],
    fill: Rgb,
    marks: &Marks,
) -> String {
    /// Of the last bar, as the axis ends at 100.
    const APART: [f64; 2] = [22.0, 60.0];
    let x = Axis::percent("Liberation (%)");
    let frame = Frame {
        left: 62.0,
        top: 12.0,
        width: 372.0,
        height: 268.0,
        x: &x,
        y,
    };
    let mut svg = String::new();
    frame.draw(&mut svg);
    let (end, bottom) = (frame.x(100.0), frame.y(0.0));
    for (class, share) in shares.iter().enumerate().filter(|(_, s)| s.value > 0.0) {
        let (lower, upper) = liberation_class_bounds_pct(class);
        let (left, right, range) = if lower < upper {
            let range = format!("{lower} to {upper}");
            (frame.x(lower), frame.x(upper), range)
        } else {
            (end + APART[0], end + APART[1], upper.to_string())
        };
        let top = frame.y(share.value);
        let shape = format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\" \
             stroke=\"#222222\" stroke-width=\"0.8\"/>",
            right - left,
            bottom - top,
            css(fill)
        );
        marks.bin(&mut svg, class, &range, &shape);
        if share.low.is_finite() && share.high.is_finite() {
            let _ = writeln!(
                svg,
                "<path d=\"M{:.1} {:.1}V{:.1}\" stroke=\"#222222\" stroke-width=\"1.5\"/>",
                (left + right) / 2.0,
                frame.y(share.low),
                frame.y(share.high)
            );
        }
    }
    let _ = writeln!(
        svg,
        "<path d=\"M{:.1} {bottom:.1}H{:.1}\" stroke=\"#777777\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">= 100</text>",
        end + APART[0],
        end + APART[1],
        end + (APART[0] + APART[1]) / 2.0,
        bottom + 19.0
    );
    document(520.0, 330.0, name, &svg)
}
