use std::path::Path;

use std::fmt::Write as _;

use corelith_io::{Manifest, Outcome};

use crate::args::Global;
use crate::failure::CheckFailed;
use crate::output::{print, print_json};
use crate::progress::Terminal;

/// Lists the reference data sets: where from, licence, acquisition.
pub fn data_list(global: &Global) -> anyhow::Result<()> {
    let manifest = Manifest::built_in()?;
    if global.json {
        print_json(&manifest.datasets)?;
        return Ok(());
    }
    let mut text = String::new();
    for d in &manifest.datasets {
        let _ = writeln!(text, "{}", d.name);
        let _ = writeln!(text, "  {}", d.about);
        let _ = writeln!(text, "  study      {}", d.study);
        let _ = writeln!(text, "  from       {}, item {}", d.repository, d.item);
        let _ = writeln!(text, "  address    {}", d.url);
        let _ = writeln!(
            text,
            "  licence    {}, {}, {}",
            d.licence, d.publisher, d.published
        );
        let a = &d.acquisition;
        let _ = writeln!(
            text,
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
            let _ = writeln!(
                text,
                "  fraction   {} um: {} x {} px, {} projections, in {}",
                f.name, f.width_px, f.height_px, f.projections, f.folder
            );
        }
        for f in &d.folders {
            let _ = writeln!(text, "  folder     {}: {}", f.path, f.holds);
        }
    }
    print(&text)
}

/// Checks a downloaded data set against the manifest.
pub fn data_verify(global: &Global, name: &str, folder: &Path) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let manifest = Manifest::built_in()?;
    let report = manifest.verify(name, folder, &terminal)?;
    corelith_core::Progress::finish(&terminal);
    if global.json {
        print_json(&report)?;
    } else {
        let mut text = String::new();
        for check in &report.checks {
            let mark = match check.outcome {
                Outcome::Passed => "ok     ",
                Outcome::Failed => "FAILED ",
                Outcome::NotChecked => "not checked",
            };
            let _ = writeln!(text, "{mark} {}: {}", check.subject, check.detail);
        }
        print(&text)?;
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
