use corelith_stats::Particle;
use maud::{Markup, html};

use super::{distributions, format};
use crate::figures::Figures;
use crate::model::draw;
use crate::table::{Cells, PageTable};
use crate::{ParticleModel, ReportError, ReportInput};

/// Side of the large views, pixels.
const VIEW_PX: usize = 300;
/// Side of the gallery's views, pixels.
const THUMBNAIL_PX: usize = 132;
/// Share of the target below which a particle is not worth showing as "most locked", percent.
const HOLDS_FROM_PCT: f64 = 1.0;
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
        (distributions::section(input, figures))
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
            figure.pair data-id=(row.id) {
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
            (ways_to_particles(input))
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

/// Which particles can be turned, and how to come to one by its number. Scripts show it.
fn ways_to_particles(input: &ReportInput) -> Markup {
    let (turned, all) = (input.grids.len(), input.measurements.particles.len());
    html! {
        p.note.with-view hidden {
            (format::count(turned as u64)) " of " (format::count(all as u64))
            " particles can be turned"
            @if turned < all {
                ": those of the gallery, and as many others as the page has room for, spread over \
                 liberation and size"
            }
            "."
        }
        form.controls.with-scripts id="particle-number" hidden {
            label for="particle-number-field" { "Particle number " }
            input id="particle-number-field" name="number" type="number" min="1" required;
            button { "Show" }
        }
    }
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
