//! The closing summary: what was found, how sure, where the report is.

use corelith_core::Progress as _;
use corelith_pipeline::Sample;
use corelith_pipeline::stage::report::{PAGE, Summary};

use crate::args::Global;
use crate::output::print_json;
use crate::progress::Terminal;

/// Shows the headline numbers, as JSON on stdout or in words on stderr.
pub fn show(
    global: &Global,
    sample: &Sample,
    summary: &Summary,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    if global.json {
        return print_json(summary);
    }
    terminal.say("");
    for line in summary.to_string().lines() {
        terminal.say(line);
    }
    terminal.say(&format!("report: {}", sample.out().join(PAGE).display()));
    Ok(())
}
