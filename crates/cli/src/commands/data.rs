use std::path::Path;

use corelith_io::{Manifest, Outcome};

use crate::args::Global;
use crate::failure::CheckFailed;
use crate::progress::Terminal;

/// Lists the reference data sets: where from, licence, acquisition.
pub fn data_list(global: &Global) -> anyhow::Result<()> {
    let manifest = Manifest::built_in()?;
    if global.json {
        println!("{}", serde_json::to_string_pretty(&manifest.datasets)?);
        return Ok(());
    }
    for d in &manifest.datasets {
        println!("{}", d.name);
        println!("  {}", d.about);
        println!("  study      {}", d.study);
        println!("  from       {}, item {}", d.repository, d.item);
        println!("  address    {}", d.url);
        println!(
            "  licence    {}, {}, {}",
            d.licence, d.publisher, d.published
        );
        let a = &d.acquisition;
        println!(
            "  CT         {}, {} kV, {} uA, {} s, {}x, {} um voxels, {} bit",
            a.instrument,
            a.voltage_kv,
            a.current_ua,
            a.exposure_s,
            a.magnification,
            a.voxel_size_um,
            a.bits
        );
        for f in &d.fractions {
            println!(
                "  fraction   {} um: {} x {} px, {} projections, in {}",
                f.name, f.width_px, f.height_px, f.projections, f.folder
            );
        }
        for f in &d.folders {
            println!("  folder     {}: {}", f.path, f.holds);
        }
    }
    Ok(())
}

/// Checks a downloaded data set against the manifest.
pub fn data_verify(global: &Global, name: &str, folder: &Path) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let manifest = Manifest::built_in()?;
    let report = manifest.verify(name, folder, &terminal)?;
    corelith_core::Progress::finish(&terminal);
    if global.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        for check in &report.checks {
            let mark = match check.outcome {
                Outcome::Passed => "ok     ",
                Outcome::Failed => "FAILED ",
                Outcome::NotChecked => "not checked",
            };
            println!("{mark} {}: {}", check.subject, check.detail);
        }
    }
    if report.passed() {
        Ok(())
    } else {
        Err(CheckFailed(format!(
            "{} of {} checks of {} failed",
            report.count(Outcome::Failed),
            report.checks.len(),
            folder.display()
        ))
        .into())
    }
}
