//! Fits the weights by which the separation of particles joins regions, on phantoms of every
//! packing, on sound and rough masks: `fit_merging mask|network [SEED ...]`. Prints them for
//! `crates/stats/src/imaging/separation/weights.rs`.

mod logistic;
mod phantoms;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Mutex;

use corelith_core::{Silent, Volume};
use corelith_gpu::Compute;
use corelith_phantom::truth::instances;
use corelith_stats::imaging::separation::{Pair, Settings, regions};

use logistic::{Answer, fit, likelihood};
use phantoms::{Sample, samples};

/// Rounds: the first learns from pairs that the truth leads to, later ones also from those that the
/// model itself leads to (Ross et al. 2011, DAgger).
const ROUNDS: usize = 2;

/// Voxels of the smaller region from which an answer counts in full.
const FULL_WEIGHT_VOXELS: f64 = 200.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let with_depth = match arguments.first().map(String::as_str) {
        Some("mask") => false,
        Some("network") => true,
        _ => return Err("expected: fit_merging mask|network [SEED ...]".into()),
    };
    let seeds: Vec<u64> = match &arguments[1..] {
        [] => vec![7, 8, 9],
        seeds => seeds.iter().map(|s| s.parse()).collect::<Result<_, _>>()?,
    };
    let samples = samples(&seeds, with_depth)?;
    let mut answers = Vec::new();
    let mut weights = None;
    for round in 0..ROUNDS {
        let mut f1_mean = 0.0;
        for sample in &samples {
            let (labels, mut told) = joined(sample, weights.as_deref())?;
            f1_mean +=
                instances(labels.data(), sample.truth.data())?.f1_mean() / samples.len() as f64;
            answers.append(&mut told);
        }
        eprintln!(
            "round {round}: mean F1 {f1_mean:.3}, {} answers",
            answers.len()
        );
        // Threads answer in any order; sums shall not depend on it.
        answers.sort_by(Answer::compare);
        weights = Some(fit(&answers)?);
    }
    for row in weights.unwrap_or_default().chunks(9) {
        let row: Vec<String> = row.iter().map(|w| format!("{w:.3},")).collect();
        println!("    {}", row.join(" "));
    }
    Ok(())
}

/// Joins the regions of a sample, by the truth where there are no weights yet, and gives what was
/// asked with the true answers.
fn joined(
    sample: &Sample,
    weights: Option<&[f64]>,
) -> Result<(Volume<u32>, Vec<Answer>), Box<dyn Error>> {
    let regions = regions(
        &Compute::Cpu,
        sample.mask.clone(),
        sample.depth.as_ref(),
        &Settings::default(),
        &Silent,
    )?;
    let owners = owners(regions.labels(), &sample.truth);
    let told = Mutex::new(Vec::new());
    let judge = |pair: &Pair| {
        let [a, b] = pair.regions.map(|region| owners[region as usize]);
        let answer = Answer {
            features: pair.features,
            is_one: a.0 == b.0 && a.0 != 0,
            weight: (a.1.min(b.1) as f64 / FULL_WEIGHT_VOXELS).clamp(0.1, 1.0),
        };
        let judged = match weights {
            None => f32::from(u8::from(answer.is_one)),
            Some(weights) => likelihood(weights, &answer.features) as f32,
        };
        told.lock().expect("no thread panics").push(answer);
        judged
    };
    let group = regions.groups(Settings::default().join_from, &judge);
    Ok((
        regions.joined(&group),
        told.into_inner().expect("no thread panics"),
    ))
}

/// The true particle that most of each region lies in (0 = none), and the voxels of the region.
fn owners(regions: &Volume<u32>, truth: &Volume<u32>) -> Vec<(u32, u64)> {
    let mut common: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for (&region, &particle) in regions.data().iter().zip(truth.data()) {
        *common.entry((region, particle)).or_default() += 1;
    }
    let count = regions.data().iter().max().map_or(0, |&most| most as usize);
    let mut owners = vec![(0, 0); count + 1];
    let mut most = vec![0; count + 1];
    for ((region, particle), voxels) in common {
        let region = region as usize;
        owners[region].1 += voxels;
        if particle != 0 && voxels > most[region] {
            most[region] = voxels;
            owners[region].0 = particle;
        }
    }
    owners
}
