use corelith_core::Volume;
use rustc_hash::FxHashMap;

use super::{LogOdds, Settings};
use crate::imaging::faces::{contacts, last_heir};

/// What hangs together of one mineral in one particle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Region {
    pub(super) class: u8,
    pub(super) particle: u32,
    voxels: u64,
    log_odds_nats: f64,
}

/// The regions by their labels; that of label 0 is empty.
pub(super) fn regions_of(
    labels: &Volume<u32>,
    phases: &Volume<u8>,
    particles: &Volume<u32>,
    log_odds: LogOdds,
) -> Vec<Region> {
    let mut regions: Vec<Region> = vec![Region::default()];
    // Whole steps, so that no order of summation matters.
    let mut steps: Vec<u64> = vec![0];
    for (at, &label) in labels.data().iter().enumerate() {
        if label == 0 {
            continue;
        }
        let label = label as usize;
        // Labels follow the first voxels of the regions.
        if label == regions.len() {
            regions.push(Region {
                class: phases.data()[at],
                particle: particles.data()[at],
                ..Region::default()
            });
            steps.push(0);
        }
        regions[label].voxels += 1;
        steps[label] += u64::from(log_odds.steps.data()[at]);
    }
    for (region, steps) in regions.iter_mut().zip(steps) {
        region.log_odds_nats = steps as f64 * log_odds.step_nats;
    }
    regions
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

/// For every region the one that it becomes a part of; itself where it stays.
pub(super) fn new_homes(labels: &Volume<u32>, regions: &[Region], settings: &Settings) -> Vec<u32> {
    let least_log_odds = least_log_odds(regions, settings);
    let mut contacts = contacts(labels, |_| true);
    let mut voxels: Vec<u64> = regions.iter().map(|region| region.voxels).collect();
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
        // A region alone in its particle stays, else the particle would vanish.
        let Some((inside, _)) = most_faces(&|other| other.particle == region.particle) else {
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
