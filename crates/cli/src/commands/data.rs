use std::path::{Path, PathBuf};

use corelith_core::Progress as _;
use corelith_fetch::{FetchOptions, fetch};
use corelith_io::{Manifest, Outcome};

use crate::args::{FetchArgs, Global};
use crate::failure::CheckFailed;
use crate::output::{print, print_as, print_json};
use crate::progress::Terminal;

/// Lists the reference data sets: where from, licence, acquisition.
pub fn data_list(global: &Global) -> anyhow::Result<()> {
    let manifest = Manifest::built_in()?;
    if global.json {
        return print_json(&manifest.datasets);
    }
    print(&manifest.to_string())
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
    print_as(global.json, &report)
}

/// Checks a downloaded data set against the manifest.
pub fn data_verify(global: &Global, name: &str, folder: &Path) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let manifest = Manifest::built_in()?;
    let report = manifest.verify(name, folder, &terminal)?;
    terminal.finish();
    print_as(global.json, &report)?;
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
