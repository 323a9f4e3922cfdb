use maud::{Markup, html};

use super::format;
use crate::figures::Figures;
use crate::picture::Picture;
use crate::table::{Cells, PageTable};
use crate::{Registration, ReportError, ReportInput, Role};

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let mut overlays = Vec::new();
    for r in &input.registrations {
        let Some(overlay) = &r.overlay else { continue };
        let picture = Picture::from_fn(
            overlay.cols(),
            overlay.rows(),
            r.overlay_pixel_um,
            |x, y| overlay.at(x, y),
        );
        let alt = format!(
            "Outlines of the map {} drawn on the CT resampled along the plane where it was {}.",
            r.map,
            if r.found { "found" } else { "tried" }
        );
        overlays.push(figures.picture(
            &format!("registration_{}", r.map),
            &picture,
            &alt,
            caption(r),
        )?);
    }
    Ok(html! {
        p {
            "Each map was searched in the whole CT volume, unless the project file says where it \
             lies. The outlines of its grains must lie on the edges seen in the CT. The margin is \
             the distance of the score to that of the best other pose; the uncertainty is the \
             expected error of a pixel's place."
        }
        (figures.table(&table(input)))
        div.pictures { @for overlay in &overlays { (overlay) } }
    })
}

fn caption(r: &Registration) -> Markup {
    html! {
        strong { (r.map) } ": "
        @if r.found {
            "expected error " (format::fixed(r.uncertainty_vox, 2)) " voxels, tilt "
            (format::fixed(r.tilt_deg, 1)) "°" @if r.mirrored { ", mirrored" } "."
        } @else {
            "not found."
        }
    }
}

fn table(input: &ReportInput) -> PageTable {
    let maps = &input.registrations;
    let text = |of: &dyn Fn(&Registration) -> String| Cells::Text(maps.iter().map(of).collect());
    let number = |of: fn(&Registration) -> f64, decimals| {
        Cells::Number(maps.iter().map(of).collect(), decimals)
    };
    PageTable::new("registration", "Registration of the maps")
        .column("Map", "map", text(&|r| r.map.clone()))
        .column(
            "Used for",
            "role",
            text(&|r| {
                match r.role {
                    Role::Training => "training",
                    Role::Validation => "validation",
                }
                .to_owned()
            }),
        )
        .column(
            "Status",
            "status",
            text(&|r| if r.found { "found" } else { "not found" }.to_owned()),
        )
        .column("Score", "score", number(|r| r.score, 3))
        .column("Margin", "margin", number(|r| r.margin, 3))
        .column(
            "Uncertainty (voxels)",
            "uncertainty_vox",
            number(|r| r.uncertainty_vox, 2),
        )
        .column("Tilt (°)", "tilt_deg", number(|r| r.tilt_deg, 2))
        .column(
            "Mirrored",
            "mirrored",
            text(&|r| if r.mirrored { "yes" } else { "no" }.to_owned()),
        )
        .column(
            "Time",
            "time_s",
            Cells::Seconds(maps.iter().map(|r| r.seconds).collect()),
        )
        .column(
            "Why",
            "reason",
            text(&|r| r.reason.clone().unwrap_or_default()),
        )
}
