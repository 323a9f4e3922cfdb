//! Basins of a depth that a network tells, joined where it sees no border between them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use corelith_core::Volume;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Steps of a voxel that depths are summed up in: integers come out the same in any order.
const STEPS: f32 = 1024.0;

/// What lies between two basins, summed over the voxel faces that they share.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Contact {
    /// Depth that the network tells, in steps.
    told: u64,
    /// Depth that the mask alone would allow.
    allowed: u64,
}

impl Contact {
    /// Share of the allowed depth that is told: near 1 where nothing is seen between the basins,
    /// near 0 where a border is.
    fn openness(self) -> f32 {
        (self.told as f64 / self.allowed.max(1) as f64) as f32
    }

    fn add(&mut self, other: Self) {
        self.told += other.told;
        self.allowed += other.allowed;
    }
}

type Contacts = FxHashMap<(u32, u32), Contact>;

/// The contacts of basins over voxel faces, by ascending basin.
fn contacts(basin: &Volume<u32>, told: &Volume<f32>, allowed: &Volume<f32>) -> Contacts {
    let [nz, ny, nx] = basin.shape();
    let (basin, told, allowed) = (basin.data(), told.data(), allowed.data());
    (0..nz)
        .into_par_iter()
        .fold(Contacts::default, |mut found, z| {
            for a in z * ny * nx..(z + 1) * ny * nx {
                if basin[a] == 0 {
                    continue;
                }
                let (x, y) = (a % nx, a / nx % ny);
                let next = [
                    (x + 1 < nx).then_some(a + 1),
                    (y + 1 < ny).then_some(a + nx),
                    (z + 1 < nz).then_some(a + nx * ny),
                ];
                for b in next.into_iter().flatten() {
                    if basin[a] == basin[b] || basin[b] == 0 {
                        continue;
                    }
                    let lower = |depth: &[f32]| (depth[a].min(depth[b]) * STEPS) as u64;
                    let pair = (basin[a].min(basin[b]), basin[a].max(basin[b]));
                    found.entry(pair).or_default().add(Contact {
                        told: lower(told),
                        allowed: lower(allowed),
                    });
                }
            }
            found
        })
        .reduce(Contacts::default, |mut a, b| {
            for (pair, contact) in b {
                a.entry(pair).or_default().add(contact);
            }
            a
        })
}

/// Joins basins `1..=count`, the most open contacts first, while at least `openness` of the depth
/// that the mask allows is told between them; returns for each label `0..=count` the lowest label
/// of its group.
///
/// `told` is the depth by the network, `allowed` that of the mask alone; both are 0 outside.
pub(super) fn join(
    basin: &Volume<u32>,
    count: usize,
    told: &Volume<f32>,
    allowed: &Volume<f32>,
    openness: f32,
) -> Vec<u32> {
    let mut neighbours: Vec<FxHashMap<u32, Contact>> = vec![FxHashMap::default(); count + 1];
    let mut queue = BinaryHeap::new();
    // Openness is not negative, so its bits sort as it does.
    let entry = |a: u32, b: u32, contact: Contact| {
        let open = contact.openness();
        (open >= openness).then_some((open.to_bits(), Reverse((a.min(b), a.max(b)))))
    };
    for ((a, b), contact) in contacts(basin, told, allowed) {
        neighbours[a as usize].insert(b, contact);
        neighbours[b as usize].insert(a, contact);
        queue.extend(entry(a, b, contact));
    }
    let mut group: Vec<u32> = (0..=count as u32).collect();
    while let Some((open, Reverse((low, high)))) = queue.pop() {
        // Contacts that have grown since are in the queue again.
        let current = neighbours[low as usize].get(&high);
        if current.is_none_or(|contact| contact.openness().to_bits() != open) {
            continue;
        }
        group[high as usize] = low;
        neighbours[low as usize].remove(&high);
        for (other, contact) in std::mem::take(&mut neighbours[high as usize]) {
            if other == low {
                continue;
            }
            neighbours[other as usize].remove(&high);
            let sum = neighbours[low as usize].entry(other).or_default();
            sum.add(contact);
            let sum = *sum;
            neighbours[other as usize].insert(low, sum);
            queue.extend(entry(low, other, sum));
        }
    }
    // Every basin was joined to a lower one.
    for label in 1..group.len() {
        group[label] = group[group[label] as usize];
    }
    group
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn what_the_network_sees_through_is_joined() {
        let row = |values: Vec<f32>| Volume::new(values, [1, 1, 8], Spacing::isotropic(1.0)).unwrap();
        let basin = Volume::new(vec![1, 1, 2, 2, 3, 3, 0, 4], [1, 1, 8], Spacing::isotropic(1.0)).unwrap();
        let allowed = row(vec![5.0, 6.0, 6.0, 6.0, 6.0, 5.0, 0.0, 5.0]);
        let told = row(vec![5.0, 5.5, 5.0, 1.0, 1.0, 5.0, 0.0, 5.0]);
        assert_eq!(join(&basin, 4, &told, &allowed, 0.5), [0, 1, 1, 3, 4]);
        assert_eq!(join(&basin, 4, &told, &allowed, 0.1), [0, 1, 1, 1, 4]);
        assert_eq!(join(&basin, 4, &told, &allowed, 0.95), [0, 1, 2, 3, 4]);
    }
}
