use corelith_core::{Minerals, Progress, RangedSettings as _};
use serde::{Deserialize, Serialize};

use super::bias::p_of_mean;
use super::bootstrap::{degrees_of_freedom, replicates, variance};
use super::liberation_class::LIBERATION_CLASSES;
use super::series::{Observation, Series, Shares, at_least};
use super::{Bias, Cut, Estimate, LiberationError, Settings};
use crate::measure::Particle;
use crate::stereology::Profile;

/// On what the liberation of a particle is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// Share of the particle's solid volume.
    #[serde(rename = "volume_3d")]
    Volume3d,
    /// Share of the particle's exposed surface, weighted by mineral volume.
    #[serde(rename = "surface_3d")]
    Surface3d,
    /// Share of the section area, on the measured maps.
    #[serde(rename = "area_2d_maps")]
    Area2dMaps,
    /// Share of the section area, on the 3D result cut at the planes of the maps.
    #[serde(rename = "area_2d_virtual")]
    Area2dVirtual,
    /// Share of the section area, on the 3D result cut at many random planes.
    #[serde(rename = "area_2d_random")]
    Area2dRandom,
}

impl Basis {
    /// All bases, in the order of the tables.
    pub const ALL: [Self; 5] = [
        Self::Volume3d,
        Self::Surface3d,
        Self::Area2dMaps,
        Self::Area2dVirtual,
        Self::Area2dRandom,
    ];

    /// Name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Volume3d => "volume_3d",
            Self::Surface3d => "surface_3d",
            Self::Area2dMaps => "area_2d_maps",
            Self::Area2dVirtual => "area_2d_virtual",
            Self::Area2dRandom => "area_2d_random",
        }
    }
}

/// Curves whose difference is reported: 2D against 3D, and the maps against the same planes of
/// the 3D result.
const COMPARED: [(Basis, Basis); 4] = [
    (Basis::Area2dRandom, Basis::Volume3d),
    (Basis::Area2dVirtual, Basis::Volume3d),
    (Basis::Area2dMaps, Basis::Volume3d),
    (Basis::Area2dMaps, Basis::Area2dVirtual),
];

/// What liberation is computed from. Profiles may be empty where there are none.
#[derive(Debug, Clone, Copy)]
pub struct Populations<'a> {
    /// Particles of the 3D result; ids run from 1 without gaps.
    pub particles: &'a [Particle],
    /// Profiles on the measured maps.
    pub maps: &'a [Profile],
    /// Profiles on the virtual sections at the same planes.
    pub virtual_maps: &'a [Profile],
    /// Profiles on random sections.
    pub random: &'a [Profile],
}

/// Liberation of one mineral on one basis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BasisLiberation {
    /// The basis.
    pub basis: Basis,
    /// Share of the mineral in each class.
    pub share: [Estimate; LIBERATION_CLASSES],
    /// Share of the mineral at or above 0, 10, ... 100 % liberation: the liberation curve.
    pub at_least: [Estimate; LIBERATION_CLASSES],
    /// Mean liberation of the mineral.
    pub mean: Estimate,
    /// Particles or profiles with the mineral, by class.
    pub particles: [u64; LIBERATION_CLASSES],
    /// Sections that show the mineral; 0 in 3D.
    pub sections: u32,
    /// Different 3D particles that show the mineral.
    pub seen_particles: u64,
    /// Particles that would bring the widest interval of the curve to the wanted half-width.
    /// Half-widths fall as 1 over the root of the number.
    #[serde(with = "crate::nan_as_null")]
    pub needed_particles: f64,
    /// Sections like these that would; NaN in 3D and for random ones.
    #[serde(with = "crate::nan_as_null")]
    pub needed_sections: f64,
}

