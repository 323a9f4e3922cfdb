//! Liberation by size class.

use maud::{Markup, html};

use super::format;
use crate::SizeLiberation;
use crate::chart::{Axis, Curve, curves};
use crate::figures::Figures;
use crate::palette::{BLUE, INK, Marker, VERMILLION};

/// Chart and table; nothing where no class holds the mineral.
pub fn section(name: &str, sizes: &[SizeLiberation], figures: &mut Figures) -> Markup {
    let known: Vec<&SizeLiberation> = sizes.iter().filter(|s| s.mean.value.is_finite()).collect();
    html! {
        @if known.len() > 1 { (chart(name, &known, figures)) }
        @if !known.is_empty() {
            details {
                summary { "Liberation of " (name) " by particle size" }
                (table(name, &known))
            }
        }
    }
}

fn chart(name: &str, sizes: &[&SizeLiberation], figures: &mut Figures) -> Markup {
    let middle = |s: &SizeLiberation| (s.diameter_um[0] + s.diameter_um[1]) / 2.0;
    let curve =
        |words: &str, colour, dash, marker, of: fn(&SizeLiberation) -> crate::Estimate| Curve {
            name: words.to_owned(),
            colour,
            dash,
            marker: Some(marker),
            points: sizes.iter().map(|s| (middle(s), of(s))).collect(),
            band: true,
        };
    let ends = sizes.iter().flat_map(|s| s.diameter_um);
    let (low, high) = ends.fold((f64::INFINITY, 0.0f64), |(l, h), d| (l.min(d), h.max(d)));
    let svg = curves(
        &format!("Liberation of {name} by particle size"),
        &Axis::around("Equivalent diameter, middle of the class (µm)", low, high),
        &Axis::percent(&format!("Liberation of {name} (%)")),
        &[
            curve("mean liberation", INK, "", Marker::Circle, |s| s.mean),
            curve(
                "share at 50 % or above",
                BLUE,
                "5 3",
                Marker::Diamond,
                |s| s.at_least_50,
            ),
            curve(
                "share at 90 % or above",
                VERMILLION,
                "2 3",
                Marker::Triangle,
                |s| s.at_least_90,
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

pub fn table(name: &str, sizes: &[&SizeLiberation]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region"
            aria-label=(format!("Liberation of {name} by particle size")) {
            table {
                caption { "By equivalent diameter, 3D by volume, 95 % interval" }
                thead {
                    tr {
                        th { "Diameter (µm)" } th.n { "Particles" }
                        th.n { "Share of " (name) " (%)" } th.n { "Mean liberation (%)" }
                        th.n { "≥ 50 % (%)" } th.n { "≥ 90 % (%)" }
                    }
                }
                tbody {
                    @for s in sizes {
                        tr {
                            th scope="row" {
                                (format::fixed(s.diameter_um[0], 0)) " to "
                                (format::fixed(s.diameter_um[1], 0))
                            }
                            td.n { (format::count(s.particles)) }
                            td.n { (format::fixed(s.mineral_share_pct, 1)) }
                            @for e in [s.mean, s.at_least_50, s.at_least_90] {
                                td.n { (format::with_interval(&e)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
