use corelith_core::{Minerals, Progress, RangedSettings as _};

use super::bias::p_of_mean;
use super::bootstrap::{degrees_of_freedom, replicates, variance};
use super::liberation_class::LIBERATION_CLASSES;
use super::observed::{profile_series, surface_series, volume_series};
use super::series::{Series, Shares, at_least};
use super::weighing::Weighing;
use super::{
    Basis, BasisLiberation, Bias, Estimate, Liberation, LiberationError, MineralLiberation,
    Populations, Settings,
};
use crate::stereology::Profile;

/// Curves whose difference is reported: 2D against 3D, and the maps against the same planes of
/// the 3D result.
const COMPARED: [(Basis, Basis); 4] = [
    (Basis::Area2dRandom, Basis::Volume3d),
    (Basis::Area2dVirtual, Basis::Volume3d),
    (Basis::Area2dMaps, Basis::Volume3d),
    (Basis::Area2dMaps, Basis::Area2dVirtual),
];

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
    populations.check_minerals(minerals)?;
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
                        let at = b.position();
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
