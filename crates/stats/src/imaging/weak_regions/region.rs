use std::io;

use corelith_core::{SliceSource, Volume};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{LogOdds, SLICES, Settings};
use crate::imaging::components::{Runs, for_each_run};
use crate::imaging::faces::{Faces, contacts, last_heir, shared_faces};

/// What hangs together of one mineral in one particle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Region {
    pub(super) class: u8,
    pub(super) particle: u32,
    pub(super) voxels: u64,
    pub(super) log_odds_nats: f64,
}

/// The regions of a volume by their labels, and the faces that they share.
pub(super) struct Regions {
    /// That of label 0 is empty.
    pub(super) all: Vec<Region>,
    pub(super) faces: Vec<Faces>,
}

impl Regions {
    pub(super) fn of(
        labels: &Runs,
        phases: &dyn SliceSource<u8>,
        particles: &Volume<u32>,
        log_odds: LogOdds,
    ) -> io::Result<Self> {
        let [nz, ny, nx] = phases.shape();
        let area = ny * nx;
        let slabs = (0..nz.div_ceil(SLICES))
            .into_par_iter()
            .map_init(Vec::new, |scratch, slab| {
                let (first, end) = (slab * SLICES, ((slab + 1) * SLICES).min(nz));
                scratch.clear();
                scratch.resize(((end + 1).min(nz) - first) * area, 0);
                labels.write_slices(first, scratch);
                let of_slab = log_odds.steps.slices(first..end)?;
                let phases = phases.slices(first..end)?;
                let mut parts: FxHashMap<u32, Part> = FxHashMap::default();
                for (row, labels) in scratch[..(end - first) * area]
                    .chunks(nx.max(1))
                    .enumerate()
                {
                    let (row, in_slab) = (first * area + row * nx, row * nx);
                    for_each_run(labels, |label, start, end| {
                        let part = parts.entry(label).or_insert_with(|| Part {
                            class: phases[in_slab + start as usize],
                            particle: particles.data()[row + start as usize],
                            ..Part::default()
                        });
                        part.voxels += u64::from(end - start);
                        let steps = &of_slab[in_slab + start as usize..in_slab + end as usize];
                        part.steps += steps.iter().map(|&steps| u64::from(steps)).sum::<u64>();
                    });
                }
                let faces = shared_faces(scratch, (end - first) * area, [ny, nx], |_, _| true);
                Ok((parts.into_iter().collect(), faces))
            })
            .collect::<io::Result<Vec<(Vec<(u32, Part)>, Faces)>>>()?;
        let mut sums = vec![Part::default(); labels.count() as usize + 1];
        let mut faces = Vec::with_capacity(slabs.len());
        for (parts, of_slab) in slabs {
            for (label, part) in parts {
                let sum = &mut sums[label as usize];
                *sum = Part {
                    voxels: sum.voxels + part.voxels,
                    steps: sum.steps + part.steps,
                    ..part
                };
            }
            faces.push(of_slab);
        }
        let region = |sum: &Part| Region {
            class: sum.class,
            particle: sum.particle,
            voxels: sum.voxels,
            log_odds_nats: sum.steps as f64 * log_odds.step_nats,
        };
        Ok(Self {
            all: sums.iter().map(region).collect(),
            faces,
        })
    }
}

/// What some slices hold of a region.
#[derive(Clone, Copy, Default)]
struct Part {
    class: u8,
    particle: u32,
    voxels: u64,
    /// Sum of the log odds in whole steps, so that no order of summation matters.
    steps: u64,
}

/// Least log odds of a region of each class, in nats: that of the settings, but 0 for a mineral that
/// occurs in specks, more than half of which would have less.
fn least_log_odds(regions: &[Region], settings: &Settings) -> [f64; 256] {
    let mut all = [0; 256];
    let mut weak = [0; 256];
    for region in regions {
        let class = usize::from(region.class);
        all[class] += region.voxels;
        if region.log_odds_nats < settings.evidence_nats {
            weak[class] += region.voxels;
        }
    }
    std::array::from_fn(|class| {
        if 2 * weak[class] > all[class] {
            0.0
        } else {
            settings.evidence_nats
        }
    })
}

/// The largest region of every particle.
fn largest_of_particles(regions: &[Region]) -> Vec<u32> {
    let particles = regions.iter().map(|region| region.particle).max();
    let mut largest = vec![0; particles.unwrap_or(0) as usize + 1];
    for (label, region) in (0..).zip(regions).skip(1) {
        let most = &mut largest[region.particle as usize];
        if region.voxels > regions[*most as usize].voxels {
            *most = label;
        }
    }
    largest
}

/// For every region the one that it becomes a part of; itself where it stays.
pub(super) fn new_homes(regions: &Regions, settings: &Settings) -> Vec<u32> {
    let mut contacts = contacts(&regions.faces, |_| true);
    let regions = regions.all.as_slice();
    let least_log_odds = least_log_odds(regions, settings);
    let mut voxels: Vec<u64> = regions.iter().map(|region| region.voxels).collect();
    let largest = largest_of_particles(regions);
    let mut heir: Vec<u32> = (0..regions.len() as u32).collect();
    let mut weakest_first: Vec<u32> = (1..regions.len() as u32).collect();
    weakest_first.sort_by(|&a, &b| {
        let log_odds = |label: u32| regions[label as usize].log_odds_nats;
        log_odds(a).total_cmp(&log_odds(b)).then(a.cmp(&b))
    });
    for label in weakest_first {
        let region = regions[label as usize];
        let mut faces_with: FxHashMap<u32, u64> = FxHashMap::default();
        #[expect(clippy::iter_over_hash_type, reason = "sums are the same in any order")]
        for (other, faces) in contacts.remove(&label).unwrap_or_default() {
            let other = last_heir(&heir, other);
            if other != label {
                *faces_with.entry(other).or_default() += faces;
            }
        }
        let most_faces = |wanted: &dyn Fn(Region) -> bool| {
            faces_with
                .iter()
                .filter(|&(&other, _)| wanted(regions[other as usize]))
                .max_by_key(|&(&other, &faces)| (faces, std::cmp::Reverse(other)))
                .map(|(&other, &faces)| (other, faces))
        };
        let inside = most_faces(&|other| other.particle == region.particle).map(|(other, _)| other);
        // What hangs on its particle by edges alone becomes what most of that is; a region alone in
        // its particle stays, else the particle would vanish.
        let most = Some(last_heir(&heir, largest[region.particle as usize]))
            .filter(|&most| most != label && regions[most as usize].particle == region.particle);
        let Some(inside) = inside.or(most) else {
            contacts.insert(label, faces_with);
            continue;
        };
        let size = voxels[label as usize];
        let beyond =
            most_faces(&|other| other.particle != region.particle && other.class == region.class)
                .filter(|&(other, faces)| {
                    size as f64 <= settings.border_vox * faces as f64
                        && size < voxels[other as usize]
                });
        let to = match beyond {
            Some((beyond, _)) => beyond,
            None if region.log_odds_nats < least_log_odds[usize::from(region.class)] => inside,
            None => {
                contacts.insert(label, faces_with);
                continue;
            }
        };
        heir[label as usize] = to;
        voxels[to as usize] += size;
        let known = contacts.entry(to).or_default();
        for (other, faces) in faces_with.into_iter().filter(|&(other, _)| other != to) {
            *known.entry(other).or_default() += faces;
        }
    }
    (0..heir.len() as u32)
        .map(|label| last_heir(&heir, label))
        .collect()
}
