use maud::{Markup, html};

use crate::Truth;

/// The result against the exact truth.
pub fn table(truth: &Truth) -> Markup {
    let passed = truth.checks.iter().filter(|c| c.passed).count();
    html! {
        div id="truth" {
            h3 { "Against the exact truth" }
            p {
                "This sample is a phantom, so the truth is known: "
                (passed) " of " (truth.checks.len()) " checks are met."
            }
            div.scroll tabindex="0" role="region" aria-label="Checks against the truth" {
                table {
                    thead { tr { th { "Check" } th { "Found" } th { "Goal" } th { "Met" } } }
                    tbody {
                        @for check in &truth.checks {
                            tr {
                                th scope="row" { (check.what) }
                                td { (check.found) }
                                td { (check.goal) }
                                td.met { (if check.passed { "✓ yes" } else { "✗ no" }) }
                            }
                        }
                    }
                }
            }
        }
    }
}
