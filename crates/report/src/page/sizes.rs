//! Liberation by size class.

use corelith_stats::liberation::{Estimate, SizeLiberation};
use maud::{Markup, html};

use crate::chart::{Axis, Curve, curves};
use crate::figures::Figures;
use crate::palette::{BLUE, INK, Marker, VERMILLION};
use crate::table::{Cells, PageTable};

/// The classes that hold the mineral.
pub fn known(sizes: &[SizeLiberation]) -> Vec<&SizeLiberation> {
    sizes
        .iter()
        .filter(|s| s.liberation.mean.value.is_finite())
        .collect()
}

/// Middle of a size class, micrometres.
pub fn middle(s: &SizeLiberation) -> f64 {
    (s.diameter_lower_um + s.diameter_upper_um) / 2.0
}

/// Liberation over the size.
pub fn chart(name: &str, sizes: &[&SizeLiberation], figures: &mut Figures) -> Markup {
    let curve = |words: &str, colour, dash, marker, of: fn(&SizeLiberation) -> Estimate| Curve {
        name: words.to_owned(),
        colour,
        dash,
        marker: Some(marker),
        points: sizes.iter().map(|s| (middle(s), of(s))).collect(),
        band: true,
        marks: None,
    };
    let ends = sizes
        .iter()
        .flat_map(|s| [s.diameter_lower_um, s.diameter_upper_um]);
    let (low, high) = ends.fold((f64::INFINITY, 0.0f64), |(l, h), d| (l.min(d), h.max(d)));
    let svg = curves(
        &format!("Liberation of {name} by particle size"),
        &Axis::around("Equivalent diameter, middle of the class (µm)", low, high),
        &Axis::percent(&format!("Liberation of {name} (%)")),
        &[
            curve("mean liberation", INK, "", Marker::Circle, |s| {
                s.liberation.mean
            }),
            curve(
                "share at 50 % or above",
                BLUE,
                "5 3",
                Marker::Diamond,
                |s| s.liberation.at_least[5],
            ),
            curve(
                "share at 90 % or above",
                VERMILLION,
                "2 3",
                Marker::Triangle,
                |s| s.liberation.at_least[9],
            ),
        ],
    );
    figures.chart(
        &format!("liberation_{name}_by_size"),
        svg,
        html! {
            "Liberation by size: classes of equal solid volume, 3D by volume, bands are 95 % \
             intervals."
        },
    )
}

/// One row a size class; `stem` is the name of its file.
pub fn table(stem: String, name: &str, sizes: &[&SizeLiberation]) -> PageTable {
    let shares =
        |of: fn(&SizeLiberation) -> Estimate| Cells::Share(sizes.iter().map(|s| of(s)).collect());
    let number = |of: fn(&SizeLiberation) -> f64, decimals| {
        Cells::Number(sizes.iter().map(|s| of(s)).collect(), decimals)
    };
    PageTable::new(stem, format!("Liberation of {name} by particle size"))
        .caption("By equivalent diameter, 3D by volume, 95 % interval")
        .column(
            "From (µm)",
            "diameter_lower_um",
            number(|s| s.diameter_lower_um, 0),
        )
        .column(
            "To (µm)",
            "diameter_upper_um",
            number(|s| s.diameter_upper_um, 0),
        )
        .column(
            "Particles",
            "particles",
            Cells::Count(sizes.iter().map(|s| s.particles).collect()),
        )
        .column(
            format!("Share of {name} (%)"),
            "mineral_share_pct",
            number(|s| s.mineral_share_pct, 1),
        )
        .column(
            "Mean liberation (%)",
            "mean_liberation_pct",
            shares(|s| s.liberation.mean),
        )
        .column(
            "At 50 % or above (%)",
            "at_least_50_pct",
            shares(|s| s.liberation.at_least[5]),
        )
        .column(
            "At 90 % or above (%)",
            "at_least_90_pct",
            shares(|s| s.liberation.at_least[9]),
        )
}
