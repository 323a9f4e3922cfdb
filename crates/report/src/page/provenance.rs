use maud::{Markup, html};

use super::format;
use crate::figures::Figures;
use crate::table::{Cells, PageTable};
use crate::{Provenance, ReportError, ReportInput};

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let p = &input.provenance;
    Ok(html! {
        dl {
            dt { "Program" } dd { (p.program) }
            dt { "Made" } dd { (p.made) }
            dt { "Computed on" } dd { (p.device) ", " (p.threads) " threads" }
            dt { "Seed" } dd { (p.seed) }
            @if let Some(bytes) = p.peak_memory_bytes {
                dt { "Largest memory use" } dd { (format::bytes(bytes)) }
            }
            @if !p.versions.is_empty() {
                dt { "Libraries" }
                dd {
                    @for (i, (what, version)) in p.versions.iter().enumerate() {
                        @if i > 0 { ", " } (what) " " (version)
                    }
                }
            }
        }
        h3 { "Stages" }
        (figures.table(&stages(p)))
        details.on-screen {
            summary { "Checksums of the inputs (" (p.inputs.len()) ")" }
            (figures.table(&inputs(p)))
        }
        details.on-screen {
            summary { "Settings" }
            pre tabindex="0" { (p.settings_toml) }
        }
    })
}

fn stages(p: &Provenance) -> PageTable {
    let total: f64 = p.stages.iter().map(|s| s.seconds).sum();
    let mut names: Vec<String> = p.stages.iter().map(|s| s.stage.clone()).collect();
    let mut seconds: Vec<f64> = p.stages.iter().map(|s| s.seconds).collect();
    let mut devices: Vec<String> = p.stages.iter().map(|s| s.device.clone()).collect();
    names.push("All".to_owned());
    seconds.push(total);
    devices.push(String::new());
    PageTable::new("stages", "Times of the stages")
        .column("Stage", "stage", Cells::Text(names))
        .column("Time", "time_s", Cells::Seconds(seconds))
        .column("Computed on", "device", Cells::Text(devices))
        .totals(1)
}

fn inputs(p: &Provenance) -> PageTable {
    PageTable::new("inputs", "Checksums of the inputs")
        .column(
            "File",
            "file",
            Cells::Text(p.inputs.iter().map(|f| f.path.clone()).collect()),
        )
        .column(
            "Size",
            "size_bytes",
            Cells::Bytes(p.inputs.iter().map(|f| f.bytes).collect()),
        )
        .column(
            "SHA-256",
            "sha256",
            Cells::Code(p.inputs.iter().map(|f| f.sha256.clone()).collect()),
        )
}
