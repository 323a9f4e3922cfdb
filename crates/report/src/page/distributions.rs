//! Sizes and shapes of the particles.

use corelith_stats::Particle;
use corelith_stats::measurements::{histogram_bin, volume_histogram_pct};
use maud::{Markup, html};

use crate::ReportInput;
use crate::chart::{Axis, Marks, Point, histogram, points};
use crate::figures::{Figures, ParticleGroup};
use crate::palette::BLUE;

/// Bars of a histogram.
const BINS: usize = 20;

pub fn section(input: &ReportInput, figures: &mut Figures) -> Markup {
    let counted: Vec<&Particle> = input.measurements.counted().map(|(p, _)| p).collect();
    let largest = counted
        .iter()
        .map(|p| p.equivalent_diameter_um)
        .fold(0.0, f64::max);
    let size = Axis::around("Equivalent diameter (µm)", 0.0, largest);
    let sizes = binned(input, "size", &size, |p| p.equivalent_diameter_um, figures);
    let shape = Axis {
        name: "Sphericity".to_owned(),
        low: 0.0,
        high: 1.0,
        ticks: (0..=5).map(|i| f64::from(i) / 5.0).collect(),
    };
    let shapes = binned(input, "sphericity", &shape, |p| p.sphericity, figures);
    let share = |values: &[f64]| {
        let highest = values.iter().copied().fold(0.0, f64::max);
        Axis::around("Share of the volume (%)", 0.0, highest)
    };
    let dots: Vec<Point> = counted
        .iter()
        .map(|p| Point {
            particle: p.id,
            x: p.flatness,
            y: p.elongation,
            radius_px: 2.0 + 5.0 * p.equivalent_diameter_um / largest.max(1e-9),
        })
        .collect();
    let ratio = |name: &str| Axis {
        name: name.to_owned(),
        ..shape.clone()
    };
    let size_chart = histogram(
        "Size distribution of the particles",
        &size,
        &share(&sizes),
        &sizes,
        BLUE,
        Some(&marks("size", "Equivalent diameter", " µm")),
    );
    let shape_chart = histogram(
        "Sphericity of the particles",
        &shape,
        &share(&shapes),
        &shapes,
        BLUE,
        Some(&marks("sphericity", "Sphericity", "")),
    );
    let zingg = points(
        "Elongation against flatness of the particles",
        &ratio("Flatness"),
        &ratio("Elongation"),
        &dots,
        BLUE,
    );
    html! {
        div.charts {
            (figures.chart("size", size_chart, html! {
                "Size, by volume. " (bars_open())
            }))
            (figures.chart("sphericity", shape_chart, html! {
                "Sphericity, by volume: 1 is a ball. " (bars_open())
            }))
            (figures.chart("shape", zingg, html! {
                "Form (Zingg): upper right compact, lower right rods, upper left plates. Flatness \
                 is the shortest over the intermediate axis, elongation the intermediate over \
                 the longest. Larger dots are larger particles. "
                span.with-scripts hidden { "A click on a dot shows its particle." }
            }))
        }
    }
}

/// Shares of the bars; which particle is in which is kept for the list that a click opens.
fn binned(
    input: &ReportInput,
    group: &str,
    axis: &Axis,
    value: fn(&Particle) -> f64,
    figures: &mut Figures,
) -> Vec<f64> {
    let range = [axis.low, axis.high];
    let bins = counted_bins(input, |p| histogram_bin(value(p), range, BINS));
    let mineral = None;
    figures.group(group, ParticleGroup { bins, mineral });
    volume_histogram_pct(input.measurements, range, BINS, value)
}

/// Bin of every particle that counts.
pub fn counted_bins(
    input: &ReportInput,
    bin: impl Fn(&Particle) -> Option<usize>,
) -> Vec<Option<usize>> {
    let found = input.measurements;
    let weighted = found.particles.iter().zip(&found.particle_weights);
    weighted
        .map(|(particle, &weight)| (weight > 0.0).then(|| bin(particle)).flatten())
        .collect()
}

fn marks(group: &str, words: &str, unit: &'static str) -> Marks {
    Marks {
        group: group.to_owned(),
        words: words.to_owned(),
        unit,
    }
}

/// What a click does, for readers with scripts.
pub fn bars_open() -> Markup {
    html! { span.with-scripts hidden { "A click on a bar lists its particles." } }
}
