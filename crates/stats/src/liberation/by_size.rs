use corelith_core::{Minerals, Progress, RangedSettings as _};
use serde::{Deserialize, Serialize};

use super::analysis::summarise;
use super::bootstrap::replicates;
use super::observed::volume_series;
use super::series::Series;
use super::weighing::particle_weights;
use super::{Basis, BasisLiberation, LiberationError, Populations, Settings};
use crate::measure::Particle;

/// Liberation of one mineral by 3D volume, in particles of one size class.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SizeLiberation {
    /// Smallest equivalent diameter in the class.
    #[serde(with = "crate::nan_as_null")]
    pub diameter_lower_um: f64,
    /// Largest equivalent diameter in the class.
    #[serde(with = "crate::nan_as_null")]
    pub diameter_upper_um: f64,
    /// Particles of the class that count, with the mineral or without.
    pub particles: u64,
    /// Share of the mineral that sits in this size class, 0 to 100; NaN without the mineral.
    #[serde(with = "crate::nan_as_null")]
    pub mineral_share_pct: f64,
    /// Its liberation there.
    pub liberation: BasisLiberation,
}

/// Liberation of one mineral by size class.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SizeResolved {
    /// Row of the mineral list.
    pub class: u8,
    /// Name in the mineral list.
    pub name: String,
    /// Smallest particles first; the same classes for every mineral.
    pub sizes: Vec<SizeLiberation>,
}

/// Size classes at most.
const MOST_CLASSES: usize = 4;
/// Particles in each class at least: from there on the intervals hold what they say.
const FEWEST_PARTICLES: usize = 20;

/// Liberation of every solid mineral by 3D volume in classes of the equivalent diameter.
///
/// The classes hold equal solid volumes of the sample: as many as there can be, up to 4, with 20
/// particles in each; one where there are fewer particles. Intervals are those of
/// [`super::analyse`], of one bootstrap for all sizes.
///
/// # Errors
/// When settings are out of range, when values do not fit the mineral list, or when cancelled.
pub fn by_size(
    minerals: &Minerals,
    particles: &[Particle],
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<SizeResolved>, LiberationError> {
    settings.check_ranges()?;
    Populations::of_particles(particles).check_minerals(minerals)?;
    let weights = particle_weights(particles, settings.cut_particles);
    let sizes = size_classes(particles, &weights, minerals.background());
    let classes: Vec<u8> = minerals.solids().collect();
    let series: Vec<Series> = classes
        .iter()
        .flat_map(|&class| sizes.iter().map(move |members| (class, members)))
        .map(|(class, members)| {
            let mut inside = vec![0.0; particles.len()];
            for &i in members {
                inside[i] = weights[i];
            }
            volume_series(particles, &inside, minerals, class)
        })
        .collect();
    let drawn = replicates(
        &series,
        particles.len(),
        settings.replicates,
        seed,
        progress,
    )?;
    let amount =
        |class: u8, i: usize| weights[i] * particles[i].mineral_voxels[usize::from(class)] as f64;
    let mut results = series.iter().zip(&drawn);
    Ok(classes
        .iter()
        .map(|&class| {
            let all: f64 = (0..particles.len()).map(|i| amount(class, i)).sum();
            SizeResolved {
                class,
                name: minerals.name(class).to_owned(),
                sizes: sizes
                    .iter()
                    .zip(results.by_ref())
                    .map(|(members, (series, drawn))| {
                        let diameter = |i: &usize| particles[*i].equivalent_diameter_um;
                        let within: f64 = members.iter().map(|&i| amount(class, i)).sum();
                        SizeLiberation {
                            diameter_lower_um: members.first().map_or(f64::NAN, diameter),
                            diameter_upper_um: members.last().map_or(f64::NAN, diameter),
                            particles: members.len() as u64,
                            mineral_share_pct: 100.0 * within / all,
                            liberation: summarise(
                                Basis::Volume3d,
                                series,
                                drawn,
                                0,
                                particles.len(),
                                settings,
                            ),
                        }
                    })
                    .collect(),
            }
        })
        .collect())
}

/// Positions of the particles that count, smallest first, in classes of equal solid volume.
fn size_classes(particles: &[Particle], weights: &[f64], background: u8) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..particles.len()).filter(|&i| weights[i] > 0.0).collect();
    order.sort_by(|&a, &b| {
        let diameter = |i: usize| particles[i].equivalent_diameter_um;
        diameter(a).total_cmp(&diameter(b)).then(a.cmp(&b))
    });
    if order.is_empty() {
        return Vec::new();
    }
    let volume = |i: usize| weights[i] * particles[i].solid_voxels(background) as f64;
    let total: f64 = order.iter().map(|&i| volume(i)).sum();
    (1..=MOST_CLASSES)
        .rev()
        .map(|count| {
            let mut classes = vec![Vec::new(); count];
            let mut below = 0.0;
            for &i in &order {
                // By the middle of the particle, so that the largest one ends in the last class.
                let middle = (below + volume(i) / 2.0) / total;
                classes[((middle * count as f64) as usize).min(count - 1)].push(i);
                below += volume(i);
            }
            classes
        })
        .find(|classes| classes.len() == 1 || classes.iter().all(|c| c.len() >= FEWEST_PARTICLES))
        .unwrap_or_default()
}
