use std::path::Path;

use corelith_core::Progress as _;
use corelith_evaluation::{TRUTH, judge, write_phantom};
use corelith_phantom::{PhantomSettings, phantom};
use corelith_pipeline::Asked;
use corelith_pipeline::stage::report::JUDGEMENT;

use super::stage::open;
use super::summary;
use crate::args::{DemoArgs, Global};
use crate::progress::Terminal;

/// Folder of the demo, in the current one.
const FOLDER: &str = "demo";

/// Seed of the phantom: another one than that of the run, so that nothing is fitted to it.
const PHANTOM_SEED: u64 = 2026;

/// Voxels `[nz, ny, nx]`: large enough for some eighty whole particles, small enough for minutes.
const SHAPE_VOX: [usize; 3] = [104, 176, 176];

/// Makes a phantom with exact truth, runs every stage on it, and judges the result.
pub fn demo(global: &Global, args: &DemoArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    terminal.say("phantom: a particle system with exact truth");
    let settings = PhantomSettings {
        shape_vox: SHAPE_VOX,
        ..PhantomSettings::default()
    };
    let truth = phantom(&settings, PHANTOM_SEED, &terminal)?;
    let folder = Path::new(FOLDER);
    let project = write_phantom(folder, "demo", "63-100", &truth, &terminal)?;
    terminal.finish();

    let asked = Asked {
        minutes: Some(args.minutes),
        ..Asked::default()
    };
    let sample = open(global, &project, asked, &terminal)?;
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
