use corelith_core::{Cancelled, Minerals, Progress, RangedSettings as _};
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::analysis::unbiased;
use super::bootstrap::variance;
use super::liberation_class::{LIBERATION_CLASSES, liberation_class, liberation_class_within};
use super::observed::share_pct;
use super::populations::{MAPS, RANDOM};
use super::series::at_least;
use super::weighing::Weighing;
use super::{Estimate, LiberationError, Populations, Settings};

/// The 3D liberation of one mineral as its measured maps tell it, once the bias of sections is
/// taken out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Corrected {
    /// Row of the mineral list.
    pub class: u8,
    /// Name in the mineral list.
    pub name: String,
    /// Share of the mineral in each class; NaN where no map shows it.
    pub share: [Estimate; LIBERATION_CLASSES],
    /// Share of the mineral at or above 0, 10, ... 100 % liberation.
    pub at_least: [Estimate; LIBERATION_CLASSES],
    /// Profiles on the maps with the mineral.
    pub profiles: u64,
}

/// `[3D class][2D class]`: amounts of the mineral on random sections.
type Kernel = [[f64; LIBERATION_CLASSES]; LIBERATION_CLASSES];

/// What one unit of the bootstrap adds.
struct Parts {
    /// `(unit, 3D class, 2D class, amount)` of random sections.
    kernel: Vec<(u32, u8, u8, f64)>,
    /// `(unit, 2D class, amount)` of the maps.
    measured: Vec<(u32, u8, f64)>,
}

/// The 3D liberation distribution of every solid mineral, from its measured maps.
///
/// King and Schneider (1998, Powder Technology 98, doi 10.1016/0032-5910(98)00013-8) describe the
/// bias of sections by a kernel, the chance that mineral of a 3D class is seen in a 2D class, take
/// it from model textures, and invert it. Here the random sections of this sample's own 3D result
/// give the kernel, and also its reverse: the chance that mineral seen in a 2D class is of a 3D
/// class. The measured 2D distribution times the reverse kernel is the 3D distribution. As areas on
/// sections are volumes in the mean (Delesse 1847), that is right on average for maps that cut the
/// sample at random. It needs no inversion, which few profiles would make wild: for three maps it
/// takes the bias away and a quarter of the error too, where inverting by expectation maximisation
/// added to the error. The price is that the result leans on the 3D result for what a profile
/// stands for, so it is no check of that, and the kernel of one material does not serve another.
///
/// Intervals are those of [`Estimate`], of a bootstrap over 3D particles that draws kernel and
/// maps anew.
///
/// # Errors
/// When settings are out of range, when values do not fit the mineral list, or when cancelled.
pub fn correct_maps(
    minerals: &Minerals,
    populations: &Populations,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Corrected>, LiberationError> {
    settings.check_ranges()?;
    populations.check_minerals(minerals)?;
    let weighing = Weighing::of(populations, settings);
    let classes: Vec<u8> = minerals.solids().collect();
    progress.start("correction of the maps", classes.len() as u64);
    let mut corrected = Vec::new();
    for class in classes {
        let parts = Parts::of(minerals, populations, &weighing, class);
        corrected.push(Corrected {
            class,
            name: minerals.name(class).to_owned(),
            ..correct(&parts, weighing.unit_count, settings, seed, progress)?
        });
        progress.advance(1);
    }
    progress.finish();
    Ok(corrected)
}

impl Parts {
    fn of(minerals: &Minerals, populations: &Populations, weighing: &Weighing, class: u8) -> Self {
        let index = usize::from(class);
        let class_3d: Vec<u8> = populations
            .particles
            .iter()
            .map(|p| {
                let solid = p.solid_voxels(minerals.background()) as f64;
                let share = 100.0 * p.mineral_voxels[index] as f64 / solid;
                let resolution = p.volume_resolution_points(class, minerals.background());
                liberation_class_within(share, resolution) as u8
            })
            .collect();
        let seen = |kind: usize| {
            let profiles = populations.sections()[kind];
            profiles.iter().enumerate().filter_map(move |(k, p)| {
                let area = p.mineral_area_um2[index];
                let amount = area * weighing.of_profile(kind, k, p);
                let class_2d = liberation_class(share_pct(area, p.area_um2())) as u8;
                (amount > 0.0).then(|| (weighing.units[kind][k], class_2d, amount))
            })
        };
        Self {
            kernel: seen(RANDOM)
                .filter_map(|(unit, class_2d, amount)| {
                    let class_3d = *class_3d.get(unit as usize)?;
                    Some((unit, class_3d, class_2d, amount))
                })
                .collect(),
            measured: seen(MAPS).collect(),
        }
    }

    /// The corrected shares in percent when unit `u` is there `times(u)` times; NaN when the maps
    /// or the kernel are empty.
    fn shares(&self, times: impl Fn(u32) -> f64) -> [f64; LIBERATION_CLASSES] {
        let mut kernel: Kernel = [[0.0; LIBERATION_CLASSES]; LIBERATION_CLASSES];
        for &(unit, class_3d, class_2d, amount) in &self.kernel {
            kernel[usize::from(class_3d)][usize::from(class_2d)] += times(unit) * amount;
        }
        let mut measured = [0.0; LIBERATION_CLASSES];
        for &(unit, class_2d, amount) in &self.measured {
            measured[usize::from(class_2d)] += times(unit) * amount;
        }
        in_3d(&kernel, &measured)
    }
}

/// The measured 2D distribution in 3D classes, in percent: mineral of each 2D class is shared out
/// as the kernel's column says. 2D classes that no random section shows say nothing.
fn in_3d(kernel: &Kernel, measured: &[f64; LIBERATION_CLASSES]) -> [f64; LIBERATION_CLASSES] {
    let mut shares = [0.0; LIBERATION_CLASSES];
    for (j, amount) in measured.iter().enumerate() {
        let seen: f64 = kernel.iter().map(|row| row[j]).sum();
        if seen > 0.0 {
            for (share, row) in shares.iter_mut().zip(kernel) {
                *share += amount * row[j] / seen;
            }
        }
    }
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        shares.map(|s| 100.0 * s / total)
    } else {
        [f64::NAN; LIBERATION_CLASSES]
    }
}

