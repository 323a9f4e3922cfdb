use corelith_core::{Role, UNMEASURED};
use corelith_stats::agreement::{MineralAgreement, SizeDistribution};
use corelith_stats::liberation::{AT_LEAST_PCT, Estimate};
use corelith_stats::measurements::MapAgreement;
use maud::{Markup, html};

use super::format;
use crate::chart::{Axis, Curve, curves};
use crate::figures::Figures;
use crate::palette::{BLUE, Marker, SKY, VERMILLION, css};
use crate::picture::{Picture, Rgb};
use crate::table::{Cells, PageTable};
use crate::{MapSections, ReportError, ReportInput};

const SAME: Rgb = [205; 3];
const GROUND: Rgb = [250; 3];
const OTHER: Rgb = [0; 3];
const MISSED: Rgb = VERMILLION;
const ADDED: Rgb = SKY;

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let (kept_back, learned): (Vec<_>, Vec<_>) = input
        .measurements
        .maps
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

fn map(
    input: &ReportInput,
    v: &MapAgreement,
    figures: &mut Figures,
) -> Result<Markup, ReportError> {
    let sections = input.sections.iter().find(|s| s.measured.name == v.name);
    let panels = match sections {
        Some(sections) => panels(input, sections, figures)?.into(),
        None => Vec::new(),
    };
    let name = &v.name;
    let target = v
        .agreement
        .minerals
        .iter()
        .find(|m| m.class == input.target);
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
        @if let Some(target) = target { (small_grains(input, v, target)) }
        div.charts {
            @if let Some(target) = target { (curve(input, v, target, figures)) }
            (sizes(v, figures))
        }
    })
}

/// The map, the section predicted at its pixels, and where they differ.
fn panels(
    input: &ReportInput,
    MapSections {
        measured,
        predicted,
    }: &MapSections,
    figures: &mut Figures,
) -> Result<[Markup; 3], ReportError> {
    let minerals = input.minerals.rows();
    let background = input.minerals.background();
    let enlarge = (480 / measured.classes.cols().max(measured.classes.rows()).max(1)).clamp(1, 3);
    let picture = |colour: &dyn Fn(usize, usize) -> Rgb| {
        Picture::from_fn(
            measured.classes.cols() * enlarge,
            measured.classes.rows() * enlarge,
            measured.pixel_um / enlarge as f64,
            |x, y| colour(x / enlarge, y / enlarge),
        )
    };
    let of_class = |class: u8| match class {
        UNMEASURED => GROUND,
        class => minerals[usize::from(class)].rgb,
    };
    let measured_picture = picture(&|x, y| of_class(measured.classes.at(x, y)));
    let predicted_picture = picture(&|x, y| of_class(predicted.classes.at(x, y)));
    let difference = picture(&|x, y| {
        let (a, b) = (measured.classes.at(x, y), predicted.classes.at(x, y));
        match (a == background, b == background) {
            _ if !predicted.counted.at(x, y) => GROUND,
            (true, true) => GROUND,
            (false, true) => MISSED,
            (true, false) => ADDED,
            (false, false) if a == b => SAME,
            (false, false) => OTHER,
        }
    });
    let name = &measured.name;
    Ok([
        figures.picture(
            &format!("validation_{name}_measured"),
            &measured_picture,
            &format!("Mineral map {name} as measured by SEM."),
            html! { "Measured by SEM." },
        )?,
        figures.picture(
            &format!("validation_{name}_predicted"),
            &predicted_picture,
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
    ])
}

fn key(colour: Rgb, what: &str) -> Markup {
    html! {
        span.key {
            span.swatch style=(format!("background:{}", css(colour))) aria-hidden="true" {}
            (what)
        } " "
    }
}

fn table(input: &ReportInput, v: &MapAgreement) -> PageTable {
    let mut names: Vec<(String, Rgb)> = v
        .agreement
        .minerals
        .iter()
        .map(|m| {
            let mineral = &input.minerals.rows()[usize::from(m.class)];
            (mineral.name.clone(), mineral.rgb)
        })
        .collect();
    names.push(("All solid".to_owned(), SAME));
    let column = |of: fn(&MineralAgreement) -> f64, all: f64, decimals| {
        let values = v.agreement.minerals.iter().map(of).chain([all]);
        Cells::Number(values.collect(), decimals)
    };
    PageTable::new(
        format!("validation_{}", v.name),
        format!("Agreement with the map {}", v.name),
    )
    .column("Mineral", "mineral", Cells::Mineral(names))
    .column(
        "Dice",
        "dice",
        column(|m| m.dice, v.agreement.foreground_dice, 3),
    )
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

/// What was taken for mislabelled on both sides.
fn small_grains(input: &ReportInput, v: &MapAgreement, target: &MineralAgreement) -> Markup {
    html! {
        @if v.agreement.smallest_grain_um > 0.0 {
            p.note {
                "For liberation, grains smaller than a circle of "
                (format::fixed(v.agreement.smallest_grain_um, 1)) " µm ("
                (format::fixed(v.agreement.smallest_grain_px, 1))
                " pixels) become the mineral around them, on both sides alike: "
                (format::fixed(target.small_grains_measured_pct, 1)) " % of the "
                (input.minerals.name(target.class)) " measured and "
                (format::fixed(target.small_grains_predicted_pct, 1)) " % of that predicted."
            }
        }
    }
}

/// Area-weighted size distributions of the profiles.
fn sizes(v: &MapAgreement, figures: &mut Figures) -> Markup {
    let a = &v.agreement;
    let steps = |sizes: &SizeDistribution| {
        let mut below = 0.0;
        let mut points = Vec::new();
        for (diameter, share) in sizes.cumulative_pct() {
            points.extend([(diameter, below), (diameter, share)]);
            below = share;
        }
        points
            .into_iter()
            .map(|(x, y)| (x, without_interval(y)))
            .collect::<Vec<_>>()
    };
    let both = a
        .sizes_measured
        .shares
        .iter()
        .chain(&a.sizes_predicted.shares);
    let largest = both.map(|(diameter, _)| *diameter);
    let svg = curves(
        &format!(
            "Size distribution of the particles on the map {}, measured and predicted",
            v.name
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
                ..measured(steps(&a.sizes_measured))
            },
            Curve {
                marker: None,
                ..predicted(steps(&a.sizes_predicted))
            },
        ],
    );
    let caption = html! {
        "Particle sizes on the same section, weighted by area: "
        (a.profiles_measured) " particles measured, " (a.profiles_predicted)
        " predicted; mean diameter " (format::fixed(a.diameter_measured_um, 1)) " and "
        (format::fixed(a.diameter_predicted_um, 1)) " µm. The curves are at most "
        (format::fixed(100.0 * a.size_distance, 1)) " points apart, and "
        (format::fixed(a.size_distance_um, 1)) " µm on average."
    };
    figures.chart(&format!("validation_{}_sizes", v.name), svg, caption)
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
        marks: None,
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
        marks: None,
    }
}

/// Liberation curves of the target.
fn curve(
    input: &ReportInput,
    v: &MapAgreement,
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
            v.name
        ),
        &Axis::percent("Liberation by area, at least (%)"),
        &Axis::percent(&format!("Share of {name} (%)")),
        &[
            measured(exact(&target.liberation_measured_pct)),
            predicted(exact(&target.liberation_predicted_pct)),
        ],
    );
    figures.chart(
        &format!("validation_{}_liberation", v.name),
        svg,
        html! {
            "Liberation of " (name) " on the same section; the curves are at most "
            (format::fixed(target.liberation_gap_points, 1)) " points apart."
        },
    )
}
