use corelith_core::Spacing;
use corelith_gpu::Compute;
use corelith_io::TiffStack;
use corelith_stats::imaging::separation;

use crate::args::{Global, SeparateArgs};
use crate::output::print_json;
use crate::progress::Terminal;

/// Separates the touching particles of a mask.
pub fn separate(global: &Global, args: &SeparateArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let compute = Compute::select(global.device)?;
    let stack = TiffStack::open(&args.mask)?;
    let spacing = stack.spacing().unwrap_or(Spacing::isotropic(1.0));
    let mask = stack.read_mask(spacing, &terminal)?;
    let settings = separation::Settings::default();
    let separated = separation::separate_on(&compute, mask, None, &settings, &terminal)?;
    let particles = separated.particles;
    corelith_io::write_volume(&args.output, &particles, &terminal)?;
    corelith_core::Progress::finish(&terminal);
    let count = particles.data().iter().max().copied().unwrap_or(0);
    if global.json {
        print_json(&serde_json::json!({
            "particles": count,
            "doubt": separated.doubt,
        }))?;
    } else {
        terminal.say(&format!("{count} particles in {}", args.output.display()));
    }
    Ok(())
}
