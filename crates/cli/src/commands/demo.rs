use std::path::{Path, PathBuf};

use anyhow::Context as _;
use corelith_core::{Raster, seed_of};
use corelith_io::{Dataset, DatasetMap, Role};
use corelith_phantom::truth::{instances, overlaps, registration_error};
use corelith_phantom::{MapRole, Phantom, PhantomSettings, phantom};
use corelith_stats::liberation::{MeasuredWith, Segmented, deviation};

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
    corelith_core::Progress::finish(&terminal);
    let project = write(Path::new(FOLDER), &truth, settings.maps.pixel_um)?;

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

/// Writes the phantom as a user's data; returns the project file.
fn write(folder: &Path, truth: &Phantom, pixel_size_um: f64) -> anyhow::Result<PathBuf> {
    let maps = truth
        .maps
        .iter()
        .map(|map| DatasetMap {
            classes: map.classes.clone(),
            bse: map.bse.clone(),
            role: match map.role {
                MapRole::Training => Role::Training,
                MapRole::Validation => Role::Validation,
            },
        })
        .collect();
    Ok(corelith_io::write_dataset(
        folder,
        &Dataset {
            name: "demo".to_owned(),
            fraction_um: "63-100".to_owned(),
            ct: truth.ct.clone(),
            maps,
            minerals: truth.minerals.clone(),
            pixel_size_um,
        },
        &corelith_core::Silent,
    )?)
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
    let target = stages::summary::target_class(session)?;
    let deviations = deviation(
        Segmented {
            phases: &phases,
            particles: &particles,
            minerals,
        },
        Segmented {
            phases: &truth.phases,
            particles: &truth.particles,
            minerals,
        },
        MeasuredWith {
            measurement: &session.project.measurement,
            stereology: &session.project.stereology,
            liberation: &session.project.liberation,
            seed: seed_of(session.seed, "random sections"),
        },
        &session.terminal,
    )?;
    let liberation = deviations
        .iter()
        .find(|d| d.class == target)
        .context("the target mineral has no liberation")?;
    Ok(TruthVerdict {
        registration_error_vox,
        foreground_dice: found.foreground.dice(),
        target: minerals.name(target).to_owned(),
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
        liberation: liberation.into(),
    })
}
