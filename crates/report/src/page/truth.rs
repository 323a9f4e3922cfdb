use maud::{Markup, html};

use crate::figures::Figures;
use crate::table::{Cells, PageTable};
use crate::{Truth, TruthCheck};

/// The result against the exact truth.
pub fn section(truth: &Truth, figures: &mut Figures) -> Markup {
    let passed = truth.checks.iter().filter(|c| c.passed).count();
    let text =
        |of: fn(&TruthCheck) -> &str| truth.checks.iter().map(|c| of(c).to_owned()).collect();
    let table = PageTable::new("truth", "Checks against the truth")
        .column("Check", "check", Cells::Text(text(|c| &c.what)))
        .column("Found", "found", Cells::Text(text(|c| &c.found)))
        .column("Goal", "goal", Cells::Text(text(|c| &c.goal)))
        .column(
            "Met",
            "met",
            Cells::Text(text(|c| if c.passed { "✓ yes" } else { "✗ no" })),
        );
    html! {
        div id="truth" {
            h3 { "Against the exact truth" }
            p {
                "This sample is a phantom, so the truth is known: "
                (passed) " of " (truth.checks.len()) " checks are met."
            }
            (figures.table(&table))
        }
    }
}