/// Liberation of one mineral on every basis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MineralLiberation {
    /// Row of the mineral list.
    pub class: u8,
    /// Name in the mineral list.
    pub name: String,
    /// In the order of [`Basis::ALL`].
    pub bases: Vec<BasisLiberation>,
    /// Differences of curves: random sections, virtual sections and maps against the volume,
    /// then maps against virtual sections.
    pub bias: Vec<Bias>,
}

impl BasisLiberation {
    /// Particles or profiles with the mineral.
    pub fn count(&self) -> u64 {
        self.particles.iter().sum()
    }
}

impl MineralLiberation {
    /// The result on one basis.
    pub fn on(&self, basis: Basis) -> &BasisLiberation {
        &self.bases[position(basis)]
    }

    /// The result on one basis, where anything was observed on it.
    pub fn observed(&self, basis: Basis) -> Option<&BasisLiberation> {
        Some(self.on(basis)).filter(|found| found.mean.value.is_finite())
    }

    /// The curve of one basis minus that of another, where both were observed.
    pub fn difference(&self, basis: Basis, against: Basis) -> Option<&Bias> {
        let mut compared = self.bias.iter();
        let found = compared.find(|b| (b.basis, b.against) == (basis, against))?;
        Some(found).filter(|found| found.mean.value.is_finite())
    }
}

/// Liberation of every solid mineral.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Liberation {
    /// In the order of the mineral list.
    pub minerals: Vec<MineralLiberation>,
    /// 3D particles cut by the faces of the volume.
    pub particles_cut: u64,
    /// What was done with them, and with their random sections.
    pub cut_particles: Cut,
    /// What was done with profiles cut by the edge of a map.
    pub cut_profiles: Cut,
}

impl Liberation {
    /// The result for a class.
    pub fn mineral(&self, class: u8) -> Option<&MineralLiberation> {
        self.minerals.iter().find(|m| m.class == class)
    }
}

fn position(basis: Basis) -> usize {
    Basis::ALL
        .iter()
        .position(|&b| b == basis)
        .expect("ALL names every basis")
}

