use maud::{Markup, html};

use super::format;
use crate::chart::{Axis, histogram, points};
use crate::figures::Figures;
use crate::model::draw;
use crate::palette::BLUE;
use crate::table::{Cells, PageTable};
use crate::{ParticleModel, ParticleRow, ReportError, ReportInput};

/// Side of the large views, pixels.
const VIEW_PX: usize = 300;
/// Side of the gallery's views, pixels.
const THUMBNAIL_PX: usize = 132;
/// Share of the target below which a particle is not worth showing as "most locked", percent.
const HOLDS_FROM_PCT: f64 = 1.0;
/// Particles in each of the three groups.
const GROUP: usize = 3;

type Drawn<'a> = (&'a ParticleRow, &'a ParticleModel);

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let drawn: Vec<Drawn> = input
        .models
        .iter()
        .filter_map(|model| {
            let row = input.particles.iter().find(|row| row.id == model.id)?;
            Some((row, model))
        })
        .collect();
    let mut groups = Vec::new();
    for (id, heading, chosen) in groups_of(&drawn, input.target) {
        groups.push(group(input, id, heading, &chosen, figures)?);
    }
    Ok(html! {
        (composition(input, figures))
        @for group in &groups { (group) }
        (gallery(input, &drawn, figures)?)
        h3 { "Size and shape" }
        (distributions(input, figures))
    })
}

/// Typical, freest and most locked particles for the target, of those that are drawn.
fn groups_of<'a>(
    drawn: &[Drawn<'a>],
    target: u8,
) -> [(&'static str, &'static str, Vec<Drawn<'a>>); 3] {
    let liberation = |d: &Drawn| d.0.volume_pct[usize::from(target)];
    let mut holding: Vec<Drawn> = drawn
        .iter()
        .copied()
        .filter(|d| liberation(d) >= HOLDS_FROM_PCT)
        .collect();
    holding.sort_by(|a, b| liberation(a).total_cmp(&liberation(b)));
    let amount = |d: &Drawn| liberation(d) * d.0.volume_um3;
    let total: f64 = holding.iter().map(amount).sum();
    let mut below = 0.0;
    // The median of the mineral: half of it sits in particles at least as liberated.
    let median = holding.iter().position(|d| {
        below += amount(d);
        below >= total / 2.0
    });
    let first = median.unwrap_or(0).saturating_sub(GROUP / 2);
    let first = first.min(holding.len().saturating_sub(GROUP));
    let typical = holding.iter().copied().skip(first).take(GROUP).collect();
    let freest = holding.iter().rev().copied().take(GROUP).collect();
    let locked = holding.iter().copied().take(GROUP).collect();
    [
        ("typical", "Typical", typical),
        ("freest", "Freest", freest),
        ("locked", "Most locked", locked),
    ]
}

fn colour_of<'a>(input: &'a ReportInput) -> impl Fn(u8) -> [u8; 3] + use<'a> {
    |class| input.minerals.rows()[usize::from(class)].rgb
}

fn group(
    input: &ReportInput,
    id: &str,
    heading: &str,
    chosen: &[Drawn],
    figures: &mut Figures,
) -> Result<Markup, ReportError> {
    let target = input.minerals.name(input.target);
    let mut views = Vec::new();
    for (row, model) in chosen {
        let words = format!(
            "particle {}, {} % {target} by volume",
            row.id,
            format::fixed(row.volume_pct[usize::from(input.target)], 1)
        );
        let mut view = |kind: &str, cut_open: bool, alt: String| {
            let picture = draw(&model.classes, colour_of(input), VIEW_PX, cut_open);
            figures.image(&format!("particle_{}_{kind}", row.id), &picture, &alt)
        };
        let whole = view("whole", false, format!("Surface of {words}."))?;
        let open = view(
            "open",
            true,
            format!("Inside of {words}, its front half removed."),
        )?;
        views.push(html! {
            figure.pair {
                div { (whole) (open) }
                figcaption {
                    strong { "Particle " (row.id) } ": " (target) " "
                    (format::fixed(row.volume_pct[usize::from(input.target)], 1))
                    " % of the volume, "
                    (format::fixed(row.surface_pct[usize::from(input.target)], 1))
                    " % of the surface; "
                    (format::fixed(row.equivalent_diameter_um, 0)) " µm across."
                }
            }
        });
    }
    Ok(html! {
        h3 id=(format!("particles-{id}")) { (heading) " particles for " (target) }
        @if views.is_empty() {
            p { "None of the particles drawn holds " (target) "." }
        }
        div.pictures { @for view in &views { (view) } }
    })
}

