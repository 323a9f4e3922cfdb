use corelith_core::{PlacedMap, Progress, Role, seed_of};

use super::{MapAgreement, Measurements, composition};
use crate::agreement::agreement;
use crate::liberation::{
    AnalysisError, MeasuredWith, Populations, Segmented, analyse, association, by_size,
    correct_maps, locking, particle_weights, without_doubtful,
};
use crate::measure::{Slices, Sums, measure_sums};
use crate::stereology::{Section, profiles, random_profiles};

/// Measures a segmented volume, and holds it against its maps. `sums` is what its particles add up to, where
/// that is known; `doubtful` are the ids of particles that hang on the threshold by which they came apart
/// ([`crate::imaging::separation::Separated::doubtful`]), rising.
///
/// # Errors
/// When volumes, maps and mineral list do not fit, settings are out of range, or when cancelled.
pub fn measure_sample(
    sample: Segmented,
    sums: Option<Sums>,
    maps: &[(Role, PlacedMap)],
    with: MeasuredWith,
    doubtful: &[u32],
    progress: &dyn Progress,
) -> Result<Measurements, AnalysisError> {
    let Segmented {
        phases,
        particles: labels,
        minerals,
    } = sample;
    let settings = &with.liberation()?;
    let seed = |of: &str| seed_of(with.seed, of);
    let sums = match sums {
        Some(sums) => sums,
        None => {
            let all = Slices::all(labels, phases);
            Sums::of(all, 0..all.of, minerals.len(), progress)?
        }
    };
    let mut particles = measure_sums(&sums, with.measurement, progress)?;
    for particle in &mut particles {
        particle.doubtful = doubtful.binary_search(&particle.id).is_ok();
    }
    let (mut agreements, mut measured, mut predicted) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (role, map)) in (0..).zip(maps) {
        let on_map = Section::measured(map, labels)?;
        let in_result = Section::virtual_cut(map, phases, labels, minerals.background())?;
        agreements.push(MapAgreement {
            name: map.name.clone(),
            role: *role,
            agreement: agreement(&on_map, &in_result, minerals, with.stereology)?,
        });
        measured.extend(profiles(&on_map, index, minerals, with.stereology)?);
        predicted.extend(profiles(&in_result, index, minerals, with.stereology)?);
    }
    let random = random_profiles(
        phases,
        labels,
        minerals,
        with.stereology,
        seed("random sections"),
        progress,
    )?;
    let populations = Populations {
        particles: &particles,
        maps: &measured,
        virtual_maps: &predicted,
        random: &random,
    };
    let liberation = analyse(
        minerals,
        &populations,
        settings,
        seed("bootstrap"),
        progress,
    )?;
    let corrected = correct_maps(
        minerals,
        &populations,
        settings,
        seed("correction"),
        progress,
    )?;
    let sizes = by_size(minerals, &particles, settings, seed("sizes"), progress)?;
    let locking = locking(minerals, &particles, settings)?;
    let association = association(minerals, &particles, settings)?;
    let particle_weights = particle_weights(&particles, settings.cut_particles);
    Ok(Measurements {
        shape: phases.shape(),
        spacing: phases.spacing(),
        without_doubtful: without_doubtful(minerals, &particles, &particle_weights),
        composition: composition(minerals, &particles, &particle_weights),
        particles,
        particle_weights,
        liberation,
        sizes,
        corrected,
        locking,
        association,
        maps: agreements,
        half_width_goal_points: settings.half_width_goal_points,
    })
}
