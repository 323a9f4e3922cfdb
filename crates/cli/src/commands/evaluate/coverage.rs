use anyhow::ensure;
use corelith_core::{Progress, Silent, seed_of};
use corelith_stats::liberation::{
    Basis, CLASSES, Estimate, MineralLiberation, Populations, Settings, analyse, correct_maps,
};
use rayon::prelude::*;
use serde::Serialize;

use super::population::{Drawn, Population, generator};
use crate::args::{CoverageArgs, Global};
use crate::progress::Terminal;

/// Phantoms that the population is pooled from.
const SCENES: u64 = 24;
/// Bootstrap replicates of each sample: the variance needs no more.
const REPLICATES: u32 = 200;
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
}

/// What is judged, by name: the estimates of one sample, or the truth.
type Quantities = Vec<(&'static str, Vec<Estimate>)>;

/// How often 95 % intervals hold the truth, over samples from a phantom population.
pub fn coverage(global: &Global, args: &CoverageArgs) -> anyhow::Result<()> {
    ensure!(args.samples > 0, "--samples 0: at least one is needed");
    ensure!(args.particles > 1, "--particles: at least 2 are needed");
    let terminal = Terminal::new(global.quiet);
    let seed = global.seed.unwrap_or(0);
    let population = Population::of_phantoms(SCENES, seed, &terminal)?;
    terminal.say(&format!(
        "{} whole particles in {SCENES} phantoms; {} samples of {}",
        population.len(),
        args.samples,
        args.particles
    ));
    let truth = truth(&population, seed)?;
    terminal.start("samples", args.samples);
    let samples: Vec<Quantities> = (0..args.samples)
        .into_par_iter()
        .map(|index| {
            terminal.check()?;
            let drawn = population.sample(args.particles, &mut generator(seed, index));
            let found = quantities(
                &population,
                &drawn,
                seed_of(seed, &format!("sample {index}")),
            );
            terminal.advance(1);
            found
        })
        .collect::<anyhow::Result<_>>()?;
    terminal.finish();
    let rows: Vec<Row> = truth
        .iter()
        .enumerate()
        .map(|(i, (name, truth))| row(name, truth, samples.iter().map(|s| &s[i].1)))
        .collect();
    if global.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    println!("| {MINERAL} | coverage % | lowest | highest | half-width | mean error |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for r in &rows {
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} |",
            r.quantity,
            r.coverage_pct,
            r.lowest_pct,
            r.highest_pct,
            r.mean_half_width_points,
            r.mean_error_points
        );
    }
    Ok(())
}

/// The population's own values; corrected maps and the bias of maps are held against 3D.
fn truth(population: &Population, seed: u64) -> anyhow::Result<Quantities> {
    let all = population.all();
    let mut truth = quantities(population, &all, seed)?;
    let volume = truth[VOLUME_CURVE].1.clone();
    truth[MAPS_AS_3D].1.clone_from(&volume);
    truth[CORRECTED].1 = volume;
    Ok(truth)
}

/// Positions in [`quantities`].
const VOLUME_CURVE: usize = 1;
const MAPS_AS_3D: usize = 7;
const CORRECTED: usize = 8;

fn quantities(population: &Population, drawn: &Drawn, seed: u64) -> anyhow::Result<Quantities> {
    let settings = Settings {
        replicates: REPLICATES,
        ..Settings::default()
    };
    let populations = Populations {
        particles: &drawn.particles,
        maps: &drawn.maps,
        virtual_maps: &[],
        random: &drawn.random,
    };
    let minerals = &population.minerals;
    let result = analyse(minerals, &populations, &settings, seed, &Silent)?;
    let corrected = correct_maps(minerals, &populations, &settings, seed, &Silent)?;
    let (i, m) = result
        .minerals
        .iter()
        .enumerate()
        .find(|(_, m)| m.name == MINERAL)
        .ok_or_else(|| anyhow::anyhow!("the phantom has no {MINERAL}"))?;
    let curve = |basis: Basis| m.on(basis).at_least[1..].to_vec();
    Ok(vec![
        ("3D volume, classes", m.on(Basis::Volume3d).share.to_vec()),
        ("3D volume, curve", curve(Basis::Volume3d)),
        ("3D surface, curve", curve(Basis::Surface3d)),
        ("2D maps, curve", curve(Basis::Area2dMaps)),
        ("2D random, curve", curve(Basis::Area2dRandom)),
        ("2D random minus 3D", difference(m, Basis::Area2dRandom)),
        ("2D maps minus 3D", difference(m, Basis::Area2dMaps)),
        ("2D maps taken for 3D, curve", curve(Basis::Area2dMaps)),
        (
            "2D maps corrected to 3D, curve",
            corrected[i].at_least[1..].to_vec(),
        ),
    ])
}

fn difference(m: &MineralLiberation, basis: Basis) -> Vec<Estimate> {
    let found = m
        .bias
        .iter()
        .find(|b| b.basis == basis && b.against == Basis::Volume3d);
    found.map_or(vec![Estimate::NONE; CLASSES - 1], |b| {
        b.at_least[1..].to_vec()
    })
}

fn row<'a>(
    quantity: &'static str,
    truth: &[Estimate],
    samples: impl Iterator<Item = &'a Vec<Estimate>> + Clone,
) -> Row {
    let is_difference = quantity.contains("minus");
    let is_asked = |value: f64| {
        is_difference || (WORTH_ASKING_PCT..=100.0 - WORTH_ASKING_PCT).contains(&value)
    };
    let (mut by_position, mut half_width, mut error, mut count) = (Vec::new(), 0.0, 0.0, 0.0);
    for (k, truth) in truth.iter().enumerate().filter(|(_, t)| is_asked(t.value)) {
        let (mut held, mut seen) = (0.0, 0.0);
        for e in samples
            .clone()
            .map(|s| s[k])
            .filter(|e| e.value.is_finite())
        {
            seen += 1.0;
            held += f64::from(e.low <= truth.value && truth.value <= e.high);
            half_width += e.half_width();
            error += (e.value - truth.value).abs();
        }
        by_position.push(100.0 * held / seen);
        count += seen;
    }
    let lowest = by_position.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = by_position.iter().copied().fold(0.0, f64::max);
    Row {
        quantity,
        coverage_pct: by_position.iter().sum::<f64>() / by_position.len() as f64,
        lowest_pct: lowest,
        highest_pct: highest,
        mean_half_width_points: half_width / count,
        mean_error_points: error / count,
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
        let samples = [vec![at(51.0), at(0.0)], vec![at(47.0), at(0.0)]];
        let found = row("curve", &truth, samples.iter());
        assert_eq!(found.coverage_pct, 50.0);
        assert_eq!(found.mean_half_width_points, 2.0);
        assert_eq!(found.mean_error_points, 2.0);
    }
}
