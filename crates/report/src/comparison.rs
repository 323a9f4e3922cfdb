//! Several samples on one page.

use corelith_stats::liberation::{
    AT_LEAST_PCT, Basis, CurveDifference, Estimate, LIBERATION_CLASSES, MineralLiberation,
    SizeLiberation, liberation_class_bounds_pct,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::Report;
use crate::chart::{Axis, Curve, curves};
use crate::figures::Figures;
use crate::page::sizes;
use crate::palette::{BLUE, GREEN, INK, Marker, ORANGE, PURPLE, VERMILLION};
use crate::picture::Rgb;
use crate::table::{Cells, PageTable};

/// Samples to compare, by one mineral.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Name and version of the program.
    pub program: String,
    /// The mineral that the page is about.
    pub mineral: String,
    /// The samples, in the order of the page.
    pub samples: Vec<SampleResult>,
    /// Differences of pairs of samples; they name samples by position.
    pub differences: Vec<CurveDifference>,
    /// Path, relative to the page, of the differences as a table.
    pub table: String,
}

/// What one sample says of the mineral.
#[derive(Debug, Clone)]
pub struct SampleResult {
    /// Name of the sample.
    pub name: String,
    /// Sieve fraction, micrometres: `63-100`.
    pub fraction_um: Option<String>,
    /// Particles found.
    pub particles: u64,
    /// Median equivalent diameter, micrometres.
    pub median_diameter_um: f64,
    /// Share of the mineral in the solid volume, percent.
    pub modal_volume_pct: f64,
    /// Its liberation on every basis.
    pub liberation: MineralLiberation,
    /// Liberation by size class.
    pub sizes: Vec<SizeLiberation>,
}

impl SampleResult {
    fn at_least(&self) -> &[Estimate; LIBERATION_CLASSES] {
        &self.liberation.on(Basis::Volume3d).at_least
    }

    /// Curve of random sections minus that of the volume.
    fn bias(&self) -> [Estimate; LIBERATION_CLASSES] {
        let found = self
            .liberation
            .difference(Basis::Area2dRandom, Basis::Volume3d);
        found.map_or([Estimate::NONE; LIBERATION_CLASSES], |b| b.at_least)
    }

    fn bias_mean(&self) -> Estimate {
        let found = self
            .liberation
            .difference(Basis::Area2dRandom, Basis::Volume3d);
        found.map_or(Estimate::NONE, |b| b.mean)
    }
}

const LOOKS: [(Rgb, &str, Marker); 6] = [
    (INK, "", Marker::Circle),
    (VERMILLION, "5 3", Marker::Diamond),
    (BLUE, "8 4", Marker::Square),
    (GREEN, "2 3", Marker::Triangle),
    (PURPLE, "8 3 2 3", Marker::Cross),
    (ORANGE, "1 3", Marker::Circle),
];

/// Builds the page that compares samples, and its figures; nothing on it is fetched.
pub fn compare(input: &Comparison) -> Report {
    let mut figures = Figures::default();
    let names: Vec<&str> = input.samples.iter().map(|s| s.name.as_str()).collect();
    let sections = [
        ("summary", "The samples", figures.table(&summary(input))),
        ("liberation", "Liberation", liberation(input, &mut figures)),
        (
            "differences",
            "Differences",
            differences(input, &mut figures),
        ),
        ("sizes", "Liberation by size", by_size(input, &mut figures)),
        (
            "bias",
            "How wrong 2D would have been",
            bias(input, &mut figures),
        ),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(input.program);
                link rel="icon" href="data:,";
                title { (names.join(", ")) ": liberation of " (input.mineral) }
                style { (PreEscaped(include_str!("page/style.css"))) }
            }
            body {
                a.skip href="#summary" { "Skip to the samples" }
                header {
                    h1 { (names.join(" and ")) }
                    p.lead { "Liberation of " (input.mineral) ", sample against sample." }
                    nav aria-label="Sections" {
                        ol {
                            @for (id, heading, _) in &sections {
                                li { a href=(format!("#{id}")) { (heading) } }
                            }
                        }
                    }
                }
                main {
                    @for (id, heading, body) in &sections {
                        section id=(id) aria-labelledby=(format!("{id}-heading")) {
                            h2 id=(format!("{id}-heading")) { (heading) }
                            (body)
                        }
                    }
                }
                footer { p { (input.program) "." } }
                script { (PreEscaped(include_str!("page/tables.js"))) }
                script { (PreEscaped(include_str!("page/print.js"))) }
            }
        }
    };
    figures.into_report(page.into_string())
}

fn summary(input: &Comparison) -> PageTable {
    let samples = &input.samples;
    let number = |of: fn(&SampleResult) -> f64, decimals| {
        Cells::Number(samples.iter().map(of).collect(), decimals)
    };
    let fraction = |s: &SampleResult| s.fraction_um.clone().unwrap_or_default();
    PageTable::new("samples", "The samples")
        .caption("3D by volume, 95 % intervals over particles")
        .column(
            "Sample",
            "sample",
            Cells::Text(samples.iter().map(|s| s.name.clone()).collect()),
        )
        .column(
            "Fraction (µm)",
            "fraction_um",
            Cells::Text(samples.iter().map(fraction).collect()),
        )
        .column(
            "Particles",
            "particles",
            Cells::Count(samples.iter().map(|s| s.particles).collect()),
        )
        .column(
            "Median diameter (µm)",
            "median_diameter_um",
            number(|s| s.median_diameter_um, 0),
        )
        .column(
            format!("{} (volume %)", input.mineral),
            "modal_volume_pct",
            number(|s| s.modal_volume_pct, 1),
        )
        .column(
            "Mean liberation (%)",
            "mean_liberation_pct",
            Cells::Share(
                samples
                    .iter()
                    .map(|s| s.liberation.on(Basis::Volume3d).mean)
                    .collect(),
            ),
        )
        .column(
            "At 90 % or above (%)",
            "at_least_90_pct",
            Cells::Share(samples.iter().map(|s| s.at_least()[9]).collect()),
        )
        .column(
            "2D minus 3D, mean (points)",
            "bias_points",
            Cells::Difference(samples.iter().map(SampleResult::bias_mean).collect()),
        )
}

