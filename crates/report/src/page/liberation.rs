use corelith_stats::liberation::{
    AT_LEAST_PCT, Association, Basis, BasisLiberation, Locking, MineralLiberation,
    volume_liberation_class,
};
use maud::{Markup, html};

use super::distributions::{bars_open, counted_bins};
use super::{format, sizes};
use crate::chart::{Axis, Curve, Marks, Segment, StackedBar, class_bars, curves, stacked_bars};
use crate::figures::{Figures, ParticleGroup};
use crate::palette::of_basis;
use crate::table::{Cells, PageTable};
use crate::{ReportError, ReportInput};

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let (target, others): (Vec<_>, Vec<_>) = input
        .measurements
        .liberation
        .minerals
        .iter()
        .filter(|m| Basis::ALL.iter().any(|&b| m.observed(b).is_some()))
        .partition(|m| m.class == input.target);
    Ok(html! {
        p {
            "The liberation of a particle for a mineral is the mineral's share of it, without \
             pores. A curve shows how much of the mineral sits in particles of at least that \
             share. Particles weigh by the mineral in them; as its density is the same everywhere, \
             weights by volume and by mass give the same curve. Bands are 95 % intervals from a \
             bootstrap over particles; sections go with the particle that they cut."
        }
        @for mineral in target { (one(input, mineral, figures)) }
        @if !others.is_empty() {
            details {
                summary { "The other minerals (" (others.len()) ")" }
                @for mineral in others { (one(input, mineral, figures)) }
            }
        }
        @if !input.measurements.locking.is_empty() { (locking(input, figures)) }
        h3 id="association" { "Association" }
        (figures.table(&association_table(input, &input.measurements.association)))
    })
}

