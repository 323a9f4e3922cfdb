use corelith_core::Progress as _;
use corelith_gpu::Compute;
use corelith_pipeline::tell_notes;
use corelith_stats::imaging::separation;

use super::label::{open_volume, spacing_of};
use crate::args::{Global, SeparateArgs};
use crate::output::print_json;
use crate::progress::Terminal;

/// Separates the touching particles of a mask.
pub fn separate(global: &Global, args: &SeparateArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let compute = Compute::select(global.device)?;
    let stack = open_volume(&args.mask, &args.part)?;
    let spacing = spacing_of(&stack, &args.mask, &terminal);
    let mask = stack.read_mask(spacing, &terminal)?;
    let settings = separation::Settings::default();
    let particles = separation::separate_on(&compute, mask, None, &settings, &terminal)?;
    tell_notes(&compute, &terminal);
    corelith_io::write_volume(&args.output, &particles, &terminal)?;
    terminal.finish();
    let count = particles.data().iter().max().copied().unwrap_or(0);
    if global.json {
        print_json(&serde_json::json!({ "particles": count }))?;
    } else {
        terminal.say(&format!("{count} particles in {}", args.output.display()));
    }
    Ok(())
}
