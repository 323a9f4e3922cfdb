use std::path::{Path, PathBuf};

use std::fmt::Write as _;

use corelith_core::Progress as _;
use corelith_fetch::{FetchOptions, FetchReport, State, fetch};
use corelith_io::{Manifest, Outcome};

use crate::args::{FetchArgs, Global};
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

/// Downloads a data set from its repository.
pub fn data_fetch(global: &Global, args: &FetchArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let manifest = Manifest::built_in()?;
    let dataset = manifest.dataset(&args.name)?;
    let folder = args
        .folder
        .clone()
        .unwrap_or_else(|| PathBuf::from(&args.name));
    let options = FetchOptions {
        server: args.server.clone(),
        unpack: !args.no_unpack,
        only: args.only.clone(),
        unpacked_limit_bytes: args.unpack_limit.map(|gib| gib << 30),
        ..FetchOptions::new(folder)
    };
    let report = fetch(dataset, &options, &terminal)?;
    terminal.finish();
    if global.json {
        print_json(&report)?;
        return Ok(());
    }
    print(&fetched_text(&report))
}

fn fetched_text(report: &FetchReport) -> String {
    let mut text = String::new();
    for file in &report.files {
        let how = match file.state {
            State::AlreadyThere => "was there",
            State::Downloaded { .. } => "fetched",
        };
        let checked = match &file.checked {
            Some(sum) => sum.as_str(),
            None => "size only: no checksum is published",
        };
        let _ = writeln!(
            text,
            "{how:<9} {}, {} bytes, {checked}",
            file.name, file.bytes
        );
        if let Some(files) = file.unpacked_files {
            let _ = write!(text, "          {files} files in {}", file.path);
            if !file.left_out.is_empty() {
                let _ = write!(
                    text,
                    "; left out {} entries of file managers",
                    file.left_out.len()
                );
            }
            text.push('\n');
        }
    }
    if !report.not_asked_for.is_empty() {
        let _ = writeln!(text, "not asked for: {}", report.not_asked_for.join(", "));
    }
    let folder = report.folder.display();
    let _ = writeln!(
        text,
        "check the copy with: corelith data verify {} {folder}\nnext: corelith init {folder}",
        report.dataset
    );
    text
}

/// Checks a downloaded data set against the manifest.
pub fn data_verify(global: &Global, name: &str, folder: &Path) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let manifest = Manifest::built_in()?;
    let report = manifest.verify(name, folder, &terminal)?;
    terminal.finish();
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
