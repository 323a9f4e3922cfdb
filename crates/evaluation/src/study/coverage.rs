//! How often 95 % intervals hold the truth.

use std::fmt;

use clap::{Args, value_parser};
use corelith_core::{Minerals, Progress, Silent, seed_of};
use corelith_stats::liberation::{
    Basis, Corrected, Cut, Estimate, MineralLiberation, Populations, Settings, analyse,
    correct_maps,
};
use rayon::prelude::*;
use serde::Serialize;

use super::observed::{Observed, observe, phantom_settings};
use crate::Error;

/// Bootstrap replicates of each phantom: the variance needs no more.
const REPLICATES: u32 = 200;
/// Replicates of the truth, whose intervals nobody asks for.
const FEWEST_REPLICATES: u32 = 100;
/// Name of the mineral that is judged.
const MINERAL: &str = "LiAlO2";
/// Truths nearer to 0 or 100 % than this are held by any interval and tell nothing.
const WORTH_ASKING_PCT: f64 = 1.0;

/// One row of the table.
#[derive(Debug, Serialize)]
struct Row {
    quantity: &'static str,
    /// Share of intervals that hold the truth, over all classes or thresholds.
    coverage_pct: f64,
    lowest_pct: f64,
    highest_pct: f64,
    mean_half_width_points: f64,
    /// Mean distance between value and truth.
    mean_error_points: f64,
    /// Distance between the mean of the values and the truth: what more phantoms like these
    /// would not mend.
    bias_points: f64,
}

/// What one phantom says of the mineral.
struct Found {
    liberation: MineralLiberation,
    corrected: Corrected,
}

/// A quantity that is judged: its name, its estimates from one phantom, and the truth.
type Quantity = (
    &'static str,
    fn(&Found) -> Vec<Estimate>,
    fn(&MineralLiberation) -> Vec<Estimate>,
);

fn curve(m: &MineralLiberation, basis: Basis) -> Vec<Estimate> {
    m.on(basis).at_least[1..].to_vec()
}

fn minus_volume(m: &MineralLiberation, basis: Basis) -> Vec<Estimate> {
    let found = m
        .bias
        .iter()
        .find(|b| b.basis == basis && b.against == Basis::Volume3d);
    found.map_or_else(Vec::new, |b| {
        b.at_least[1..].iter().copied().chain([b.mean]).collect()
    })
}

/// Maps are planes like any other: what they show on average is what random planes show.
const QUANTITIES: [Quantity; 11] = [
    (
        "3D volume, classes",
        |f| f.liberation.on(Basis::Volume3d).share.to_vec(),
        |t| t.on(Basis::Volume3d).share.to_vec(),
    ),
    (
        "3D volume, curve",
        |f| curve(&f.liberation, Basis::Volume3d),
        |t| curve(t, Basis::Volume3d),
    ),
    (
        "3D volume, mean",
        |f| vec![f.liberation.on(Basis::Volume3d).mean],
        |t| vec![t.on(Basis::Volume3d).mean],
    ),
    (
        "3D surface, curve",
        |f| curve(&f.liberation, Basis::Surface3d),
        |t| curve(t, Basis::Surface3d),
    ),
    (
        "2D maps, classes",
        |f| f.liberation.on(Basis::Area2dMaps).share.to_vec(),
        |t| t.on(Basis::Area2dRandom).share.to_vec(),
    ),
    (
        "2D maps, curve",
        |f| curve(&f.liberation, Basis::Area2dMaps),
        |t| curve(t, Basis::Area2dRandom),
    ),
    (
        "2D random, curve",
        |f| curve(&f.liberation, Basis::Area2dRandom),
        |t| curve(t, Basis::Area2dRandom),
    ),
    (
        "2D random minus 3D",
        |f| minus_volume(&f.liberation, Basis::Area2dRandom),
        |t| minus_volume(t, Basis::Area2dRandom),
    ),
    (
        "2D maps minus 3D",
        |f| minus_volume(&f.liberation, Basis::Area2dMaps),
        |t| minus_volume(t, Basis::Area2dRandom),
    ),
    (
        "2D maps taken for 3D, curve",
        |f| curve(&f.liberation, Basis::Area2dMaps),
        |t| curve(t, Basis::Volume3d),
    ),
    (
        "2D maps corrected to 3D, curve",
        |f| f.corrected.at_least[1..].to_vec(),
        |t| curve(t, Basis::Volume3d),
    ),
];

/// How often intervals hold the truth, by quantity.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct CoverageStudy {
    rows: Vec<Row>,
}

/// What is tried.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Independent phantoms, about a second of one core each
    #[arg(long, default_value_t = 240, value_name = "N", value_parser = value_parser!(u64).range(2..=1_000_000))]
    pub phantoms: u64,
}

/// How often 95 % intervals hold the truth, over independent phantoms; at least 2 are needed.
///
/// # Errors
/// When a phantom cannot be made or measured, or the user asks to stop.
pub fn coverage(plan: &Plan, seed: u64, progress: &dyn Progress) -> Result<CoverageStudy, Error> {
    let phantoms = plan.phantoms;
    let settings = phantom_settings();
    let minerals = settings.mineral_list()?;
    progress.start("phantoms", phantoms);
    let made: Vec<(Observed, Found)> = (0..phantoms)
        .into_par_iter()
        .map(|index| {
            progress.check()?;
            let seed = seed_of(seed, &format!("phantom {index}"));
            let mut observed = observe(&settings, &minerals, seed)?;
            let found = found(&minerals, &observed, seed)?;
            observed.keep_for_truth(class_of_mineral(&minerals)?);
            progress.advance(1);
            Ok((observed, found))
        })
        .collect::<Result<_, Error>>()?;
    progress.finish();
    let (observed, found): (Vec<Observed>, Vec<Found>) = made.into_iter().unzip();
    let whole = |o: &Observed| o.particles.iter().filter(|p| !p.touches_border).count();
    progress.say(&format!(
        "{} phantoms with {} particles on average, {} of them whole, and {} profiles on maps",
        observed.len(),
        mean(observed.iter().map(|o| o.particles.len())),
        mean(observed.iter().map(whole)),
        mean(found.iter().map(|f| f.corrected.profiles as usize)),
    ));
    let truth = truth(&minerals, observed)?;
    let rows = QUANTITIES.iter().map(|(name, of, truth_of)| {
        let estimates: Vec<Vec<Estimate>> = found.iter().map(of).collect();
        row(name, &truth_of(&truth), &estimates)
    });
    Ok(CoverageStudy {
        rows: rows.collect(),
    })
}

