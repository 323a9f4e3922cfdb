use maud::{Markup, html};

use super::format;
use crate::figures::Figures;
use crate::picture::Picture;
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
            "Each map was searched in the whole CT volume without a start pose. The outlines of \
             its grains must lie on the edges seen in the CT. The margin is the distance of the \
             score to that of the best other pose; the uncertainty is the expected error of a \
             pixel's place."
        }
        (table(input))
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

fn table(input: &ReportInput) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Registration of the maps" {
            table {
                thead {
                    tr {
                        th { "Map" } th { "Used for" } th { "Status" } th.n { "Score" }
                        th.n { "Margin" } th.n { "Uncertainty (voxels)" } th.n { "Tilt (°)" }
                        th { "Mirrored" } th.n { "Time" }
                    }
                }
                tbody {
                    @for r in &input.registrations {
                        tr {
                            th scope="row" { (r.map) }
                            td {
                                (match r.role {
                                    Role::Training => "training",
                                    Role::Validation => "validation",
                                })
                            }
                            td {
                                (if r.found { "found" } else { "not found" })
                                @if let Some(reason) = &r.reason { ": " (reason) }
                            }
                            td.n { (format::fixed(r.score, 3)) }
                            td.n { (format::fixed(r.margin, 3)) }
                            td.n { (format::fixed(r.uncertainty_vox, 2)) }
                            td.n { (format::fixed(r.tilt_deg, 2)) }
                            td { (if r.mirrored { "yes" } else { "no" }) }
                            td.n { (format::duration(r.seconds)) }
                        }
                    }
                }
            }
        }
    }
}
