use maud::{Markup, html};

use super::format;
use crate::chart::{Axis, Curve, curves};
use crate::figures::Figures;
use crate::palette::{BLUE, Marker, SKY, VERMILLION, css};
use crate::picture::{Picture, Rgb};
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
        div.beside {
            (table(input, v))
            @if let Some(target) = target { (curve(input, v, target, figures)) }
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

fn table(input: &ReportInput, v: &Validation) -> Markup {
    html! {
        div {
            div.scroll tabindex="0" role="region"
                aria-label=(format!("Agreement with the map {}", v.map)) {
                table {
                    thead {
                        tr {
                            th { "Mineral" } th.n { "Dice" } th.n { "Measured (area %)" }
                            th.n { "Predicted (area %)" } th.n { "Largest liberation gap (points)" }
                        }
                    }
                    tbody {
                        @for m in &v.minerals {
                            tr {
                                th scope="row" {
                                    (format::swatch(input.minerals.rows()[usize::from(m.class)].rgb))
                                    (input.minerals.name(m.class))
                                }
                                td.n { (format::fixed(m.dice, 3)) }
                                td.n { (format::fixed(m.modal_measured_pct, 1)) }
                                td.n { (format::fixed(m.modal_predicted_pct, 1)) }
                                td.n { (format::fixed(m.liberation_gap_points, 1)) }
                            }
                        }
                        tr {
                            th scope="row" { "All solid" }
                            td.n { (format::fixed(v.foreground_dice, 3)) }
                            td.n { "100" } td.n { "100" } td.n {}
                        }
                    }
                }
            }
            p {
                (v.profiles_measured) " particles measured, " (v.profiles_predicted)
                " predicted; area-weighted mean diameter "
                (format::fixed(v.diameter_measured_um, 1)) " and "
                (format::fixed(v.diameter_predicted_um, 1))
                " µm; largest distance of the size distributions "
                (format::fixed(100.0 * v.size_distance, 1)) " points."
            }
        }
    }
}

fn curve(
    input: &ReportInput,
    v: &Validation,
    target: &MineralAgreement,
    figures: &mut Figures,
) -> Markup {
    let name = input.minerals.name(target.class);
    let exact = |values: &[f64; 11]| {
        let points = AT_LEAST_PCT.iter().zip(values).map(|(&x, &value)| {
            let unknown = f64::NAN;
            (
                x,
                Estimate {
                    value,
                    low: unknown,
                    high: unknown,
                },
            )
        });
        points.collect()
    };
    let measured = Curve {
        name: "Measured by SEM".to_owned(),
        colour: VERMILLION,
        dash: "2 3",
        marker: Some(Marker::Triangle),
        points: exact(&target.liberation_measured_pct),
        band: false,
    };
    let predicted = Curve {
        name: "Predicted from CT".to_owned(),
        colour: BLUE,
        dash: "",
        marker: Some(Marker::Circle),
        points: exact(&target.liberation_predicted_pct),
        band: false,
    };
    let svg = curves(
        &format!(
            "Liberation of {name} on the map {}, measured and predicted",
            v.map
        ),
        &Axis::percent("Liberation by area, at least (%)"),
        &Axis::percent(&format!("Share of {name} (%)")),
        &[measured, predicted],
    );
    figures.chart(
        &format!("validation_{}_liberation", v.map),
        svg,
        html! { "Liberation of " (name) " on the same section." },
    )
}