/// One curve a sample.
fn drawn(input: &Comparison, of: impl Fn(&SampleResult) -> Vec<(f64, Estimate)>) -> Vec<Curve> {
    let looks = LOOKS.iter().cycle();
    let curves = input.samples.iter().zip(looks);
    curves
        .map(|(s, &(colour, dash, marker))| Curve {
            name: s.name.clone(),
            colour,
            dash,
            marker: Some(marker),
            points: of(s),
            band: true,
            marks: None,
        })
        .collect()
}

fn liberation(input: &Comparison, figures: &mut Figures) -> Markup {
    let svg = curves(
        &format!("Liberation curves of {} in the samples", input.mineral),
        &Axis::percent("Liberation, at least (%)"),
        &Axis::percent(&format!("Share of {} (%)", input.mineral)),
        &drawn(input, |s| {
            AT_LEAST_PCT.into_iter().zip(*s.at_least()).collect()
        }),
    );
    figures.chart(
        "liberation",
        svg,
        html! { "How much of the mineral sits in particles of at least each liberation, 3D by \
        volume; bands are 95 % intervals." },
    )
}

fn differences(input: &Comparison, figures: &mut Figures) -> Markup {
    html! {
        p {
            "Percentage points with 95 % intervals; the samples share no particle, so their \
             errors are independent. Where the interval leaves out 0, the difference is beyond \
             chance; of twenty such intervals one does so by chance alone. All pairs in one \
             file: "
            a href=(input.table) { (input.table) } "."
        }
        @for d in &input.differences {
            @let (of, against) = (&input.samples[d.of].name, &input.samples[d.against].name);
            h3 { (of) " minus " (against) }
            (figures.table(&difference(of, against, d)))
        }
    }
}

fn difference(of: &str, against: &str, d: &CurveDifference) -> PageTable {
    let classes = (0..LIBERATION_CLASSES).map(|k| match liberation_class_bounds_pct(k) {
        (low, high) if low == high => format!("{low} %"),
        (low, high) => format!("{low} to {high} %"),
    });
    let beyond = |of: &[Estimate; LIBERATION_CLASSES]| {
        let words = of
            .iter()
            .map(|e| if e.excludes_zero() { "yes" } else { "no" });
        Cells::Text(words.map(str::to_owned).collect())
    };
    PageTable::new(
        format!("difference_{of}_{against}"),
        format!("{of} minus {against}"),
    )
    .column(
        "Liberation class",
        "liberation_class",
        Cells::Text(classes.collect()),
    )
    .column(
        "Share of the class",
        "share_points",
        Cells::Difference(d.share.to_vec()),
    )
    .column("Beyond chance", "share_beyond_chance", beyond(&d.share))
    .column(
        "Share at or above it",
        "at_least_points",
        Cells::Difference(d.at_least.to_vec()),
    )
    .column(
        "Beyond chance",
        "at_least_beyond_chance",
        beyond(&d.at_least),
    )
}

fn by_size(input: &Comparison, figures: &mut Figures) -> Markup {
    let ends = input.samples.iter().flat_map(|s| &s.sizes);
    let (low, high) = ends
        .map(sizes::middle)
        .fold((f64::INFINITY, 0.0f64), |(l, h), d| (l.min(d), h.max(d)));
    let svg = curves(
        &format!("Mean liberation of {} by particle size", input.mineral),
        &Axis::around("Equivalent diameter, middle of the class (µm)", low, high),
        &Axis::percent("Mean liberation (%)"),
        &drawn(input, |s| {
            s.sizes
                .iter()
                .map(|c| (sizes::middle(c), c.liberation.mean))
                .collect()
        }),
    );
    let chart = figures.chart(
        "liberation_by_size",
        svg,
        html! { "Mean liberation in size classes of equal solid volume; bands are 95 % intervals." },
    );
    html! {
        (chart)
        @for s in &input.samples {
            h3 { (s.name) }
            (figures.table(&sizes::table(
                format!("liberation_by_size_{}", s.name),
                &input.mineral,
                &s.sizes.iter().collect::<Vec<_>>(),
            )))
        }
    }
}

fn bias(input: &Comparison, figures: &mut Figures) -> Markup {
    let ends = input.samples.iter().flat_map(SampleResult::bias);
    let (low, high) = ends
        .flat_map(|e| [e.low, e.high])
        .filter(|v| v.is_finite())
        .fold((-2.0f64, 2.0f64), |(l, h), v| (l.min(v), h.max(v)));
    let svg = curves(
        &format!("2D liberation of {} minus 3D in the samples", input.mineral),
        &Axis::percent("Liberation, at least (%)"),
        &Axis::around("2D minus 3D (points)", low, high),
        &drawn(input, |s| AT_LEAST_PCT.into_iter().zip(s.bias()).collect()),
    );
    figures.chart(
        "bias",
        svg,
        html! { "Random sections through each sample minus its own 3D; above zero, 2D flatters. \
        Bands are 95 % intervals." },
    )
}
