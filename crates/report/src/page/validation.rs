use maud::{Markup, html};

use super::format;
use crate::chart::{Axis, Curve, curves};
use crate::figures::Figures;
use crate::palette::{BLUE, Marker, SKY, VERMILLION, css};
use crate::picture::{Picture, Rgb};
use crate::table::{Cells, PageTable};
use crate::{AT_LEAST_PCT, Estimate, MineralAgreement, ReportError, ReportInput, Role, Validation};

const SAME: Rgb = [205; 3];
const GROUND: Rgb = [250; 3];
const OTHER: Rgb = [0; 3];
const MISSED: Rgb = VERMILLION;
const ADDED: Rgb = SKY;

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let (kept_back, learned): (Vec<_>, Vec<_>) = input
        .validations
        .iter()
        .partition(|v| v.role == Role::Validation);
    let mut judged = Vec::new();
    for v in &kept_back {
        judged.push(map(input, v, figures)?);
    }
    let mut seen = Vec::new();
    for v in &learned {
        seen.push(map(input, v, figures)?);
    }
    Ok(html! {
        p {
            "The 3D result is cut where each map lies and held against it, like for like: the \
             same pixels, the same rule for what is one particle, the same smallest particle."
        }
        @if judged.is_empty() {
            p { strong { "No map was kept back, so nothing here judges the result." } }
        }
        @for map in &judged { (map) }
        @if !seen.is_empty() {
            details {
                summary { "Maps that the network learned from (" (seen.len()) ")" }
                @for map in &seen { (map) }
            }
        }
    })
}

fn map(input: &ReportInput, v: &Validation, figures: &mut Figures) -> Result<Markup, ReportError> {
    let minerals = input.minerals.rows();
    let background = input.minerals.background();
    let enlarge = (480 / v.measured.cols().max(v.measured.rows()).max(1)).clamp(1, 3);
    let picture = |colour: &dyn Fn(usize, usize) -> Rgb| {
        Picture::from_fn(
            v.measured.cols() * enlarge,
            v.measured.rows() * enlarge,
            v.pixel_um / enlarge as f64,
            |x, y| colour(x / enlarge, y / enlarge),
        )
    };
    let measured = picture(&|x, y| minerals[usize::from(v.measured.at(x, y))].rgb);
    let predicted = picture(&|x, y| minerals[usize::from(v.predicted.at(x, y))].rgb);
    let difference = picture(&|x, y| {
        let (a, b) = (v.measured.at(x, y), v.predicted.at(x, y));
        match (a == background, b == background) {
            _ if !v.inside.at(x, y) => GROUND,
            (true, true) => GROUND,
            (false, true) => MISSED,
            (true, false) => ADDED,
            (false, false) if a == b => SAME,
            (false, false) => OTHER,
        }
    });
    let name = &v.map;
    let panels = [
        figures.picture(
            &format!("validation_{name}_measured"),
            &measured,
            &format!("Mineral map {name} as measured by SEM."),
            html! { "Measured by SEM." },
        )?,
        figures.picture(
            &format!("validation_{name}_predicted"),
            &predicted,
            &format!("Minerals that the CT result shows where the map {name} lies."),
            html! { "Predicted from CT." },
        )?,
        figures.picture(
            &format!("validation_{name}_difference"),
            &difference,
            &format!("Where the map {name} and the prediction differ."),
            html! {
                (key(SAME, "same mineral")) (key(OTHER, "other mineral"))
                (key(MISSED, "only measured")) (key(ADDED, "only predicted"))
            },
        )?,
    ];
    let target = v.minerals.iter().find(|m| m.class == input.target);
    Ok(html! {
        h3 id=(format!("validation-{name}")) {
            (name)
            (match v.role {
                Role::Validation => ", kept back from the training",
                Role::Training => ", used for the training",
            })
        }
        div.pictures { @for panel in &panels { (panel) } }
        (figures.table(&table(input, v)))
        div.charts {
            @if let Some(target) = target { (curve(input, v, target, figures)) }
            (sizes(v, figures))
        }
    })
}

fn key(colour: Rgb, what: &str) -> Markup {
    html! {
        span.key {
            span.swatch style=(format!("background:{}", css(colour))) aria-hidden="true" {}
            (what)
        } " "
    }
}

