use corelith_core::Role;
use corelith_registration::{Registration, Status};
use maud::{Markup, html};

use super::format;
use crate::figures::Figures;
use crate::picture::Picture;
use crate::table::{Cells, PageTable};
use crate::{MapPlace, ReportError, ReportInput};

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let mut overlays = Vec::new();
    for place in &input.places {
        let Some(overlay) = &place.overlay else {
            continue;
        };
        let picture = Picture::from_fn(
            overlay.cols(),
            overlay.rows(),
            place.overlay_pixel_um,
            |x, y| overlay.at(x, y),
        );
        let alt = format!(
            "Outlines of the map {} drawn on the CT resampled along the plane where it was {}.",
            place.map,
            if is_found(&place.registration) {
                "found"
            } else {
                "tried"
            }
        );
        overlays.push(figures.picture(
            &format!("registration_{}", place.map),
            &picture,
            &alt,
            caption(place),
        )?);
    }
    Ok(html! {
        p {
            "Each map was searched in the whole CT volume, unless the project file says where it \
             lies. The outlines of its grains must lie on the edges seen in the CT. The margin is \
             the distance of the score to that of the best other pose. What decides is the \
             probability that the pose is right, which follows from the lead over that pose in \
             likelihood and from how much of the map fits: it must reach the probability needed. \
             The uncertainty is the expected error of a pixel's place."
        }
        (figures.table(&table(input)))
        // A sentence each: a column of them would not fit beside the others, least of all on paper.
        @for place in &input.places {
            @let reason = &place.registration.reason;
            @if !reason.is_empty() {
                p {
                    strong { (place.map) } ": " (reason)
                    @if !reason.ends_with('?') { "." }
                }
            }
        }
        div.pictures { @for overlay in &overlays { (overlay) } }
    })
}

fn is_found(registration: &Registration) -> bool {
    registration.status == Status::Found
}

fn caption(place: &MapPlace) -> Markup {
    let r = &place.registration;
    html! {
        strong { (place.map) } ": "
        @if is_found(r) {
            "expected error " (format::fixed(r.uncertainty_vox, 2)) " voxels, tilt "
            (format::fixed(r.tilt_deg, 1)) "°" @if r.mirrored { ", mirrored" } "."
        } @else {
            "not found."
        }
    }
}

fn table(input: &ReportInput) -> PageTable {
    let maps = &input.places;
    let text = |of: &dyn Fn(&MapPlace) -> String| Cells::Text(maps.iter().map(of).collect());
    let number = |of: fn(&Registration) -> f64, decimals| {
        let values = maps.iter().map(|place| of(&place.registration));
        Cells::Number(values.collect(), decimals)
    };
    PageTable::new("registration", "Registration of the maps")
        .column("Map", "map", text(&|p| p.map.clone()))
        .column(
            "Used for",
            "role",
            text(&|p| {
                match p.role {
                    Role::Training => "training",
                    Role::Validation => "validation",
                }
                .to_owned()
            }),
        )
        .column(
            "Status",
            "status",
            text(&|p| {
                if is_found(&p.registration) {
                    "found"
                } else {
                    "not found"
                }
                .to_owned()
            }),
        )
        .column("Score", "score", number(|r| r.score, 3))
        .column("Margin", "margin", number(|r| r.margin, 3))
        .column("Lead (nats)", "lead_nats", number(|r| r.lead_nats, 2))
        .column("Probability", "probability", number(|r| r.probability, 4))
        .column(
            "Probability needed",
            "probability_needed",
            number(|r| r.probability_needed, 2),
        )
        .column(
            "Uncertainty (voxels)",
            "uncertainty_vox",
            number(|r| r.uncertainty_vox, 2),
        )
        .column("Tilt (°)", "tilt_deg", number(|r| r.tilt_deg, 2))
        .column(
            "Mirrored",
            "mirrored",
            text(&|p| if p.registration.mirrored { "yes" } else { "no" }.to_owned()),
        )
        .column(
            "Time",
            "time_s",
            Cells::Seconds(maps.iter().map(|p| p.registration.seconds).collect()),
        )
        .column_of_file("reason", text(&|p| p.registration.reason.clone()))
}
