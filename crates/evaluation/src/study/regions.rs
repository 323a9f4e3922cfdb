//! Liberation and minerals of phantoms with and without the rules for weak regions.

use std::fmt;

use clap::{Args, value_parser};
use corelith_core::{Progress, Within, seed_of};
use corelith_gpu::Compute;
use corelith_phantom::{Phantom, PhantomSettings};
use corelith_pipeline::stage::networks::Seen;
use corelith_pipeline::stage::particles::{Solid, particles};
use corelith_pipeline::stage::segment::log_odds;
use corelith_stats::imaging::weak_regions::{Settings, reassign_weak_regions};
use corelith_stats::liberation::{MeasuredWith, Segmented};
use serde::Serialize;

use super::seen::SeenPhantoms;
use crate::{Error, against_truth};

/// Least log odds and thickness of border that are tried: each rule alone, both, and neither.
const TRIED: [(f64, f64); 9] = [
    (0.0, 0.0),
    (10.0, 0.0),
    (0.0, 1.5),
    (5.0, 1.5),
    (10.0, 1.0),
    (10.0, 1.5),
    (10.0, 2.0),
    (20.0, 1.5),
    (40.0, 1.5),
];

/// One row of the table: one kind of phantom, one setting of the rules, means over the phantoms.
#[derive(Debug, Default, Serialize)]
struct Row {
    kind: &'static str,
    evidence_nats: f64,
    border_vox: f64,
    /// 3D curve of the target at exactly 100 %, result minus truth, points, of every phantom.
    free_points: Vec<f64>,
    /// Largest distance of the curve below 100 %, points.
    curve_points: Vec<f64>,
    /// Largest distance of the bias, points.
    bias_points: Vec<f64>,
    /// Of every solid mineral, by name.
    dice: Vec<(String, Vec<f64>)>,
    /// Of particles, mean over 0.5 to 0.95.
    f1_mean: Vec<f64>,
}

/// What the rules bring, over phantoms of two fractions.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RegionsStudy {
    rows: Vec<Row>,
}

/// What is tried.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Phantoms of each of two fractions
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = value_parser!(u64).range(1..=1000))]
    pub phantoms: u64,
    /// Width of the phantoms, in voxels; their height is two thirds of it
    #[arg(long = "width", default_value_t = 144, value_name = "VOXELS", value_parser = value_parser!(u64).range(48..=1024))]
    pub width_vox: u64,
}

/// Segments phantoms of two fractions with the pretrained networks and tries the rules on the result.
///
/// # Errors
/// When the device fails or the user asks to stop.
pub fn regions(
    plan: &Plan,
    seed: u64,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<RegionsStudy, Error> {
    let seen = SeenPhantoms {
        title: "regions of phantoms",
        seed_of_each: "regions of phantom",
        each: plan.phantoms,
        width_vox: plan.width_vox as usize,
        depth: corelith_unet::pretrained_particles()?,
        compute,
    };
    let kinds = [
        ("63-100", PhantomSettings::slag_63_100()),
        ("100-250", PhantomSettings::slag_100_250()),
    ];
    let kinds = kinds.map(|(kind, settings)| {
        let rows = TRIED.map(|(evidence_nats, border_vox)| Row {
            kind,
            evidence_nats,
            border_vox,
            ..Row::default()
        });
        (kind, settings, rows)
    });
    let bench = Bench {
        compute,
        progress,
        seed,
    };
    let judged = seen.judge(kinds.into(), seed, progress, |made, seen, rows| {
        bench.judge(made, seen, rows)
    })?;
    Ok(RegionsStudy {
        rows: judged.into_iter().flat_map(|(_, rows)| rows).collect(),
    })
}

impl fmt::Display for RegionsStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = match self.rows.first() {
            Some(row) => row.dice.iter().map(|(name, _)| name.as_str()).collect(),
            None => Vec::new(),
        };
        writeln!(
            f,
            "| phantoms | evidence, nats | border, voxels | 100 % | below | bias | Dice {} | F1 |",
            names.join(", ")
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
        for row in &self.rows {
            let dice: Vec<String> = row
                .dice
                .iter()
                .map(|(_, of)| format!("{:.4}", mean(of)))
                .collect();
            writeln!(
                f,
                "| {} | {} | {} | {:+.1} | {:.1} | {:.1} | {} | {:.4} |",
                row.kind,
                row.evidence_nats,
                row.border_vox,
                mean(&row.free_points),
                mean(&row.curve_points),
                mean(&row.bias_points),
                dice.join(", "),
                mean(&row.f1_mean)
            )?;
        }
        Ok(())
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// What every phantom is judged with.
struct Bench<'a> {
    compute: &'a Compute,
    progress: &'a dyn Progress,
    seed: u64,
}

impl Bench<'_> {
    fn judge(&self, made: &Phantom, seen: &Seen, rows: &mut [Row]) -> Result<(), Error> {
        let within = Within(self.progress);
        let solid = Solid::of(seen)?;
        let apart = particles(solid, &[], &Default::default(), self.compute, &within)?.labels;
        let background = made.minerals.background();
        for row in rows {
            let (mut phases, mut particles) = (seen.phases.copy()?, apart.clone());
            reassign_weak_regions(
                &mut phases,
                &mut particles,
                background,
                log_odds(&seen.evidence),
                &Settings {
                    evidence_nats: row.evidence_nats,
                    border_vox: row.border_vox,
                },
                &within,
            )?;
            let minerals = &made.minerals;
            let held = against_truth(
                Segmented {
                    phases: &phases,
                    particles: &particles,
                    minerals,
                },
                Segmented {
                    phases: &made.phases,
                    particles: &made.particles,
                    minerals,
                },
                MeasuredWith {
                    measurement: &Default::default(),
                    stereology: &Default::default(),
                    liberation: &Default::default(),
                    seed: seed_of(self.seed, "random sections"),
                },
                &within,
            )?;
            // The target: the first mineral of the list.
            if let Some(target) = held.deviations.first() {
                let (free, below) = target.curve_points.split_last().unwrap_or((&f64::NAN, &[]));
                row.free_points.push(*free);
                row.curve_points.push(
                    below
                        .iter()
                        .fold(0.0, |most, points| points.abs().max(most)),
                );
                row.bias_points.push(target.largest_bias_points());
            }
            let scores = held.segmentation;
            for (at, (mineral, dice)) in scores.dice.into_iter().enumerate() {
                if at == row.dice.len() {
                    row.dice.push((mineral, Vec::new()));
                }
                row.dice[at].1.push(dice);
            }
            row.f1_mean.push(scores.particle_f1_mean);
        }
        Ok(())
    }
}
