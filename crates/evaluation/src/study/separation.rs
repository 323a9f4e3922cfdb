//! Particles of phantoms taken apart and compared with the truth.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use clap::{Args, value_parser};
use corelith_core::{Progress, Volume, Within};
use corelith_gpu::Compute;
use corelith_phantom::truth::{Instances, instances};
use corelith_phantom::{Phantom, PhantomSettings};
use corelith_pipeline::model_folder::read_model;
use corelith_pipeline::stage::networks::Seen;
use corelith_pipeline::stage::particles::Solid;
use corelith_stats::imaging::components::statistics;
use corelith_stats::imaging::separation::{Settings, separate_on};
use serde::Serialize;

use super::seen::SeenPhantoms;
use crate::Error;

/// One row of the table: one kind of phantom, one method.
#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    foreground: &'static str,
    method: &'static str,
    particles: usize,
    found: usize,
    f1: f64,
    f1_mean: f64,
    /// True particles that lie mostly in one found particle together with another, beyond the
    /// first.
    merged: usize,
    /// Found particles that lie mostly in one true particle together with another, beyond the
    /// first.
    split: usize,
}

/// What the phantoms of one kind came to by one method.
struct Tally {
    foreground: &'static str,
    method: &'static str,
    pooled: Instances,
    merged: usize,
    split: usize,
}

/// How particles come apart, by kind of phantom and method.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct SeparationStudy {
    rows: Vec<Row>,
}

/// What is tried.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Phantoms of every kind: two fractions, each hardly touching, touching and dense
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = value_parser!(u64).range(1..=1000))]
    pub phantoms: u64,
    /// Width of the phantoms, in voxels; their height is two thirds of it
    #[arg(long = "width", default_value_t = 144, value_name = "VOXELS", value_parser = value_parser!(u64).range(48..=1024))]
    pub width_vox: u64,
    /// Folder of a network for particles (`pretrain --task particles`) [default: the one that comes
    /// with the program]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<PathBuf>,
}

/// Takes the particles of phantoms of every kind and packing apart, from their masks alone and
/// with the network, on the true foreground and on the one that the pretrained network finds.
///
/// # Errors
/// When the device fails, the model cannot be read, or the user asks to stop.
pub fn separation(
    plan: &Plan,
    seed: u64,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<SeparationStudy, Error> {
    let seen = SeenPhantoms {
        title: "particles of phantoms",
        seed_of_each: "separated phantom",
        each: plan.phantoms,
        width_vox: plan.width_vox as usize,
        depth: match &plan.model {
            Some(folder) => read_model(folder)?,
            None => corelith_unet::pretrained_particles()?,
        },
        compute,
    };
    let kinds = kinds().map(|(kind, settings)| (kind, settings, Vec::new()));
    let judged = seen.judge(kinds.into(), seed, progress, |made, seen, tallies| {
        judge(made, seen, tallies, compute, progress)
    })?;
    let mut rows = Vec::new();
    for (kind, tallies) in judged {
        rows.extend(tallies.into_iter().map(|tally: Tally| tally.row(kind)));
    }
    Ok(SeparationStudy { rows })
}

impl fmt::Display for SeparationStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| phantoms | foreground | method | true | found | F1 0.5 | mean | merged | split |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")?;
        for r in &self.rows {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {:.3} | {:.3} | {} | {} |",
                r.kind,
                r.foreground,
                r.method,
                r.particles,
                r.found,
                r.f1,
                r.f1_mean,
                r.merged,
                r.split
            )?;
        }
        Ok(())
    }
}

fn kinds() -> [(&'static str, PhantomSettings); 6] {
    let (fine, coarse) = (PhantomSettings::slag_63_100, PhantomSettings::slag_100_250);
    [
        ("63-100", fine()),
        ("63-100 touching", fine().touching()),
        ("63-100 dense", fine().dense()),
        ("100-250", coarse()),
        ("100-250 touching", coarse().touching()),
        ("100-250 dense", coarse().dense()),
    ]
}

fn judge(
    made: &Phantom,
    seen: &Seen,
    tallies: &mut Vec<Tally>,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let masks = [
        ("true", made.particles.map(|&id| u8::from(id != 0))),
        ("found", Solid::of(seen)?.mask),
    ];
    let mut at = 0;
    for (foreground, mask) in &masks {
        for (method, depth) in [("mask", None), ("network", seen.depth.as_ref())] {
            let settings = Settings::default();
            let within = Within(progress);
            let labels = separate_on(compute, mask.clone(), depth, &settings, &within)?;
            if at == tallies.len() {
                tallies.push(Tally::new(foreground, method));
            }
            tallies[at].add(&labels, &made.particles)?;
            at += 1;
        }
    }
    Ok(())
}

impl Tally {
    fn new(foreground: &'static str, method: &'static str) -> Self {
        Self {
            foreground,
            method,
            pooled: Instances {
                found: 0,
                truth: 0,
                matches: Vec::new(),
            },
            merged: 0,
            split: 0,
        }
    }

    /// What the border of a phantom leaves of particles is none by the rule of the separation
    /// where it is too small, and is not counted.
    fn add(&mut self, found: &Volume<u32>, truth: &Volume<u32>) -> Result<(), Error> {
        let mut one = instances(found.data(), truth.data()).map_err(Error::Truth)?;
        let least = Settings::default().smallest_voxels;
        let fragments: Vec<u32> = statistics(truth)
            .into_iter()
            .filter(|particle| particle.voxels < least)
            .map(|particle| particle.id)
            .collect();
        one.matches
            .retain(|(_, id, _)| fragments.binary_search(id).is_err());
        self.pooled.found += one.found;
        self.pooled.truth += one.truth - fragments.len();
        self.pooled.matches.extend(one.matches);
        self.merged += beyond_the_first(truth.data(), found.data());
        self.split += beyond_the_first(found.data(), truth.data());
        Ok(())
    }

    fn row(mut self, kind: &'static str) -> Row {
        self.pooled.matches.sort_by(|a, b| b.2.total_cmp(&a.2));
        Row {
            kind,
            foreground: self.foreground,
            method: self.method,
            particles: self.pooled.truth,
            found: self.pooled.found,
            f1: self.pooled.f1(0.5),
            f1_mean: self.pooled.f1_mean(),
            merged: self.merged,
            split: self.split,
        }
    }
}

/// How many `parts` lie to more than half in a whole that holds another one already.
fn beyond_the_first(parts: &[u32], wholes: &[u32]) -> usize {
    let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
    let mut common: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for (&part, &whole) in parts.iter().zip(wholes).filter(|(part, _)| **part != 0) {
        *sizes.entry(part).or_default() += 1;
        *common.entry((whole, part)).or_default() += 1;
    }
    let mut held: BTreeMap<u32, usize> = BTreeMap::new();
    for (&(whole, part), &voxels) in &common {
        if whole != 0 && 2 * voxels > sizes[&part] {
            *held.entry(whole).or_default() += 1;
        }
    }
    held.values().map(|parts| parts - 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_beyond_the_first_are_counted() {
        let truth = [1, 1, 1, 2, 2, 3, 3, 3];
        let found = [7, 7, 7, 7, 7, 5, 5, 6];
        assert_eq!(beyond_the_first(&truth, &found), 1);
        assert_eq!(beyond_the_first(&found, &truth), 1);
        assert_eq!(beyond_the_first(&truth, &truth), 0);
    }
}
