use corelith_stats::Particle;
use corelith_stats::measurements::volume_histogram_pct;
use maud::{Markup, html};

use super::format;
use crate::chart::{Axis, histogram, points};
use crate::figures::Figures;
use crate::model::draw;
use crate::palette::BLUE;
use crate::table::{Cells, PageTable};
use crate::{ParticleModel, ReportError, ReportInput};

/// Side of the large views, pixels.
const VIEW_PX: usize = 300;
/// Side of the gallery's views, pixels.
const THUMBNAIL_PX: usize = 132;
/// Share of the target below which a particle is not worth showing as "most locked", percent.
const HOLDS_FROM_PCT: f64 = 1.0;
/// Bars of a histogram.
const BINS: usize = 20;
/// Particles in each of the three groups.
const GROUP: usize = 3;

type Drawn<'a> = (&'a Particle, &'a ParticleModel);

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let drawn: Vec<Drawn> = input
        .models
        .iter()
        .filter_map(|model| {
            let row = input
                .measurements
                .particles
                .iter()
                .find(|row| row.id == model.id)?;
            Some((row, model))
        })
        .collect();
    let mut groups = Vec::new();
    for (id, heading, chosen) in groups_of(&drawn, |p| volume_pct(input, p)) {
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
    volume_pct: impl Fn(&Particle) -> f64,
) -> [(&'static str, &'static str, Vec<Drawn<'a>>); 3] {
    let liberation = |d: &Drawn| volume_pct(d.0);
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

/// Share of the target in a particle's volume, percent.
fn volume_pct(input: &ReportInput, particle: &Particle) -> f64 {
    particle.volume_pct(input.target, input.minerals.background())
}

/// Share of the target in a particle's exposed surface, percent.
fn surface_pct(input: &ReportInput, particle: &Particle) -> f64 {
    particle.surface_pct(input.target, input.minerals.background())
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
            format::fixed(volume_pct(input, row), 1)
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
                    (format::fixed(volume_pct(input, row), 1))
                    " % of the volume, "
                    (format::fixed(surface_pct(input, row), 1))
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
        let volume = volume_pct(input, row);
        let surface = surface_pct(input, row);
        let alt = format!("Particle {}.", row.id);
        let image = figures.image(&format!("gallery_{}", row.id), &picture, &alt)?;
        cards.push(html! {
            li data-id=(row.id) data-volume=(volume) data-surface=(format::sort_key(surface))
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
                (drawn.len()) " of " (input.measurements.particles.len())
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
    let shares = &input.measurements.composition;
    let mineral = |class: u8| {
        let mineral = &input.minerals.rows()[usize::from(class)];
        (mineral.name.clone(), mineral.rgb)
    };
    let mut table = PageTable::new("composition", "Composition of the sample")
        .column(
            "Mineral",
            "mineral",
            Cells::Mineral(shares.iter().map(|s| mineral(s.class)).collect()),
        )
        .column(
            "Volume (%)",
            "volume_pct",
            Cells::Number(shares.iter().map(|s| s.volume_pct).collect(), 2),
        );
    let masses: Option<Vec<f64>> = shares.iter().map(|s| s.mass_pct).collect();
    if let Some(masses) = masses {
        table = table.column("Mass (%)", "mass_pct", Cells::Number(masses, 2));
    }
    html! {
        h3 id="composition" { "What the sample consists of" }
        (figures.table(&table))
        p.note {
            @if input.measurements.leaves_cut_particles_out() {
                "Particles that the faces of the volume cut are left out; the others are weighted \
                 by 1 over their chance to be whole (Miles and Lantuejoul)."
            } @else {
                "All particles count alike, those that the faces of the volume cut included."
            }
        }
    }
}

fn distributions(input: &ReportInput, figures: &mut Figures) -> Markup {
    let counted: Vec<&Particle> = input.measurements.counted().map(|(p, _)| p).collect();
    let largest = counted
        .iter()
        .map(|p| p.equivalent_diameter_um)
        .fold(0.0, f64::max);
    let size = Axis::around("Equivalent diameter (µm)", 0.0, largest);
    let histogram_of = |axis: &Axis, value: fn(&Particle) -> f64| {
        volume_histogram_pct(input.measurements, [axis.low, axis.high], BINS, value)
    };
    let sizes = histogram_of(&size, |p| p.equivalent_diameter_um);
    let shape = Axis {
        name: "Sphericity".to_owned(),
        low: 0.0,
        high: 1.0,
        ticks: (0..=5).map(|i| f64::from(i) / 5.0).collect(),
    };
    let shapes = histogram_of(&shape, |p| p.sphericity);
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
