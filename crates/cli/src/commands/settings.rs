use corelith_pipeline::SettingsReference;

use crate::args::Global;
use crate::output::print_as;

/// Prints every setting that has a default, as a part of a project file.
pub fn settings(global: &Global) -> anyhow::Result<()> {
    print_as(global.json, &SettingsReference::new()?)
}