fn gallery(
    input: &ReportInput,
    drawn: &[Drawn],
    figures: &mut Figures,
) -> Result<Markup, ReportError> {
    let target = input.minerals.name(input.target);
    let mut cards = Vec::new();
    for (row, model) in drawn {
        let picture = draw(&model.classes, colour_of(input), THUMBNAIL_PX, false);
        let volume = row.volume_pct[usize::from(input.target)];
        let surface = row.surface_pct[usize::from(input.target)];
        let alt = format!("Particle {}.", row.id);
        let image = figures.image(&format!("gallery_{}", row.id), &picture, &alt)?;
        cards.push(html! {
            li data-id=(row.id) data-volume=(volume) data-surface=(surface)
                data-diameter=(row.equivalent_diameter_um) data-sphericity=(row.sphericity) {
                (image)
                p {
                    strong { (row.id) } br;
                    (format::fixed(volume, 0)) " % volume" br;
                    (format::fixed(surface, 0)) " % surface" br;
                    (format::fixed(row.equivalent_diameter_um, 0)) " µm"
                }
            }
        });
    }
    Ok(html! {
        div id="gallery" {
            h3 { "Gallery" }
            p {
                (drawn.len()) " of " (input.particles.len())
                " particles, spread over the liberation of " (target)
                ". Volume and surface are its shares of the particle."
            }
            p.controls {
                label for="gallery-key" { "Sort by " }
                select id="gallery-key" {
                    option value="volume" { "volume share" }
                    option value="surface" { "surface share" }
                    option value="diameter" { "diameter" }
                    option value="sphericity" { "sphericity" }
                    option value="id" { "number" }
                }
                " "
                button id="gallery-order" type="button" aria-pressed="false" {
                    "Largest first"
                }
            }
            ol.gallery id="gallery-list" { @for card in &cards { (card) } }
        }
    })
}

/// Shares of the minerals in the whole sample.
fn composition(input: &ReportInput, figures: &mut Figures) -> Markup {
    let amount = |share: &dyn Fn(&ParticleRow) -> f64| -> f64 {
        input
            .particles
            .iter()
            .filter(|p| p.weight > 0.0)
            .map(|p| p.weight * p.volume_um3 * share(p))
            .sum()
    };
    let volumes: Vec<f64> = (0..input.minerals.len())
        .map(|class| amount(&|p| p.volume_pct[class]))
        .collect();
    let solids: Vec<usize> = input.minerals.solids().map(usize::from).collect();
    let total: f64 = solids.iter().map(|&class| volumes[class]).sum();
    let densities = input.minerals.solid_densities();
    let mass = |class: usize| {
        let densities = densities.as_ref()?;
        let mass = |class: usize| {
            let found = densities.iter().find(|(c, _)| usize::from(*c) == class);
            found.map_or(0.0, |(_, density)| density * volumes[class])
        };
        let all: f64 = solids.iter().map(|&class| mass(class)).sum();
        Some(100.0 * mass(class) / all)
    };
    let row = |&class: &usize| {
        let mineral = &input.minerals.rows()[class];
        (mineral.name.clone(), mineral.rgb)
    };
    let volume = |&class: &usize| 100.0 * volumes[class] / total;
    let mut table = PageTable::new("composition", "Composition of the sample")
        .column(
            "Mineral",
            "mineral",
            Cells::Mineral(solids.iter().map(row).collect()),
        )
        .column(
            "Volume (%)",
            "volume_pct",
            Cells::Number(solids.iter().map(volume).collect(), 2),
        );
    if densities.is_some() {
        let masses = solids.iter().filter_map(|&class| mass(class)).collect();
        table = table.column("Mass (%)", "mass_pct", Cells::Number(masses, 2));
    }
    html! {
        h3 id="composition" { "What the sample consists of" }
        (figures.table(&table))
        p.note {
            @if input.particles.iter().any(|p| p.weight == 0.0) {
                "Particles that the faces of the volume cut are left out; the others are weighted \
                 by 1 over their chance to be whole (Miles and Lantuejoul)."
            } @else {
                "All particles count alike, those that the faces of the volume cut included."
            }
        }
    }
}

