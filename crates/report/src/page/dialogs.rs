//! What opens over the page: the view of a particle, and the particles of a mark of a chart. Scripts
//! fill it.

use maud::{Markup, html};

use crate::ReportInput;

/// A particle to turn, and its numbers.
pub fn particle(input: &ReportInput) -> Markup {
    html! {
        dialog.particle id="particle-dialog" aria-labelledby="particle-dialog-heading" {
            (head("particle-dialog-heading"))
            div.turned {
                div.stage {
                    canvas id="particle-canvas" tabindex="0" role="img" {}
                    div.bar id="particle-bar" {}
                }
                p.controls {
                    button id="particle-cut" type="button" aria-pressed="false" { "Cut open" }
                    label.depth {
                        "Depth "
                        input id="particle-depth" type="range" min="0" max="100" value="50" disabled;
                    }
                    span.zoom {
                        button id="particle-farther" type="button" aria-label="Smaller" {
                            "\u{2212}"
                        }
                        button id="particle-nearer" type="button" aria-label="Larger" { "+" }
                        button id="particle-reset" type="button" { "Reset" }
                    }
                }
                p.note { "Drag or arrow keys turn it; the wheel or two fingers zoom." }
            }
            div.still {}
            p.note.why {
                "There was no room in the page for the shape of this particle; it is in the volumes \
                 of the results."
            }
            h3 { "Shares of the solid volume" }
            ul.held {}
            p { "Equivalent diameter " span.diameter {} "." }
            p.note.counts {
                "A face of the volume cuts it, so it counts in no figure of "
                (input.sample) "."
            }
        }
    }
}

/// A list of particles.
pub fn list() -> Markup {
    html! {
        dialog.list id="list-dialog" aria-labelledby="list-dialog-heading" {
            (head("list-dialog-heading"))
            p.total {}
            div.scroll tabindex="0" {}
            p.more { span {} " " button type="button" { "Show more" } }
        }
    }
}

/// The heading of a dialog, and its way out.
fn head(id: &str) -> Markup {
    html! {
        form.head method="dialog" {
            h2.heading id=(id) {}
            button aria-label="Close" { "\u{d7}" }
        }
    }
}
