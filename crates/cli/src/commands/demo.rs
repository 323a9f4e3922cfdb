use std::path::Path;

use corelith_core::Progress as _;
use corelith_evaluation::{TRUTH, judge, write_scene};
use corelith_phantom::{PhantomSettings, Scene};
use corelith_pipeline::Asked;
use corelith_pipeline::stage::report::JUDGEMENT;

use super::stage::open;
use super::summary;
use crate::args::{DemoArgs, Global, SizeArg};
use crate::progress::Terminal;

/// Seed of the phantom: another one than that of the run, so that nothing is fitted to it.
const PHANTOM_SEED: u64 = 2026;

/// Where a demo goes, in the current folder, and its voxels `[nz, ny, nx]`.
fn place_of(size: SizeArg) -> (&'static str, [usize; 3]) {
    match size {
        // Large enough for some eighty whole particles, small enough for minutes.
        SizeArg::Small => ("demo", [104, 176, 176]),
        // As large as a scan of the reference data set.
        SizeArg::Full => ("demo-full", [984, 1011, 1000]),
    }
}

/// Makes a phantom with exact truth, runs every stage on it, and judges the result of a small one.
pub fn demo(global: &Global, args: &DemoArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let (name, shape_vox) = place_of(args.size);
    let folder = Path::new(name);
    terminal.say("phantom: a particle system with exact truth");
    let settings = PhantomSettings {
        shape_vox,
        ..PhantomSettings::default()
    };
    let scene = Scene::new(&settings, PHANTOM_SEED, &terminal)?;
    let (project, _) = write_scene(folder, name, "63-100", &scene, &terminal)?;
    terminal.finish();

    let asked = Asked {
        minutes: Some(args.minutes),
        ..Asked::default()
    };
    let sample = open(global, &project, asked, &terminal)?;
    if args.size == SizeArg::Full {
        // Judging holds the truth beside the results.
        summary::show(global, &sample, &sample.report(&terminal)?, &terminal)?;
        let project = project.display();
        terminal.say(&format!(
            "hold it against the truth with 12 GB of memory: corelith evaluate results {project}"
        ));
        return Ok(());
    }
    let mut judged = Vec::new();
    let judge = || -> anyhow::Result<()> {
        let judgement = judge(&sample, &folder.join(TRUTH), &terminal)?;
        judgement.write(&sample.out().join(JUDGEMENT))?;
        judged = judgement.lines();
        Ok(())
    };
    let found = sample.report_judged(judge, &terminal)?;
    summary::show(global, &sample, &found, &terminal)?;
    for line in judged {
        terminal.say(&line);
    }
    Ok(())
}
