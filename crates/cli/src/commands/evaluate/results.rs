use std::path::Path;

use anyhow::Context as _;
use corelith_core::{Raster, Volume, seed_of};
use corelith_phantom::truth::{registration_error, segmentation_scores};
use corelith_stats::liberation::{MeasuredWith, Segmented, deviation};

use crate::args::{EvaluateResultsArgs, Global};
use crate::commands::phantom::{TRUTH, TRUTH_PARTICLES, TRUTH_PHASES, truth_coordinates};
use crate::failure::CheckFailed;
use crate::session::Session;
use crate::stages::verdict::TruthVerdict;
use crate::stages::{self, register, segment};

/// Judges the results of a project whose truth is known.
pub fn results(global: &Global, args: &EvaluateResultsArgs) -> anyhow::Result<()> {
    let session = Session::open(global, &args.project)?;
    let truth = match &args.truth {
        Some(folder) => folder.clone(),
        None => session.project.folder.join(TRUTH),
    };
    let verdict = judge(&session, &truth)?;
    if session.json {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        for line in verdict.lines() {
            println!("{line}");
        }
    }
    let checks = verdict.checks();
    let missed = checks.iter().filter(|check| !check.passed).count();
    if missed > 0 {
        return Err(CheckFailed(format!("{missed} of {} goals missed", checks.len())).into());
    }
    Ok(())
}

/// Holds the results on disk against the truth in a folder, as `corelith phantom` writes it.
///
/// # Errors
/// When a file of either is missing or shows another region.
pub fn judge(session: &Session, truth: &Path) -> anyhow::Result<TruthVerdict> {
    let minerals = &session.minerals;
    let spacing = session.project.ct.voxel_size_um.0;
    let terminal = &session.terminal;
    let true_phases: Volume<u8> =
        corelith_io::read_volume(&truth.join(TRUTH_PHASES), spacing, terminal)?;
    let true_particles: Volume<u32> =
        corelith_io::read_volume(&truth.join(TRUTH_PARTICLES), spacing, terminal)?;
    let mut registration_error_vox = Vec::new();
    for map in &session.project.sem.maps {
        let name = map.name();
        let known = corelith_io::read_map_coordinates(&truth.join(truth_coordinates(&name)))?;
        let found: [Raster<f32>; 3] = register::read_coordinates(session, &name)?;
        let error = registration_error(found.each_ref(), known.each_ref())
            .with_context(|| format!("map {name} cannot be judged"))?;
        registration_error_vox.push((name, error.mean_vox));
    }
    let phases = segment::read_phases(session)?;
    let particles = segment::read_particles(session)?;
    let segmentation = segmentation_scores(
        [&phases, &true_phases],
        [&particles, &true_particles],
        minerals,
    )?;
    let target = stages::summary::target_class(session)?;
    let deviations = deviation(
        Segmented {
            phases: &phases,
            particles: &particles,
            minerals,
        },
        Segmented {
            phases: &true_phases,
            particles: &true_particles,
            minerals,
        },
        MeasuredWith {
            measurement: &session.project.measurement,
            stereology: &session.project.stereology,
            liberation: &session.project.liberation,
            seed: seed_of(session.seed, "random sections"),
        },
        terminal,
    )?;
    let liberation = deviations
        .iter()
        .find(|d| d.class == target)
        .context("the target mineral has no liberation")?;
    Ok(TruthVerdict {
        registration_error_vox,
        segmentation,
        target: minerals.name(target).to_owned(),
        liberation: liberation.into(),
    })
}
