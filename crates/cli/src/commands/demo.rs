use std::path::Path;

use corelith_phantom::{PhantomSettings, phantom};

use super::evaluate;
use super::phantom::TRUTH;
use crate::args::{DemoArgs, Global};
use crate::progress::Terminal;
use crate::session::Session;
use crate::stages;
use crate::stages::verdict::VERDICT;

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
    let project = super::phantom::write(folder, "demo", "63-100", &truth, &terminal)?;
    corelith_core::Progress::finish(&terminal);

    let mut session = Session::open(global, &project)?;
    session.project.training.minutes = args.minutes;
    stages::through_measure(&session)?;
    let verdict = evaluate::judge(&session, &folder.join(TRUTH))?;
    corelith_io::write_json(&session.result(VERDICT), &verdict)?;
    stages::bring_up_to_date(&session, &stages::report::Report)?;
    super::summary::print(&session)?;
    for line in verdict.lines() {
        session.say(&line);
    }
    Ok(())
}
