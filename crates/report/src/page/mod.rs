//! The page, one file a section.

mod bias;
pub(crate) mod ct_change;
mod dialogs;
mod distributions;
mod doubtful;
pub(crate) mod format;
mod liberation;
mod network;
mod particle_data;
mod particles;
mod provenance;
mod registration;
mod segmentation;
pub(crate) mod sizes;
mod truth;
mod validation;
mod verdict;

use corelith_core::Progress;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::figures::Figures;
use crate::{ReportError, ReportInput};

type Section = fn(&ReportInput, &mut Figures) -> Result<Markup, ReportError>;

/// Sections in the order of the page: anchor, heading, contents.
const SECTIONS: [(&str, &str, Section); 8] = [
    ("verdict", "Verdict", verdict::section),
    (
        "registration",
        "Where the maps lie in the CT",
        registration::section,
    ),
    (
        "segmentation",
        "Phases and particles in the CT",
        segmentation::section,
    ),
    (
        "validation",
        "Prediction against measurement",
        validation::section,
    ),
    ("particles", "Particles", particles::section),
    ("liberation", "Liberation", liberation::section),
    ("bias", "How wrong 2D would have been", bias::section),
    ("provenance", "How this was made", provenance::section),
];

/// The scripts that show single particles, in one scope: each uses what those before it declare.
const VIEWER: [&str; 10] = [
    include_str!("viewer/known.js"),
    include_str!("viewer/grid.js"),
    include_str!("viewer/shaders.js"),
    include_str!("viewer/scene.js"),
    include_str!("viewer/turning.js"),
    include_str!("viewer/view.js"),
    include_str!("viewer/particle_dialog.js"),
    include_str!("viewer/list_dialog.js"),
    include_str!("viewer/marks.js"),
    include_str!("viewer/openers.js"),
];

/// The whole page.
pub fn page(
    input: &ReportInput,
    figures: &mut Figures,
    progress: &dyn Progress,
) -> Result<String, ReportError> {
    progress.start("report", SECTIONS.len() as u64);
    let mut bodies = Vec::new();
    for (id, heading, section) in SECTIONS {
        progress.check()?;
        progress.remark(heading);
        let body = unbroken_units(section(input, figures)?);
        bodies.push(html! {
            section id=(id) aria-labelledby=(format!("{id}-heading")) {
                h2 id=(format!("{id}-heading")) { (heading) }
                (body)
            }
        });
        progress.advance(1);
    }
    progress.finish();
    let title = format!("{}: particles in CT and SEM", input.sample);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(input.provenance.program);
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
                style { (PreEscaped(include_str!("viewer/viewer.css"))) }
            }
            body {
                a.skip href="#verdict" { "Skip to the verdict" }
                header {
                    h1 { (input.sample) }
                    p.lead {
                        "Correlative CT and SEM characterisation of mineral particles"
                        @if let Some(fraction) = &input.fraction_um {
                            ", fraction " (fraction) " µm"
                        }
                        "."
                    }
                    nav aria-label="Sections" {
                        ol {
                            @for (id, heading, _) in SECTIONS {
                                li { a href=(format!("#{id}")) { (heading) } }
                            }
                        }
                    }
                    (mineral_legend(input))
                }
                main { @for body in &bodies { (body) } }
                footer {
                    p { (input.provenance.program) ", " (input.provenance.made) "." }
                }
                (dialogs::particle(input))
                (dialogs::list())
                script type="application/json" id="particle-data" {
                    (PreEscaped(particle_data::json(input, figures)?))
                }
                script { (PreEscaped(include_str!("tables.js"))) }
                script { (PreEscaped(include_str!("gallery.js"))) }
                script { (PreEscaped(include_str!("print.js"))) }
                script {
                    (PreEscaped(format!("(() => {{\n\"use strict\";\n{}}})();", VIEWER.concat())))
                }
            }
        }
    };
    Ok(page.into_string())
}

/// Keeps a percent sign on the line of its number.
fn unbroken_units(body: Markup) -> Markup {
    PreEscaped(body.into_string().replace(" %", "\u{a0}%"))
}

/// The colours that stand for the minerals throughout the page.
fn mineral_legend(input: &ReportInput) -> Markup {
    html! {
        ul.minerals aria-label="Colours of the minerals" {
            @for mineral in input.minerals.rows() {
                li { (format::swatch(mineral.rgb)) (mineral.name) }
            }
        }
    }
}