fn distributions(input: &ReportInput, figures: &mut Figures) -> Markup {
    let counted: Vec<&ParticleRow> = input.particles.iter().filter(|p| p.weight > 0.0).collect();
    let largest = counted
        .iter()
        .map(|p| p.equivalent_diameter_um)
        .fold(0.0, f64::max);
    let size = Axis::around("Equivalent diameter (µm)", 0.0, largest);
    let sizes = shares(&counted, &size, 20, |p| p.equivalent_diameter_um);
    let shape = Axis {
        name: "Sphericity".to_owned(),
        low: 0.0,
        high: 1.0,
        ticks: (0..=5).map(|i| f64::from(i) / 5.0).collect(),
    };
    let shapes = shares(&counted, &shape, 20, |p| p.sphericity);
    let share = |values: &[f64]| {
        let highest = values.iter().copied().fold(0.0, f64::max);
        Axis::around("Share of the volume (%)", 0.0, highest)
    };
    let dots: Vec<(f64, f64, f64)> = counted
        .iter()
        .map(|p| {
            let radius = 2.0 + 5.0 * p.equivalent_diameter_um / largest.max(1e-9);
            (p.flatness, p.elongation, radius)
        })
        .collect();
    let ratio = |name: &str| Axis {
        name: name.to_owned(),
        ..shape.clone()
    };
    let size_chart = histogram(
        "Size distribution of the particles",
        &size,
        &share(&sizes),
        &sizes,
        BLUE,
    );
    let shape_chart = histogram(
        "Sphericity of the particles",
        &shape,
        &share(&shapes),
        &shapes,
        BLUE,
    );
    let zingg = points(
        "Elongation against flatness of the particles",
        &ratio("Flatness"),
        &ratio("Elongation"),
        &dots,
        BLUE,
    );
    html! {
        div.charts {
            (figures.chart("size", size_chart, html! { "Size, by volume." }))
            (figures.chart("sphericity", shape_chart, html! {
                "Sphericity, by volume: 1 is a ball."
            }))
            (figures.chart("shape", zingg, html! {
                "Form (Zingg): upper right compact, lower right rods, upper left plates. Flatness \
                 is the shortest over the intermediate axis, elongation the intermediate over \
                 the longest. Larger dots are larger particles."
            }))
        }
    }
}

/// Volume shares, percent, in classes of equal width over the axis.
fn shares(
    particles: &[&ParticleRow],
    axis: &Axis,
    classes: usize,
    value: impl Fn(&ParticleRow) -> f64,
) -> Vec<f64> {
    let mut sums = vec![0.0; classes];
    for p in particles {
        let share = (value(p) - axis.low) / (axis.high - axis.low);
        if share.is_finite() {
            let class = (share.max(0.0) * classes as f64) as usize;
            sums[class.min(classes - 1)] += p.weight * p.volume_um3;
        }
    }
    let total: f64 = sums.iter().sum();
    sums.iter().map(|s| 100.0 * s / total).collect()
}
