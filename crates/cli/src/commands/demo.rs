use std::path::Path;

use corelith_core::Raster;
use corelith_phantom::truth::{instances, overlaps, registration_error};
use corelith_phantom::{Phantom, PhantomSettings, phantom};

use crate::args::{DemoArgs, Global};
use crate::progress::Terminal;
use crate::session::Session;
use crate::stages;
use crate::stages::verdict::{TruthVerdict, VERDICT};

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
    let project = super::phantom::write(Path::new(FOLDER), "demo", "63-100", &truth, &terminal)?;
    corelith_core::Progress::finish(&terminal);

    let mut session = Session::open(global, &project)?;
    session.project.training.minutes = args.minutes;
    stages::through_measure(&session)?;
    let verdict = judge(&session, &truth)?;
    corelith_io::write_json(&session.result(VERDICT), &verdict)?;
    stages::bring_up_to_date(&session, &stages::report::Report)?;
    super::summary::print(&session)?;
    for line in verdict.lines() {
        session.say(&line);
    }
    Ok(())
}

fn judge(session: &Session, truth: &Phantom) -> anyhow::Result<TruthVerdict> {
    let mut registration_error_vox = Vec::new();
    for (map, truth) in session.project.sem.maps.iter().zip(&truth.maps) {
        let found: [Raster<f32>; 3] = stages::register::read_coordinates(session, &map.name())?;
        let error = registration_error(found.each_ref(), truth.coords_vox.each_ref())?;
        registration_error_vox.push((map.name(), error.mean_vox));
    }
    let minerals = &session.minerals;
    let phases = stages::segment::read_phases(session)?;
    let found = overlaps(
        phases.data(),
        truth.phases.data(),
        minerals.len(),
        minerals.background(),
    )?;
    let particles = stages::segment::read_particles(session)?;
    let matched = instances(particles.data(), truth.particles.data())?;
    Ok(TruthVerdict {
        registration_error_vox,
        foreground_dice: found.foreground.dice(),
        target: minerals
            .name(stages::summary::target_class(session)?)
            .to_owned(),
        dice: minerals
            .solids()
            .map(|class| {
                let overlap = found.classes[usize::from(class)];
                (minerals.name(class).to_owned(), overlap.dice())
            })
            .collect(),
        particles_found: matched.found,
        particles_true: matched.truth,
        particle_f1: matched.f1(0.5),
    })
}
