use maud::{Markup, html};

use super::{format, sizes};
use crate::chart::{Axis, Curve, Segment, StackedBar, curves, stacked_bars};
use crate::figures::Figures;
use crate::palette::of_basis;
use crate::{AT_LEAST_PCT, Association, Basis, MineralCurves, ReportError, ReportInput};

const BASES: [Basis; 5] = [
    Basis::Volume3d,
    Basis::Surface3d,
    Basis::Area2dMaps,
    Basis::Area2dVirtual,
    Basis::Area2dRandom,
];

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let (target, others): (Vec<_>, Vec<_>) = input
        .liberation
        .iter()
        .filter(|m| BASES.iter().any(|&b| m.on(b).is_some()))
        .partition(|m| m.class == input.target);
    Ok(html! {
        p {
            "The liberation of a particle for a mineral is the mineral's share of it. A curve \
             shows how much of the mineral sits in particles of at least that share. Bands are \
             95 % bootstrap intervals over particles."
        }
        @for mineral in target { (one(input, mineral, figures)) }
        @if !others.is_empty() {
            details {
                summary { "The other minerals (" (others.len()) ")" }
                @for mineral in others { (one(input, mineral, figures)) }
            }
        }
        @if !input.locking.is_empty() { (locking(input, figures)) }
        @if let Some(association) = &input.association { (table_of(input, association)) }
    })
}

fn one(input: &ReportInput, mineral: &MineralCurves, figures: &mut Figures) -> Markup {
    let name = input.minerals.name(mineral.class);
    let chart = |bases: &[Basis]| {
        let drawn: Vec<Curve> = bases
            .iter()
            .filter_map(|&basis| {
                let curve = mineral.on(basis)?;
                let (colour, dash, marker) = of_basis(basis);
                Some(Curve {
                    name: format::basis(basis).to_owned(),
                    colour,
                    dash,
                    marker: Some(marker),
                    points: AT_LEAST_PCT.into_iter().zip(curve.at_least).collect(),
                    band: true,
                })
            })
            .collect();
        let words: Vec<&str> = drawn.iter().map(|c| c.name.as_str()).collect();
        curves(
            &format!("Liberation curves of {name}: {}", words.join("; ")),
            &Axis::percent("Liberation, at least (%)"),
            &Axis::percent(&format!("Share of {name} (%)")),
            &drawn,
        )
    };
    let of_particles = chart(&[Basis::Volume3d, Basis::Surface3d, Basis::Area2dRandom]);
    let of_maps = chart(&[Basis::Area2dMaps, Basis::Area2dVirtual]);
    html! {
        h3 id=(format!("liberation-{}", mineral.class)) {
            (format::swatch(input.minerals.rows()[usize::from(mineral.class)].rgb)) (name)
        }
        div.charts {
            (figures.chart(&format!("liberation_{name}"), of_particles, html! {
                "3D, and what random sections through the same particles show."
            }))
            @if mineral.on(Basis::Area2dMaps).is_some() {
                (figures.chart(&format!("liberation_{name}_maps"), of_maps, html! {
                    "Measured maps, and the 3D result cut at the same planes."
                }))
            }
        }
        (sizes::section(name, &mineral.sizes, figures))
        details {
            summary { "Liberation of " (name) " in numbers" }
            (table(name, mineral))
        }
    }
}

fn table(name: &str, mineral: &MineralCurves) -> Markup {
    let known: Vec<_> = BASES.iter().filter_map(|&b| mineral.on(b)).collect();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Liberation of {name}")) {
            table {
                caption { "Share of " (name) " (%) at or above each liberation, 95 % interval" }
                thead {
                    tr {
                        th { "Liberation" }
                        @for curve in &known { th.n { (format::basis(curve.basis)) } }
                    }
                }
                tbody {
                    @for (k, at_least) in AT_LEAST_PCT.iter().enumerate().skip(1) {
                        tr {
                            th scope="row" {
                                @if k < 10 { "≥ " } (at_least) " %"
                            }
                            @for curve in &known {
                                td.n { (format::with_interval(&curve.at_least[k])) }
                            }
                        }
                    }
                    tr {
                        th scope="row" { "Mean liberation" }
                        @for curve in &known { td.n { (format::with_interval(&curve.mean)) } }
                    }
                    tr {
                        th scope="row" { "Particles seen" }
                        @for curve in &known { td.n { (format::count(curve.particles)) } }
                    }
                }
            }
        }
    }
}

fn locking(input: &ReportInput, figures: &mut Figures) -> Markup {
    let minerals = input.minerals.rows();
    let bars: Vec<StackedBar> = input
        .locking
        .iter()
        .filter(|l| l.free_pct.is_finite())
        .map(|l| {
            let mut segments = vec![Segment {
                name: "free".to_owned(),
                value: l.free_pct,
                fill: minerals[usize::from(l.class)].rgb,
            }];
            let partners = input.minerals.solids().filter(|&c| c != l.class);
            segments.extend(partners.map(|c| Segment {
                name: format!("+ {}", input.minerals.name(c)),
                value: l.binary_with_pct[usize::from(c)],
                fill: minerals[usize::from(c)].rgb,
            }));
            segments.push(Segment {
                name: "3 and more".to_owned(),
                value: l.ternary_and_above_pct,
                fill: [214; 3],
            });
            StackedBar {
                name: input.minerals.name(l.class).to_owned(),
                segments,
            }
        })
        .collect();
    let svg = stacked_bars("Locking of the minerals", &bars);
    html! {
        h3 id="locking" { "Locking" }
        (figures.chart("locking", svg, html! {
            "How much of each mineral (rows) sits in particles of it alone (free, its own \
             colour), with one other mineral (that mineral's colour), and with two or more \
             (grey), by volume in 3D."
        }))
    }
}

fn table_of(input: &ReportInput, association: &Association) -> Markup {
    let classes = input.minerals.len();
    let background = input.minerals.background();
    let share = |class: u8, with: u8| {
        association.share_pct[usize::from(class) * classes + usize::from(with)]
    };
    html! {
        h3 id="association" { "Association" }
        div.scroll tabindex="0" role="region" aria-label="Association of the minerals" {
            table {
                caption { "Share of a mineral's boundary (%) with each other, by area in 3D" }
                thead {
                    tr {
                        th { "Mineral" }
                        @for with in input.minerals.solids() {
                            th.n { "with " (input.minerals.name(with)) }
                        }
                        th.n { "exposed" }
                    }
                }
                tbody {
                    @for class in input.minerals.solids() {
                        tr {
                            th scope="row" {
                                (format::swatch(input.minerals.rows()[usize::from(class)].rgb))
                                (input.minerals.name(class))
                            }
                            @for with in input.minerals.solids() {
                                td.n {
                                    @if with != class { (format::fixed(share(class, with), 1)) }
                                }
                            }
                            td.n { (format::fixed(share(class, background), 1)) }
                        }
                    }
                }
            }
        }
    }
}
