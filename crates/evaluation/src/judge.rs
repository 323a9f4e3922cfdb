use std::path::Path;

use corelith_core::{Minerals, Progress, Raster, Volume, seed_of};
use corelith_phantom::truth::registration_error;
use corelith_pipeline::Sample;
use corelith_pipeline::stage::{register, segment};
use corelith_stats::liberation::Segmented;

use crate::phantom_data::{TRUTH_PARTICLES, TRUTH_PHASES, truth_coordinates};
use crate::{Error, Judgement, MineralJudgement, against_truth};

/// Holds the results on disk against the truth in a folder, as `corelith phantom` writes it.
///
/// # Errors
/// When a file of either is missing or shows another region.
pub fn judge(sample: &Sample, truth: &Path, progress: &dyn Progress) -> Result<Judgement, Error> {
    let (project, minerals) = (sample.project(), sample.minerals());
    let spacing = project.ct.voxel_size_um.0;
    let result = |file: &Path| sample.out().join(file);
    let true_phases: Volume<u8> =
        corelith_io::read_volume(&truth.join(TRUTH_PHASES), spacing, progress)?;
    let true_particles: Volume<u32> =
        corelith_io::read_volume(&truth.join(TRUTH_PARTICLES), spacing, progress)?;
    let mut registration_error_vox = Vec::new();
    for map in &project.sem.maps {
        let name = map.name();
        let known = corelith_io::read_map_coordinates(&truth.join(truth_coordinates(&name)))?;
        let found: [Raster<f32>; 3] =
            corelith_io::read_map_coordinates(&result(&register::coordinates_file(&name)))?;
        let error = registration_error(found.each_ref(), known.each_ref()).map_err(|reason| {
            Error::Map {
                map: name.clone(),
                reason,
            }
        })?;
        registration_error_vox.push((name, error.mean_vox));
    }
    let phases: Volume<u8> =
        corelith_io::read_volume(&result(segment::PHASES.as_ref()), spacing, progress)?;
    let particles: Volume<u32> =
        corelith_io::read_volume(&result(segment::PARTICLES.as_ref()), spacing, progress)?;
    let target = project.target_class(minerals)?;
    let held = against_truth(
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
        project.measured_with(seed_of(project.seed, "random sections")),
        progress,
    )?;
    let liberation = held
        .deviations
        .iter()
        .find(|d| d.class == target)
        .ok_or_else(|| Error::NoLiberation {
            mineral: minerals.name(target).to_owned(),
        })?;
    let shares_pct = shares_pct(&true_phases, minerals);
    Ok(Judgement {
        registration_error_vox,
        segmentation: held.segmentation,
        target: minerals.name(target).to_owned(),
        liberation: liberation.into(),
        minerals: held
            .deviations
            .iter()
            .map(|deviation| MineralJudgement {
                mineral: minerals.name(deviation.class).to_owned(),
                share_pct: shares_pct[usize::from(deviation.class)],
                curve_points: Some(deviation.largest_curve_points()).filter(|d| d.is_finite()),
            })
            .collect(),
    })
}

/// Share of every class in the solid volume, percent.
fn shares_pct(phases: &Volume<u8>, minerals: &Minerals) -> Vec<f64> {
    let mut voxels = vec![0usize; minerals.len()];
    for &class in phases.data() {
        voxels[usize::from(class)] += 1;
    }
    let solid: usize = minerals
        .solids()
        .map(|class| voxels[usize::from(class)])
        .sum();
    let share = |&n: &usize| 100.0 * n as f64 / solid.max(1) as f64;
    voxels.iter().map(share).collect()
}