fn one(input: &ReportInput, mineral: &MineralLiberation, figures: &mut Figures) -> Markup {
    let name = input.minerals.name(mineral.class);
    let chart = |bases: &[Basis]| {
        let drawn: Vec<Curve> = bases
            .iter()
            .filter_map(|&basis| {
                let curve = mineral.observed(basis)?;
                let (colour, dash, marker) = of_basis(basis);
                Some(Curve {
                    name: format::basis(basis).to_owned(),
                    colour,
                    dash,
                    marker: Some(marker),
                    points: AT_LEAST_PCT.into_iter().zip(curve.at_least).collect(),
                    band: true,
                    marks: (basis == Basis::Volume3d)
                        .then(|| marks(mineral.class, format!("{name}: liberation of at least"))),
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
    let by_size = input.measurements.sizes_of(mineral.class);
    let by_size = by_size.map_or(Vec::new(), |found| sizes::known(&found.sizes));
    html! {
        h3 id=(format!("liberation-{}", mineral.class)) {
            (format::swatch(input.minerals.rows()[usize::from(mineral.class)].rgb)) (name)
        }
        div.charts {
            (figures.chart(&format!("liberation_{name}"), of_particles, html! {
                "3D, and what random sections through the same particles show. "
                span.with-scripts hidden {
                    "A click on a point of the curve by volume lists its particles."
                }
            }))
            (classes(input, mineral, figures))
            @if mineral.observed(Basis::Area2dMaps).is_some() {
                (figures.chart(&format!("liberation_{name}_maps"), of_maps, html! {
                    "Measured maps, and the 3D result cut at the same planes."
                }))
            }
            @if by_size.len() > 1 { (sizes::chart(name, &by_size, figures)) }
        }
        @if !by_size.is_empty() {
            details {
                summary { "Liberation of " (name) " by particle size" }
                (figures.table(&sizes::table(
                    format!("liberation_by_size_{name}"), name, &by_size
                )))
            }
        }
        details {
            summary { "Liberation of " (name) " in numbers" }
            (figures.table(&table(name, mineral)))
            (seen(mineral))
        }
    }
}

/// Shares of the liberation classes; which particle is in which is kept for the list that a click
/// opens.
fn classes(input: &ReportInput, mineral: &MineralLiberation, figures: &mut Figures) -> Markup {
    let Some(by_volume) = mineral.observed(Basis::Volume3d) else {
        return html! {};
    };
    let row = &input.minerals.rows()[usize::from(mineral.class)];
    let marks = marks(mineral.class, format!("{}: liberation of", row.name));
    let background = input.minerals.background();
    let group = ParticleGroup {
        bins: counted_bins(input, |p| {
            volume_liberation_class(p, mineral.class, background)
        }),
        mineral: Some(mineral.class),
    };
    figures.group(&marks.group, group);
    let ends = by_volume.share.iter().flat_map(|s| [s.value, s.high]);
    let highest = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
    let svg = class_bars(
        &format!("Liberation classes of {}", row.name),
        &Axis::around(&format!("Share of {} (%)", row.name), 0.0, highest),
        &by_volume.share,
        row.rgb,
        &marks,
    );
    figures.chart(
        &format!("liberation_{}_classes", row.name),
        svg,
        html! {
            "How much of the mineral sits in particles of each liberation, 3D by volume, with \
             95 % intervals. " (bars_open())
        },
    )
}

/// What the marks of a mineral's charts stand for.
fn marks(class: u8, words: String) -> Marks {
    let group = format!("liberation_{class}");
    Marks {
        group,
        words,
        unit: " %",
    }
}

fn table(name: &str, mineral: &MineralLiberation) -> PageTable {
    let known = observed(mineral);
    let mut rows: Vec<String> = AT_LEAST_PCT[1..10]
        .iter()
        .map(|x| format!("≥ {x} %"))
        .collect();
    rows.extend(["100 %".to_owned(), "Mean liberation".to_owned()]);
    let mut table = PageTable::new(
        format!("liberation_{name}"),
        format!("Liberation of {name}"),
    )
    .caption(format!(
        "Share of {name} (%) at or above each liberation, 95 % interval"
    ))
    .column("Liberation", "liberation", Cells::Text(rows))
    .totals(1);
    for curve in known {
        let values = curve.at_least[1..].iter().chain([&curve.mean]).copied();
        table = table.column(
            format::basis(curve.basis),
            format!("{}_pct", curve.basis.name()),
            Cells::Share(values.collect()),
        );
    }
    table
}

/// Every basis on which anything was observed.
fn observed(mineral: &MineralLiberation) -> Vec<&BasisLiberation> {
    let bases = Basis::ALL.iter();
    bases.filter_map(|&b| mineral.observed(b)).collect()
}

/// How many particles and sections the curves stand on.
fn seen(mineral: &MineralLiberation) -> Markup {
    let known = observed(mineral);
    html! {
        p.note {
            "Seen: "
            @for (i, curve) in known.iter().enumerate() {
                @if i > 0 { "; " }
                (format::basis(curve.basis)) ", " (format::count(curve.count()))
                @if curve.sections > 0 {
                    " section particles on " (format::count(curve.sections.into())) " sections"
                } @else {
                    " particles"
                }
            }
            "."
        }
    }
}

fn locking(input: &ReportInput, figures: &mut Figures) -> Markup {
    let minerals = input.minerals.rows();
    let bars: Vec<StackedBar> = input
        .measurements
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
        (figures.table(&locking_table(input)))
    }
}

fn association_table(input: &ReportInput, association: &Association) -> PageTable {
    let background = input.minerals.background();
    let solids: Vec<u8> = input.minerals.solids().collect();
    let shares = |with: u8| {
        let share = |&class: &u8| match class == with {
            true => f64::NAN,
            false => association.share_pct(class, with),
        };
        Cells::Number(solids.iter().map(share).collect(), 1)
    };
    let mut table = PageTable::new("association", "Association of the minerals")
        .caption("Share of a mineral's boundary (%) with each other, by area in 3D")
        .column("Mineral", "mineral", minerals_of(input, &solids));
    for &with in &solids {
        let name = input.minerals.name(with);
        table = table.column(
            format!("with {name}"),
            format!("with_{name}_pct"),
            shares(with),
        );
    }
    table.column("exposed", "exposed_pct", shares(background))
}

/// The same in numbers.
fn locking_table(input: &ReportInput) -> PageTable {
    let classes: Vec<u8> = input.measurements.locking.iter().map(|l| l.class).collect();
    let column = |of: &dyn Fn(&Locking) -> f64| {
        Cells::Number(input.measurements.locking.iter().map(of).collect(), 1)
    };
    let mut table = PageTable::new("locking", "Locking of the minerals")
        .caption("Share of each mineral (%) in particles of it alone, of two and of more minerals")
        .column("Mineral", "mineral", minerals_of(input, &classes))
        .column("free", "free_pct", column(&|l| l.free_pct))
        .column("binary", "binary_pct", column(&|l| l.binary_total_pct()))
        .column(
            "ternary and above",
            "ternary_and_above_pct",
            column(&|l| l.ternary_and_above_pct),
        );
    for with in input.minerals.solids() {
        let name = input.minerals.name(with);
        let share = |l: &Locking| match l.class == with {
            true => f64::NAN,
            false => l.binary_with_pct[usize::from(with)],
        };
        table = table.column(
            format!("binary with {name}"),
            format!("binary_with_{name}_pct"),
            column(&share),
        );
    }
    table
}

fn minerals_of(input: &ReportInput, classes: &[u8]) -> Cells {
    let row = |&class: &u8| {
        let mineral = &input.minerals.rows()[usize::from(class)];
        (mineral.name.clone(), mineral.rgb)
    };
    Cells::Mineral(classes.iter().map(row).collect())
}