/// Liberation of every solid mineral on every basis, with intervals and differences.
///
/// The bootstrap draws 3D particles; profiles go with the particle that they belong to, so
/// differences between bases are paired. A profile without a particle is a unit of its own.
/// The result depends on `seed` only, not on the number of threads.
///
/// # Errors
/// When settings are out of range, when values do not fit the mineral list, or when cancelled.
pub fn analyse(
    minerals: &Minerals,
    populations: &Populations,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Liberation, LiberationError> {
    settings.check_ranges()?;
    check_minerals(minerals, populations)?;
    let weighing = Weighing::of(populations, settings);
    let weights = &weighing.particles;
    let sections = populations.sections();
    let classes: Vec<u8> = minerals.solids().collect();
    let mut series = Vec::new();
    for &class in &classes {
        series.push(volume_series(
            populations.particles,
            weights,
            minerals,
            class,
        ));
        series.push(surface_series(
            populations.particles,
            weights,
            minerals,
            class,
        ));
        for (i, profiles) in sections.iter().enumerate() {
            let weight_of = |k: usize| weighing.of_profile(i, k, &profiles[k]);
            series.push(profile_series(
                profiles,
                &weighing.units[i],
                weight_of,
                class,
            ));
        }
    }
    let drawn = replicates(
        &series,
        weighing.unit_count as usize,
        settings.replicates,
        seed,
        progress,
    )?;
    let results = classes
        .iter()
        .enumerate()
        .map(|(i, &class)| {
            let range = i * Basis::ALL.len()..(i + 1) * Basis::ALL.len();
            let (series, drawn) = (&series[range.clone()], &drawn[range]);
            let bases: Vec<BasisLiberation> = Basis::ALL
                .iter()
                .zip(series.iter().zip(drawn))
                .map(|(&basis, (series, drawn))| {
                    let seen_on = match basis {
                        Basis::Volume3d | Basis::Surface3d => &[],
                        Basis::Area2dMaps => populations.maps,
                        Basis::Area2dVirtual => populations.virtual_maps,
                        Basis::Area2dRandom => populations.random,
                    };
                    let sections = sections_with(seen_on, class);
                    let units = weighing.unit_count as usize;
                    summarise(basis, series, drawn, sections, units, settings)
                })
                .collect();
            let bias = COMPARED
                .iter()
                .map(|&(basis, against)| {
                    let sides = [basis, against].map(|b| {
                        let at = position(b);
                        (&bases[at], &series[at], &drawn[at][..])
                    });
                    compare(sides, weighing.unit_count as usize)
                })
                .collect();
            MineralLiberation {
                class,
                name: minerals.name(class).to_owned(),
                bases,
                bias,
            }
        })
        .collect();
    let is_cut = populations.particles.iter().filter(|p| p.touches_border);
    Ok(Liberation {
        minerals: results,
        particles_cut: is_cut.count() as u64,
        cut_particles: weighing.cut_particles,
        cut_profiles: weighing.cut_profiles,
    })
}

impl<'a> Populations<'a> {
    /// Particles alone, without sections.
    pub(super) fn of_particles(particles: &'a [Particle]) -> Self {
        Self {
            particles,
            maps: &[],
            virtual_maps: &[],
            random: &[],
        }
    }

    /// Maps, virtual sections and random sections.
    pub(super) fn sections(&self) -> [&'a [Profile]; 3] {
        [self.maps, self.virtual_maps, self.random]
    }
}

/// Position of the maps in [`Populations::sections`].
pub(super) const MAPS: usize = 0;
/// Position of the random sections.
pub(super) const RANDOM: usize = 2;

/// How much every particle and profile counts, and with which particle it is drawn.
pub(super) struct Weighing {
    /// Weight of every particle.
    pub(super) particles: Vec<f64>,
    /// Unit of every profile, by kind of section: its particle, or one of its own.
    pub(super) units: [Vec<u32>; 3],
    /// Particles, and profiles without one.
    pub(super) unit_count: u32,
    cut_particles: Cut,
    cut_profiles: Cut,
    correct_profiles: bool,
}

impl Weighing {
    pub(super) fn of(populations: &Populations, settings: &Settings) -> Self {
        let known = populations.particles;
        let whole = known.iter().filter(|p| !p.touches_border).count();
        let whole_profiles = populations.maps.iter().filter(|p| !p.is_cut).count();
        // One rule for maps and virtual sections, or they could not be compared.
        let cut_profiles = settings.cut_profiles.resolved(whole_profiles);
        let mut unit_count = known.len() as u32;
        let units = populations.sections().map(|profiles| {
            let unit_of = |p: &Profile| match p.particle.checked_sub(1) {
                Some(unit) if (unit as usize) < known.len() => unit,
                _ => {
                    unit_count += 1;
                    unit_count - 1
                }
            };
            profiles.iter().map(unit_of).collect()
        });
        Self {
            particles: particle_weights(known, settings.cut_particles),
            units,
            unit_count,
            cut_particles: settings.cut_particles.resolved(whole),
            cut_profiles,
            correct_profiles: cut_profiles == Cut::Corrected
                && whole_profiles < populations.maps.len(),
        }
    }

    /// Weight of profile `k` of a kind of section.
    pub(super) fn of_profile(&self, kind: usize, k: usize, profile: &Profile) -> f64 {
        if kind == RANDOM {
            // A profile of a whole particle is whole, wherever the plane lies, so the weights of
            // the particles serve.
            let weight = self.particles.get(self.units[kind][k] as usize).copied();
            weight.unwrap_or(f64::from(self.cut_particles == Cut::Counted))
        } else if self.correct_profiles {
            profile.frame_weight
        } else {
            1.0
        }
    }
}

pub(super) fn check_minerals(
    minerals: &Minerals,
    populations: &Populations,
) -> Result<(), LiberationError> {
    let expected = minerals.len();
    for p in populations.particles {
        for found in [p.mineral_voxels.len(), p.mineral_surface_um2.len()] {
            if found != expected {
                let what = format!("particle {}", p.id);
                return Err(LiberationError::OtherMinerals {
                    what,
                    found,
                    expected,
                });
            }
        }
    }
    for p in populations.sections().into_iter().flatten() {
        let found = p.mineral_area_um2.len();
        if found != expected {
            let what = format!("a profile of section {}", p.section);
            return Err(LiberationError::OtherMinerals {
                what,
                found,
                expected,
            });
        }
    }
    Ok(())
}

/// Weights of the particles in all 3D figures, and of their random sections, under a rule.
///
/// Where no particle is cut, the sample lies wholly in view and every weight is 1.
pub fn particle_weights(particles: &[Particle], cut: Cut) -> Vec<f64> {
    let whole = particles.iter().filter(|p| !p.touches_border).count();
    let correct = cut.resolved(whole) == Cut::Corrected && whole < particles.len();
    particles
        .iter()
        .map(|p| if correct { p.edge_weight } else { 1.0 })
        .collect()
}

pub(super) fn volume_series(
    particles: &[Particle],
    weights: &[f64],
    minerals: &Minerals,
    class: u8,
) -> Series {
    let observations = particles.iter().zip(weights).zip(0..);
    Series::new(
        observations
            .map(|((p, weight), unit)| {
                let mineral = p.mineral_voxels[usize::from(class)] as f64;
                let solid = p.solid_voxels(minerals.background()) as f64;
                Observation {
                    unit,
                    liberation_pct: 100.0 * mineral / solid,
                    resolution_points: p.volume_resolution_points(class, minerals.background()),
                    weight: weight * mineral,
                }
            })
            .collect(),
    )
}

fn surface_series(
    particles: &[Particle],
    weights: &[f64],
    minerals: &Minerals,
    class: u8,
) -> Series {
    let observations = particles.iter().zip(weights).zip(0..);
    Series::new(
        observations
            .filter_map(|((p, weight), unit)| {
                let exposed: f64 = minerals
                    .solids()
                    .map(|c| p.mineral_surface_um2[usize::from(c)])
                    .sum();
                let mineral = p.mineral_surface_um2[usize::from(class)];
                // Wholly enclosed by other particles: nothing is exposed, nothing can be said.
                (exposed > 0.0).then(|| Observation {
                    unit,
                    liberation_pct: share_pct(mineral, exposed),
                    resolution_points: 0.0,
                    weight: weight * p.mineral_voxels[usize::from(class)] as f64,
                })
            })
            .collect(),
    )
}

fn profile_series(
    profiles: &[Profile],
    units: &[u32],
    weight_of: impl Fn(usize) -> f64,
    class: u8,
) -> Series {
    Series::new(
        profiles
            .iter()
            .zip(units)
            .enumerate()
            .map(|(k, (p, &unit))| {
                let mineral = p.mineral_area_um2[usize::from(class)];
                Observation {
                    unit,
                    liberation_pct: share_pct(mineral, p.area_um2()),
                    resolution_points: 0.0,
                    weight: weight_of(k) * mineral,
                }
            })
            .collect(),
    )
}

/// `part` of `whole` in percent. A sum of areas may differ from the same area by rounding, and
/// that must not cost a particle its place in the class of exactly 100.
pub(super) fn share_pct(part: f64, whole: f64) -> f64 {
    let pct = 100.0 * part / whole;
    if pct > 100.0 - 1e-9 { 100.0 } else { pct }
}

fn sections_with(profiles: &[Profile], class: u8) -> u32 {
    let mut sections: Vec<u32> = profiles
        .iter()
        .filter(|p| p.mineral_area_um2[usize::from(class)] > 0.0)
        .map(|p| p.section)
        .collect();
    sections.sort_unstable();
    sections.dedup();
    sections.len() as u32
}

pub(super) fn summarise(
    basis: Basis,
    series: &Series,
    drawn: &[Shares],
    sections: u32,
    units: usize,
    settings: &Settings,
) -> BasisLiberation {
    let found = series.shares(|_| 1.0);
    let independent = series.independent();
    let seen = series.seen_units();
    let influence = series.influence(&found, units);
    let estimate = |value: f64, of: &(dyn Fn(&Shares) -> f64 + Sync)| {
        let degrees = degrees_of_freedom(influence.iter().map(of), seen);
        let variance = unbiased(seen) * variance(drawn.iter().map(of));
        Estimate::of_share(value, variance, independent, degrees)
    };
    let curve = at_least(&found);
    let curve: [Estimate; LIBERATION_CLASSES] = std::array::from_fn(|k| match k {
        // All of it, by definition.
        0 => Estimate::exact(if curve[0].is_finite() {
            100.0
        } else {
            f64::NAN
        }),
        _ => estimate(curve[k], &|s| at_least(s)[k]),
    });
    let widest = curve[1..]
        .iter()
        .map(Estimate::half_width)
        .filter(|w| w.is_finite())
        .fold(f64::NAN, f64::max);
    let times = (widest / settings.half_width_goal_points).powi(2);
    BasisLiberation {
        basis,
        share: std::array::from_fn(|k| estimate(found[k], &|s| s[k])),
        at_least: curve,
        mean: estimate(found[LIBERATION_CLASSES], &|s| s[LIBERATION_CLASSES]),
        particles: series.counts,
        sections,
        seen_particles: seen as u64,
        needed_particles: (times * seen as f64).ceil(),
        // More sections of the same particles tell nothing new, so random ones have no number.
        needed_sections: if sections > 0 && basis != Basis::Area2dRandom {
            (times * f64::from(sections)).ceil()
        } else {
            f64::NAN
        },
    }
}

/// One curve minus another, whose replicates come from the same draws.
fn compare(sides: [(&BasisLiberation, &Series, &[Shares]); 2], units: usize) -> Bias {
    let [(a, series_a, drawn_a), (b, series_b, drawn_b)] = sides;
    let influence = [series_a, series_b].map(|s| s.influence(&s.shares(|_| 1.0), units));
    let seen = [a.seen_particles, b.seen_particles].map(|n| n as usize);
    let unbiased = unbiased(seen[0].min(seen[1]));
    let estimate = |a: &Estimate, b: &Estimate, of: &dyn Fn(&Shares) -> f64| {
        let minus = |(x, y): (&Shares, &Shares)| of(x) - of(y);
        let variance = unbiased * variance(drawn_a.iter().zip(drawn_b).map(minus));
        if variance < NO_VARIANCE {
            return a.minus_independent(b);
        }
        let values = influence[0].iter().zip(&influence[1]).map(minus);
        let degrees = degrees_of_freedom(values, seen[0].max(seen[1]));
        Estimate::of_difference(a.value - b.value, variance, degrees)
    };
    let mean = estimate(&a.mean, &b.mean, &|s| s[LIBERATION_CLASSES]);
    let means = drawn_a.iter().zip(drawn_b);
    let means = means.map(|(x, y)| x[LIBERATION_CLASSES] - y[LIBERATION_CLASSES]);
    Bias {
        basis: a.basis,
        against: b.basis,
        p_value: p_of_mean(mean.value, means),
        at_least: std::array::from_fn(|k| {
            estimate(&a.at_least[k], &b.at_least[k], &|s| at_least(s)[k])
        }),
        mean,
    }
}

/// Squared points below which replicates do not vary: both curves are 0 or 100 % there, and only
/// the ends of their own intervals tell how far they may be apart.
const NO_VARIANCE: f64 = 1e-9;

/// The bootstrap's variance is that of n - 1 among n (Efron and Tibshirani 1993, section 5.2).
pub(super) fn unbiased(seen: usize) -> f64 {
    seen as f64 / (seen as f64 - 1.0).max(1.0)
}
