use std::fmt::Write as _;

use super::escaped;

/// One axis: its range, its name with unit, where its ticks are.
#[derive(Debug, Clone)]
pub struct Axis {
    pub name: String,
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
}

impl Axis {
    /// 0 to 100 %.
    pub fn percent(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            low: 0.0,
            high: 100.0,
            ticks: (0..=5).map(|i| 20.0 * f64::from(i)).collect(),
        }
    }

    /// An axis that holds the range, ends on round numbers and has about six ticks.
    pub fn around(name: &str, low: f64, high: f64) -> Self {
        let (low, high) = if low.is_finite() && high > low {
            (low, high)
        } else {
            let middle = if low.is_finite() { low } else { 0.0 };
            (middle - 1.0, middle + 1.0)
        };
        let rough = (high - low) / 6.0;
        let decade = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|times| times * decade)
            .into_iter()
            .find(|&step| step >= rough * 0.999)
            .unwrap_or(10.0 * decade);
        let first = (low / step + 1e-9).floor() as i64;
        let last = (high / step - 1e-9).ceil() as i64;
        Self {
            name: name.to_owned(),
            low: first as f64 * step,
            high: last as f64 * step,
            ticks: (first..=last).map(|i| i as f64 * step).collect(),
        }
    }
}

/// The area of a chart and its two axes.
pub(super) struct Frame<'a> {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: &'a Axis,
    pub(super) y: &'a Axis,
}

impl Frame<'_> {
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + (value - self.x.low) / (self.x.high - self.x.low) * self.width
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.top + (self.y.high - value) / (self.y.high - self.y.low) * self.height
    }

    /// Grid, tick labels and axis names.
    pub(super) fn draw(&self, svg: &mut String) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        for &tick in &self.y.ticks {
            let y = self.y(tick);
            let colour = if tick == 0.0 { "#777777" } else { "#e2e2e2" };
            let _ = writeln!(
                svg,
                "<path d=\"M{:.1} {y:.1}H{right:.1}\" stroke=\"{colour}\" stroke-width=\"1\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                self.left,
                self.left - 7.0,
                y + 4.5,
                number(tick)
            );
        }
        for &tick in &self.x.ticks {
            let x = self.x(tick);
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {bottom:.1}v5\" stroke=\"#777777\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 19.0,
                number(tick)
            );
        }
        let _ = writeln!(
            svg,
            "<path d=\"M{:.1} {:.1}V{bottom:.1}H{right:.1}\" stroke=\"#777777\" fill=\"none\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            self.left,
            self.top,
            self.left + self.width / 2.0,
            bottom + 38.0,
            escaped(&self.x.name),
            self.top + self.height / 2.0,
            escaped(&self.y.name)
        );
    }
}

/// A tick label: no digits beyond what the value holds, and a true minus sign.
pub(super) fn number(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    let text = if rounded == 0.0 {
        "0".to_owned()
    } else {
        format!("{rounded}")
    };
    text.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_round_numbers() {
        let axis = Axis::around("x", -3.2, 14.1);
        assert_eq!((axis.low, axis.high), (-5.0, 15.0));
        assert_eq!(axis.ticks, [-5.0, 0.0, 5.0, 10.0, 15.0]);
        let exact = Axis::around("x", 0.0, 60.0);
        assert_eq!((exact.low, exact.high), (0.0, 60.0));
        let flat = Axis::around("x", 2.0, 2.0);
        assert!(flat.low < 2.0 && flat.high > 2.0);
        assert!(Axis::around("x", f64::NAN, f64::NAN).high.is_finite());
    }
}
