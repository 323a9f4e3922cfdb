//! Particles that hang on the threshold by which touching ones came apart, and what hangs on them.

use corelith_stats::Particle;
use maud::{Markup, html};

use super::format;
use crate::ReportInput;
use crate::figures::Figures;
use crate::table::{Cells, PageTable};

/// Doubtful particles that are named.
const NAMED: usize = 10;

/// Nothing where touching particles are beyond doubt.
pub fn section(input: &ReportInput, figures: &mut Figures) -> Markup {
    let particles = &input.measurements.particles;
    let mut doubtful: Vec<&Particle> = particles.iter().filter(|p| p.doubtful).collect();
    if doubtful.is_empty() {
        return html! {};
    }
    doubtful.sort_by(|a, b| b.voxels.cmp(&a.voxels).then(a.id.cmp(&b.id)));
    let named: Vec<String> = doubtful
        .iter()
        .take(NAMED)
        .map(|p| format!("{} ({:.0} µm)", p.id, p.equivalent_diameter_um))
        .collect();
    let rest = doubtful.len() - named.len();
    html! {
        p {
            (format::count(doubtful.len() as u64)) " of " (format::count(particles.len() as u64))
            " particles are doubtful: a slightly different threshold would join them with others or \
             part them. The largest: " (named.join(", "))
            @if rest > 0 { ", and " (format::count(rest as u64)) " more" }
            "; column " code { "doubtful" } " of the particle table marks all of them."
        }
        (figures.table(&table(input)))
    }
}

/// What the figures of each mineral owe to doubtful particles.
fn table(input: &ReportInput) -> PageTable {
    let rows = input.minerals.rows();
    let without = &input.measurements.without_doubtful;
    let names = without.iter().map(|of| {
        let row = &rows[usize::from(of.class)];
        (row.name.clone(), row.rgb)
    });
    let column = |value: fn(&corelith_stats::liberation::WithoutDoubtful) -> f64| {
        Cells::Number(without.iter().map(value).collect(), 1)
    };
    PageTable::new("doubtful", "What hangs on doubtful particles")
        .caption(
            "Share of each mineral in doubtful particles, and how far its 3D liberation by volume \
             would move without them: the curve where it moves most, and its mean.",
        )
        .column("Mineral", "mineral", Cells::Mineral(names.collect()))
        .column(
            "In doubtful particles, %",
            "doubtful_pct",
            column(|of| of.doubtful_pct),
        )
        .column(
            "Curve, points",
            "curve_points",
            column(|of| of.curve_points),
        )
        .column("Mean, points", "mean_points", column(|of| of.mean_points))
}
