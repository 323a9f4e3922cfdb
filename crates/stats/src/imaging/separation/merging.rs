use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::contacts::{Contact, Contacts};
use super::likeness::{FEATURES, Region, features};

/// Two regions that touch, as they are judged.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// The lowest numbers of the regions that were joined to either so far.
    pub regions: [u32; 2],
    /// What speaks for their being one particle.
    pub features: [f32; FEATURES],
}

/// Below every likelihood.
const NEVER: f32 = -1.0;

/// A pair with how likely it is one particle, the likeliest greatest.
#[derive(PartialEq)]
struct Candidate {
    likelihood: f32,
    regions: (u32, u32),
    /// How often either had grown when it was judged.
    growth: (u32, u32),
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.likelihood
            .total_cmp(&other.likelihood)
            .then(Reverse(self.regions).cmp(&Reverse(other.regions)))
            .then(self.growth.cmp(&other.growth))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Joins regions that `judge` gives `least` or more, the likeliest first; what touches a joined
/// region is judged anew. Returns for each label `0..=N` the lowest label of its group. `regions`
/// are those numbered `1..=N`.
pub(super) fn merge(
    mut regions: Vec<Region>,
    contacts: Contacts,
    least: f32,
    judge: &(dyn Fn(&Pair) -> f32 + Sync),
) -> Vec<u32> {
    let mut group: Vec<u32> = (0..=regions.len() as u32).collect();
    let mut growth = vec![0u32; regions.len() + 1];
    let likelihood = |regions: &[Region], (a, b): (u32, u32), contact: &Contact| {
        let features = features(&regions[a as usize - 1], &regions[b as usize - 1], contact);
        features.map_or(NEVER, |features| {
            judge(&Pair {
                regions: [a, b],
                features,
            })
        })
    };
    let mut queue: BinaryHeap<Candidate> = contacts
        .par_iter()
        .map(|(&pair, contact)| Candidate {
            likelihood: likelihood(&regions, pair, contact),
            regions: pair,
            growth: (0, 0),
        })
        .filter(|candidate| candidate.likelihood >= least)
        .collect::<Vec<_>>()
        .into();
    let mut beside: Vec<FxHashMap<u32, Contact>> = vec![FxHashMap::default(); regions.len() + 1];
    for ((a, b), contact) in contacts {
        beside[a as usize].insert(b, contact);
        beside[b as usize].insert(a, contact);
    }
    while let Some(candidate) = queue.pop() {
        let (a, b) = candidate.regions;
        let is_stale = |label: u32, growth_then: u32| {
            group[label as usize] != label || growth[label as usize] != growth_then
        };
        if is_stale(a, candidate.growth.0) || is_stale(b, candidate.growth.1) {
            continue;
        }
        // The lower number stays.
        group[b as usize] = a;
        growth[a as usize] += 1;
        let gone = std::mem::take(&mut regions[b as usize - 1]);
        let kept = &mut regions[a as usize - 1];
        kept.shape = kept.shape.union(&gone.shape);
        kept.maximum = kept.maximum.max(gone.maximum);
        for (other, contact) in std::mem::take(&mut beside[b as usize]) {
            beside[other as usize].remove(&b);
            if other == a {
                continue;
            }
            let both = match beside[a as usize].get(&other) {
                Some(known) => known.union(contact),
                None => contact,
            };
            beside[a as usize].insert(other, both);
            beside[other as usize].insert(a, both);
        }
        let around: Vec<(u32, Contact)> =
            beside[a as usize].iter().map(|(o, c)| (*o, *c)).collect();
        let judged: Vec<Candidate> = around
            .par_iter()
            .map(|(other, contact)| {
                let pair = (a.min(*other), a.max(*other));
                Candidate {
                    likelihood: likelihood(&regions, pair, contact),
                    regions: pair,
                    growth: (growth[pair.0 as usize], growth[pair.1 as usize]),
                }
            })
            .filter(|candidate| candidate.likelihood >= least)
            .collect();
        queue.extend(judged);
    }
    (0..group.len() as u32)
        .map(|label| root(&mut group, label))
        .collect()
}

pub(super) fn root(group: &mut [u32], mut label: u32) -> u32 {
    while group[label as usize] != label {
        group[label as usize] = group[group[label as usize] as usize];
        label = group[label as usize];
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three regions in a row, of summits 20, 5 and 19, joined by the ratio of the saddle.
    fn groups(saddles: [f32; 2], least: f32) -> Vec<u32> {
        let regions = [20.0, 5.0, 19.0].map(|maximum| Region {
            maximum,
            ..Region::default()
        });
        let contact = |saddle| Contact {
            saddle,
            faces: 10,
            ..Contact::default()
        };
        let [first, second] = saddles.map(contact);
        let contacts = Contacts::from_iter([((1, 2), first), ((2, 3), second)]);
        let ratio = |pair: &Pair| (pair.features[0] + 1.0) / 2.0;
        merge(regions.into(), contacts, least, &ratio)
    }

    #[test]
    fn a_neck_counts_against_the_smaller_region() {
        assert_eq!(groups([4.5, 3.0], 0.85), [0, 1, 1, 3]);
        assert_eq!(groups([4.5, 3.0], 0.95), [0, 1, 2, 3]);
        assert_eq!(groups([4.5, 4.9], 0.95), [0, 1, 2, 2]);
    }

    #[test]
    fn a_joined_region_is_judged_anew() {
        // Once 2 has joined 1 it is as large as that one, and the neck to 3 is narrow.
        assert_eq!(groups([4.8, 4.6], 0.9), [0, 1, 1, 3]);
        // Too narrow to ask.
        assert_eq!(groups([1.9, 1.9], 0.0), [0, 1, 2, 3]);
    }
}
