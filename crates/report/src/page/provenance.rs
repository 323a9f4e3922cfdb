use maud::{Markup, html};

use super::format;
use crate::figures::Figures;
use crate::{ReportError, ReportInput};

pub fn section(input: &ReportInput, _figures: &mut Figures) -> Result<Markup, ReportError> {
    let p = &input.provenance;
    let total: f64 = p.stages.iter().map(|s| s.seconds).sum();
    Ok(html! {
        dl {
            dt { "Program" } dd { (p.program) }
            dt { "Made" } dd { (p.made) }
            dt { "Computed on" } dd { (p.device) ", " (p.threads) " threads" }
            dt { "Seed" } dd { (p.seed) }
            @if let Some(bytes) = p.peak_memory_bytes {
                dt { "Largest memory use" } dd { (format::bytes(bytes)) }
            }
        }
        h3 { "Stages" }
        div.scroll tabindex="0" role="region" aria-label="Times of the stages" {
            table {
                thead { tr { th { "Stage" } th.n { "Time" } th { "Computed on" } } }
                tbody {
                    @for s in &p.stages {
                        tr {
                            th scope="row" { (s.stage) }
                            td.n { (format::duration(s.seconds)) }
                            td { (s.device) }
                        }
                    }
                    tr {
                        th scope="row" { "All" } td.n { (format::duration(total)) } td {}
                    }
                }
            }
        }
        details {
            summary { "Checksums of the inputs (" (p.inputs.len()) ")" }
            div.scroll tabindex="0" role="region" aria-label="Checksums of the inputs" {
                table {
                    thead { tr { th { "File" } th.n { "Size" } th { "SHA-256" } } }
                    tbody {
                        @for file in &p.inputs {
                            tr {
                                th scope="row" { (file.path) }
                                td.n { (format::bytes(file.bytes)) }
                                td { code { (file.sha256) } }
                            }
                        }
                    }
                }
            }
        }
        @if !p.versions.is_empty() {
            details {
                summary { "Versions" }
                ul { @for (what, version) in &p.versions { li { (what) " " (version) } } }
            }
        }
        details {
            summary { "Settings" }
            pre tabindex="0" { (p.settings_toml) }
        }
    })
}