fn table(input: &ReportInput, v: &Validation) -> PageTable {
    let mut names: Vec<(String, Rgb)> = v
        .minerals
        .iter()
        .map(|m| {
            let mineral = &input.minerals.rows()[usize::from(m.class)];
            (mineral.name.clone(), mineral.rgb)
        })
        .collect();
    names.push(("All solid".to_owned(), SAME));
    let column = |of: fn(&MineralAgreement) -> f64, all: f64, decimals| {
        let values = v.minerals.iter().map(of).chain([all]);
        Cells::Number(values.collect(), decimals)
    };
    PageTable::new(
        format!("validation_{}", v.map),
        format!("Agreement with the map {}", v.map),
    )
    .column("Mineral", "mineral", Cells::Mineral(names))
    .column("Dice", "dice", column(|m| m.dice, v.foreground_dice, 3))
    .column(
        "Measured (area %)",
        "measured_area_pct",
        column(|m| m.modal_measured_pct, 100.0, 1),
    )
    .column(
        "Predicted (area %)",
        "predicted_area_pct",
        column(|m| m.modal_predicted_pct, 100.0, 1),
    )
    .column(
        "Largest liberation gap (points)",
        "liberation_gap_points",
        column(|m| m.liberation_gap_points, f64::NAN, 1),
    )
    .totals(1)
}

/// Area-weighted size distributions of the profiles.
fn sizes(v: &Validation, figures: &mut Figures) -> Markup {
    let steps = |sizes: &[(f64, f64)]| {
        let mut below = 0.0;
        let mut points = Vec::new();
        for &(diameter, share) in sizes {
            points.extend([(diameter, below), (diameter, share)]);
            below = share;
        }
        points
            .into_iter()
            .map(|(x, y)| (x, without_interval(y)))
            .collect::<Vec<_>>()
    };
    let largest = v
        .sizes_measured
        .iter()
        .chain(&v.sizes_predicted)
        .map(|s| s.0);
    let svg = curves(
        &format!(
            "Size distribution of the particles on the map {}, measured and predicted",
            v.map
        ),
        &Axis::around(
            "Equivalent diameter on the section (µm)",
            0.0,
            largest.fold(0.0, f64::max),
        ),
        &Axis::percent("Area in particles up to it (%)"),
        &[
            Curve {
                marker: None,
                ..measured(steps(&v.sizes_measured))
            },
            Curve {
                marker: None,
                ..predicted(steps(&v.sizes_predicted))
            },
        ],
    );
    let caption = html! {
        "Particle sizes on the same section, weighted by area: "
        (v.profiles_measured) " particles measured, " (v.profiles_predicted)
        " predicted; mean diameter " (format::fixed(v.diameter_measured_um, 1)) " and "
        (format::fixed(v.diameter_predicted_um, 1)) " µm. The curves are at most "
        (format::fixed(100.0 * v.size_distance, 1)) " points apart, and "
        (format::fixed(v.size_distance_um, 1)) " µm on average."
    };
    figures.chart(&format!("validation_{}_sizes", v.map), svg, caption)
}

fn without_interval(value: f64) -> Estimate {
    Estimate {
        value,
        low: f64::NAN,
        high: f64::NAN,
    }
}

fn measured(points: Vec<(f64, Estimate)>) -> Curve {
    Curve {
        name: "Measured by SEM".to_owned(),
        colour: VERMILLION,
        dash: "2 3",
        marker: Some(Marker::Triangle),
        points,
        band: false,
    }
}

fn predicted(points: Vec<(f64, Estimate)>) -> Curve {
    Curve {
        name: "Predicted from CT".to_owned(),
        colour: BLUE,
        dash: "",
        marker: Some(Marker::Circle),
        points,
        band: false,
    }
}

/// Liberation curves of the target.
fn curve(
    input: &ReportInput,
    v: &Validation,
    target: &MineralAgreement,
    figures: &mut Figures,
) -> Markup {
    let name = input.minerals.name(target.class);
    let exact = |values: &[f64; 11]| {
        let points = AT_LEAST_PCT.into_iter().zip(values);
        points
            .map(|(x, &value)| (x, without_interval(value)))
            .collect()
    };
    let svg = curves(
        &format!(
            "Liberation of {name} on the map {}, measured and predicted",
            v.map
        ),
        &Axis::percent("Liberation by area, at least (%)"),
        &Axis::percent(&format!("Share of {name} (%)")),
        &[
            measured(exact(&target.liberation_measured_pct)),
            predicted(exact(&target.liberation_predicted_pct)),
        ],
    );
    figures.chart(
        &format!("validation_{}_liberation", v.map),
        svg,
        html! {
            "Liberation of " (name) " on the same section; the curves are at most "
            (format::fixed(target.liberation_gap_points, 1)) " points apart."
        },
    )
}
