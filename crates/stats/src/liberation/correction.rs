use corelith_core::{Cancelled, Minerals, Progress};
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::analysis::{MAPS, RANDOM, Weighing, check_minerals, share_pct};
use super::bootstrap::variance;
use super::class::{CLASSES, class_of};
use super::series::at_least;
use super::{Estimate, LiberationError, Populations, Settings};

/// The 3D liberation of one mineral as its measured maps tell it, once the bias of sections is
/// taken out.
#[derive(Debug, Clone)]
pub struct Corrected {
    /// Row of the mineral list.
    pub class: u8,
    /// Name in the mineral list.
    pub name: String,
    /// Share of the mineral in each class; NaN where no map shows it.
    pub share: [Estimate; CLASSES],
    /// Share of the mineral at or above 0, 10, ... 100 % liberation.
    pub at_least: [Estimate; CLASSES],
    /// Profiles on the maps with the mineral.
    pub profiles: u64,
}

/// `[3D class][2D class]`: amounts, or chances that add up to 1 in each row.
type Kernel = [[f64; CLASSES]; CLASSES];

/// Steps of the inversion.
const STEPS: usize = 200;
/// Share of a class that every smoothing hands to each neighbour.
const SMOOTHING: f64 = 0.05;

/// What one unit of the bootstrap adds.
struct Parts {
    /// `(unit, 3D class, 2D class, amount)` of random sections.
    kernel: Vec<(u32, u8, u8, f64)>,
    /// `(unit, 2D class, amount)` of the maps.
    measured: Vec<(u32, u8, f64)>,
}

/// The 3D liberation distribution of every solid mineral, from its measured maps.
///
/// The random sections of this sample's own 3D result give the kernel, the chance that mineral
/// of a 3D class is seen in a 2D class (King and Schneider 1998, Powder Technology 98,
/// doi 10.1016/0032-5910(98)00013-8, take it from model textures). As areas on sections are volumes in the mean (Delesse 1847), the
/// measured 2D distribution is the 3D one times the kernel. It is inverted by expectation
/// maximisation, which keeps shares from going below 0, smoothed between neighbouring classes
/// after each step (Silverman, Jones, Wilson and Nychka 1990, Journal of the Royal Statistical
/// Society B 52, 271-324), from a start that knows nothing. Wholly free mineral stands apart and
/// is not smoothed. 3D classes without a particle of the sample stay empty.
///
/// Intervals are those of [`Estimate`], of a bootstrap over 3D particles that draws kernel and
/// maps anew; they do not hold the bias that smoothing leaves.
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
    settings.check()?;
    check_minerals(minerals, populations)?;
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
                class_of(100.0 * p.mineral_voxels[index] as f64 / solid) as u8
            })
            .collect();
        let seen = |kind: usize| {
            let profiles = populations.sections()[kind];
            profiles.iter().enumerate().filter_map(move |(k, p)| {
                let area = p.mineral_area_um2[index];
                let amount = area * weighing.of_profile(kind, k, p);
                let class_2d = class_of(share_pct(area, p.area_um2())) as u8;
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
    fn shares(&self, times: impl Fn(u32) -> f64) -> [f64; CLASSES] {
        let mut kernel: Kernel = [[0.0; CLASSES]; CLASSES];
        for &(unit, class_3d, class_2d, amount) in &self.kernel {
            kernel[usize::from(class_3d)][usize::from(class_2d)] += times(unit) * amount;
        }
        let mut measured = [0.0; CLASSES];
        for &(unit, class_2d, amount) in &self.measured {
            measured[usize::from(class_2d)] += times(unit) * amount;
        }
        inverted(kernel, measured)
    }
}

/// The distribution, in percent, whose image under the kernel is nearest to the measured one.
fn inverted(mut kernel: Kernel, measured: [f64; CLASSES]) -> [f64; CLASSES] {
    let total: f64 = measured.iter().sum();
    let mut shares = [0.0; CLASSES];
    for (row, share) in kernel.iter_mut().zip(&mut shares) {
        let all: f64 = row.iter().sum();
        if all > 0.0 {
            row.iter_mut().for_each(|k| *k /= all);
            *share = 1.0;
        }
    }
    let known: f64 = shares.iter().sum();
    if !(total > 0.0 && known > 0.0) {
        return [f64::NAN; CLASSES];
    }
    let is_known = shares.map(|s| s > 0.0);
    shares = shares.map(|s| s / known);
    for _ in 0..STEPS {
        let mut seen = [0.0; CLASSES];
        for (row, share) in kernel.iter().zip(&shares) {
            for (s, k) in seen.iter_mut().zip(row) {
                *s += share * k;
            }
        }
        for (row, share) in kernel.iter().zip(&mut shares) {
            let factor: f64 = (0..CLASSES)
                .filter(|&j| seen[j] > 0.0)
                .map(|j| row[j] * measured[j] / total / seen[j])
                .sum();
            *share *= factor;
        }
        smooth(&mut shares, &is_known);
        let sum: f64 = shares.iter().sum();
        shares = shares.map(|s| s / sum);
    }
    shares.map(|s| 100.0 * s)
}

/// Neighbouring classes below wholly free exchange a part of what they hold.
fn smooth(shares: &mut [f64; CLASSES], is_known: &[bool; CLASSES]) {
    let before = *shares;
    for k in 0..CLASSES - 2 {
        if is_known[k] && is_known[k + 1] {
            let moved = SMOOTHING * (before[k] - before[k + 1]);
            shares[k] -= moved;
            shares[k + 1] += moved;
        }
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
    let drawn: Vec<[f64; CLASSES]> = (0..settings.replicates)
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
    let seen = by_unit.iter().filter(|w| **w > 0.0).count() as f64;
    let unbias = seen / (seen - 1.0).max(1.0);
    let estimate = |value: f64, of: &dyn Fn(&[f64; CLASSES]) -> f64| {
        Estimate::of_share(value, unbias * variance(drawn.iter().map(of)), independent)
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

    /// Mineral of 3D class `i` is seen there with chance 0.6, else spread over the others.
    fn kernel() -> Kernel {
        std::array::from_fn(|i| std::array::from_fn(|j| if i == j { 0.6 } else { 0.04 }))
    }

    #[test]
    fn what_the_kernel_blurs_comes_back() {
        let truth = [1.0, 3.0, 6.0, 10.0, 14.0, 16.0, 14.0, 10.0, 6.0, 3.0, 17.0];
        let mut seen = [0.0; CLASSES];
        for (row, share) in kernel().iter().zip(truth) {
            for (s, k) in seen.iter_mut().zip(row) {
                *s += share * k;
            }
        }
        let found = inverted(kernel(), seen);
        for (k, (found, truth)) in found.iter().zip(truth).enumerate() {
            assert!(
                (found - truth).abs() < 1.0,
                "class {k}: {found} for {truth}"
            );
        }
        let error = |shares: [f64; CLASSES]| -> f64 {
            shares.iter().zip(truth).map(|(s, t)| (s - t).abs()).sum()
        };
        assert!(error(found) < 0.25 * error(seen));
    }

    #[test]
    fn classes_that_the_sample_lacks_stay_empty() {
        let mut kernel = kernel();
        kernel[4] = [0.0; CLASSES];
        let found = inverted(kernel, [1.0; CLASSES]);
        assert_eq!(found[4], 0.0);
        assert!((found.iter().sum::<f64>() - 100.0).abs() < 1e-9);
        assert!(inverted(kernel, [0.0; CLASSES])[0].is_nan());
    }
}