impl fmt::Display for CoverageStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {MINERAL} | coverage % | lowest | highest | half-width | mean error | bias |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for r in &self.rows {
            writeln!(
                f,
                "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
                r.quantity,
                r.coverage_pct,
                r.lowest_pct,
                r.highest_pct,
                r.mean_half_width_points,
                r.mean_error_points,
                r.bias_points
            )?;
        }
        Ok(())
    }
}

fn mean(counts: impl ExactSizeIterator<Item = usize>) -> usize {
    let n = counts.len().max(1);
    counts.sum::<usize>() / n
}

fn unknown() -> Error {
    Error::NoLiberation {
        mineral: MINERAL.to_owned(),
    }
}

fn class_of_mineral(minerals: &Minerals) -> Result<u8, Error> {
    minerals
        .solids()
        .find(|&class| minerals.name(class) == MINERAL)
        .ok_or_else(unknown)
}

fn populations(observed: &Observed) -> Populations<'_> {
    Populations {
        particles: &observed.particles,
        maps: &observed.maps,
        virtual_maps: &[],
        random: &observed.random,
    }
}

fn found(minerals: &Minerals, observed: &Observed, seed: u64) -> Result<Found, Error> {
    let settings = Settings {
        replicates: REPLICATES,
        ..Settings::default()
    };
    let populations = populations(observed);
    let class = class_of_mineral(minerals)?;
    let liberation = analyse(minerals, &populations, &settings, seed, &Silent)?;
    let liberation = liberation.minerals.into_iter().find(|m| m.class == class);
    let corrected = correct_maps(minerals, &populations, &settings, seed, &Silent)?;
    let corrected = corrected.into_iter().find(|c| c.class == class);
    let (liberation, corrected) = liberation.zip(corrected).ok_or_else(unknown)?;
    Ok(Found {
        liberation,
        corrected,
    })
}

/// The liberation of the whole population: the whole particles of all phantoms together, each
/// weighted by 1 over its chance to be whole, so that the faces of the volumes have no part in it.
fn truth(minerals: &Minerals, observed: Vec<Observed>) -> Result<MineralLiberation, Error> {
    let mut all = Observed {
        particles: Vec::new(),
        maps: Vec::new(),
        random: Vec::new(),
    };
    for one in observed {
        all.append(one);
    }
    let settings = Settings {
        replicates: FEWEST_REPLICATES,
        cut_particles: Cut::Corrected,
        ..Settings::default()
    };
    let class = class_of_mineral(minerals)?;
    let result = analyse(minerals, &populations(&all), &settings, 0, &Silent)?;
    let found = result.minerals.into_iter().find(|m| m.class == class);
    found.ok_or_else(unknown)
}

fn row(quantity: &'static str, truth: &[Estimate], found: &[Vec<Estimate>]) -> Row {
    let is_difference = quantity.contains("minus");
    let is_asked = |value: f64| {
        is_difference || (WORTH_ASKING_PCT..=100.0 - WORTH_ASKING_PCT).contains(&value)
    };
    let mut by_position = Vec::new();
    let (mut half_width, mut error, mut bias, mut count) = (0.0, 0.0, 0.0, 0.0);
    for (k, truth) in truth.iter().enumerate().filter(|(_, t)| is_asked(t.value)) {
        let (mut held, mut seen, mut signed) = (0.0, 0.0, 0.0);
        for e in found.iter().map(|f| f[k]).filter(|e| e.value.is_finite()) {
            seen += 1.0;
            held += f64::from(e.low <= truth.value && truth.value <= e.high);
            half_width += e.half_width();
            error += (e.value - truth.value).abs();
            signed += e.value - truth.value;
        }
        by_position.push(100.0 * held / seen);
        bias += (signed / seen).abs();
        count += seen;
    }
    let positions = by_position.len() as f64;
    Row {
        quantity,
        coverage_pct: by_position.iter().sum::<f64>() / positions,
        lowest_pct: by_position.iter().copied().fold(f64::INFINITY, f64::min),
        highest_pct: by_position.iter().copied().fold(0.0, f64::max),
        mean_half_width_points: half_width / count,
        mean_error_points: error / count,
        bias_points: bias / positions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_counts_the_intervals_that_hold_the_truth() {
        let at = |value: f64| Estimate {
            value,
            low: value - 2.0,
            high: value + 2.0,
        };
        // The second truth is too near to 100 to tell anything.
        let truth = [at(50.0), at(99.9)];
        let found = row(
            "curve",
            &truth,
            &[vec![at(51.0), at(0.0)], vec![at(47.0), at(0.0)]],
        );
        assert_eq!(found.coverage_pct, 50.0);
        assert_eq!(found.mean_half_width_points, 2.0);
        assert_eq!(found.mean_error_points, 2.0);
        assert_eq!(found.bias_points, 1.0);
    }
}