fn correct(
    parts: &Parts,
    units: u32,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Corrected, Cancelled> {
    let found = parts.shares(|_| 1.0);
    let drawn: Vec<[f64; LIBERATION_CLASSES]> = (0..settings.replicates)
        .into_par_iter()
        .map(|replicate| {
            progress.check()?;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(u64::from(replicate));
            let mut times = vec![0u32; units as usize];
            for _ in 0..units {
                times[random.random_range(0..units) as usize] += 1;
            }
            Ok(parts.shares(|unit| f64::from(times[unit as usize])))
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut by_unit = vec![0.0; units as usize];
    for &(unit, _, amount) in &parts.measured {
        by_unit[unit as usize] += amount;
    }
    let sum: f64 = by_unit.iter().sum();
    let squares: f64 = by_unit.iter().map(|w| w * w).sum();
    let independent = sum * sum / squares;
    let seen = by_unit.iter().filter(|w| **w > 0.0).count();
    let estimate = |value: f64, of: &dyn Fn(&[f64; LIBERATION_CLASSES]) -> f64| {
        Estimate::of_share(
            value,
            unbiased(seen) * variance(drawn.iter().map(of)),
            independent,
            f64::INFINITY,
        )
    };
    let curve = at_least(&found);
    Ok(Corrected {
        class: 0,
        name: String::new(),
        share: std::array::from_fn(|k| estimate(found[k], &|s| s[k])),
        at_least: std::array::from_fn(|k| match k {
            0 if curve[0].is_finite() => Estimate::exact(100.0),
            _ => estimate(curve[k], &|s| at_least(s)[k]),
        }),
        profiles: parts.measured.len() as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A population whose mineral of 3D class `i` is seen there with chance 0.6, else spread over
    /// the others.
    fn population() -> ([f64; LIBERATION_CLASSES], Kernel) {
        let truth = [1.0, 3.0, 6.0, 10.0, 14.0, 16.0, 14.0, 10.0, 6.0, 3.0, 17.0];
        let seen = |i, j| if i == j { 0.6 } else { 0.04 };
        let kernel = std::array::from_fn(|i| std::array::from_fn(|j| truth[i] * seen(i, j)));
        (truth, kernel)
    }

    #[test]
    fn what_sections_blur_comes_back() {
        let (truth, kernel) = population();
        let seen = std::array::from_fn(|j| kernel.iter().map(|row| row[j]).sum());
        let found = in_3d(&kernel, &seen);
        for (found, truth) in found.iter().zip(truth) {
            assert!((found - truth).abs() < 1e-9, "{found} for {truth}");
        }
    }

    #[test]
    fn what_no_section_shows_says_nothing() {
        let (_, mut kernel) = population();
        for row in &mut kernel {
            row[3] = 0.0;
        }
        kernel[4] = [0.0; LIBERATION_CLASSES];
        let mut measured = [0.0; LIBERATION_CLASSES];
        measured[3] = 50.0;
        assert!(in_3d(&kernel, &measured)[0].is_nan());
        measured[10] = 50.0;
        let found = in_3d(&kernel, &measured);
        assert_eq!(found[4], 0.0);
        assert!(found[10] > 60.0 && (found.iter().sum::<f64>() - 100.0).abs() < 1e-9);
    }
}
