//! Which labels touch, for labels that join their neighbours.

use rustc_hash::FxHashMap;

use crate::imaging::components::{both_foreground, differing, for_each_set};

/// The label that `label` has become.
pub(crate) fn last_heir(heir: &[u32], mut label: u32) -> u32 {
    while heir[label as usize] != label {
        label = heir[label as usize];
    }
    label
}

/// Labels that share voxel faces, each two by ascending label, and how many.
pub(crate) type Faces = Vec<((u32, u32), u64)>;

/// The faces that labels share within the first `own` voxels, of whole slices of `[ny, nx]`, and
/// with the slice that may follow them in `labels`.
pub(crate) fn shared_faces(
    labels: &[u32],
    own: usize,
    [ny, nx]: [usize; 2],
    is_wanted: impl Fn(u32, u32) -> bool,
) -> Faces {
    let mut counts = Counts::default();
    let mut pairs = |a: &[u32], b: &[u32]| {
        for start in (0..a.len()).step_by(64) {
            let mut differ = differing(a, b, start);
            if differ != 0 {
                differ &= both_foreground(a, b, start);
            }
            for_each_set(differ, |bit| {
                let (a, b) = (a[start + bit as usize], b[start + bit as usize]);
                if is_wanted(a, b) {
                    counts.add((a.min(b), a.max(b)));
                }
            });
        }
    };
    for first in (0..own).step_by(nx.max(1)) {
        let row = &labels[first..first + nx];
        pairs(&row[..nx - 1], &row[1..]);
        if first / nx % ny + 1 < ny {
            pairs(row, &labels[first + nx..][..nx]);
        }
        if let Some(below) = labels.get(first + ny * nx..first + ny * nx + nx) {
            pairs(row, below);
        }
    }
    counts.into_faces()
}

/// How often each two labels were met.
#[derive(Default)]
struct Counts {
    known: FxHashMap<(u32, u32), u64>,
    /// The two that were met last, mostly again and again.
    last: (u32, u32),
    times: u64,
}

impl Counts {
    #[inline]
    fn add(&mut self, labels: (u32, u32)) {
        if labels != self.last {
            self.keep_last();
            (self.last, self.times) = (labels, 0);
        }
        self.times += 1;
    }

    fn keep_last(&mut self) {
        if self.times > 0 {
            *self.known.entry(self.last).or_default() += self.times;
        }
    }

    fn into_faces(mut self) -> Faces {
        self.keep_last();
        self.known.into_iter().collect()
    }
}

/// For each wanted label its neighbours and the voxel faces shared with them.
pub(crate) fn contacts(
    of_slabs: &[Faces],
    is_wanted: impl Fn(u32) -> bool,
) -> FxHashMap<u32, FxHashMap<u32, u64>> {
    let mut contacts: FxHashMap<u32, FxHashMap<u32, u64>> = FxHashMap::default();
    for &((a, b), faces) in of_slabs.iter().flatten() {
        for (from, to) in [(a, b), (b, a)] {
            if is_wanted(from) {
                *contacts.entry(from).or_default().entry(to).or_default() += faces;
            }
        }
    }
    contacts
}

/// For each label what it becomes when every one below `smallest` joins the neighbour that it
/// shares most faces with, smallest first: itself where it stays, 0 for a small one without a
/// neighbour.
///
/// `sizes` are those of the labels from 0 on, `contacts` the neighbours of the small ones.
pub(crate) fn heirs_of_small(
    mut sizes: Vec<u64>,
    mut contacts: FxHashMap<u32, FxHashMap<u32, u64>>,
    smallest: u64,
) -> Vec<u32> {
    let mut small: Vec<u32> = (1..sizes.len() as u32)
        .filter(|&label| (1..smallest).contains(&sizes[label as usize]))
        .collect();
    small.sort_by_key(|&label| (sizes[label as usize], label));
    let mut heir: Vec<u32> = (0..sizes.len() as u32).collect();
    for label in small {
        let size = sizes[label as usize];
        if size >= smallest {
            continue;
        }
        let mut faces_with: FxHashMap<u32, u64> = FxHashMap::default();
        #[expect(clippy::iter_over_hash_type, reason = "sums are the same in any order")]
        for (other, faces) in contacts.remove(&label).unwrap_or_default() {
            let other = last_heir(&heir, other);
            if other != label && other != 0 {
                *faces_with.entry(other).or_default() += faces;
            }
        }
        let to = faces_with
            .iter()
            .max_by_key(|&(&other, &faces)| (faces, std::cmp::Reverse(other)))
            .map_or(0, |(&other, _)| other);
        heir[label as usize] = to;
        if to != 0 {
            sizes[to as usize] += size;
            if let Some(known) = contacts.get_mut(&to) {
                #[expect(clippy::iter_over_hash_type, reason = "sums are the same in any order")]
                for (other, faces) in faces_with {
                    *known.entry(other).or_default() += faces;
                }
            }
        }
    }
    (0..heir.len() as u32)
        .map(|label| last_heir(&heir, label))
        .collect()
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn slabs_share_as_many_faces_as_the_whole() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for [nz, ny, nx] in [[9, 5, 70], [4, 1, 64], [5, 6, 1]] {
            let labels = Volume::from_fn([nz, ny, nx], Spacing::isotropic(1.0), |_, _, _| {
                random.random_range(0..4u32)
            });
            let mut expected: FxHashMap<u32, FxHashMap<u32, u64>> = FxHashMap::default();
            for at in 0..labels.len() {
                let here = labels.data()[at];
                for there in labels.face_neighbours(at).map(|to| labels.data()[to]) {
                    if here == 2 && there != 0 && there != here {
                        *expected.entry(here).or_default().entry(there).or_default() += 1;
                    }
                }
            }
            for slices in [1, 2, 4, 20] {
                let area = ny * nx;
                let slabs: Vec<Faces> = (0..nz)
                    .step_by(slices)
                    .map(|z| {
                        let end = (z + slices).min(nz);
                        let with_next = &labels.data()[z * area..(end + 1).min(nz) * area];
                        let has_two = |a: u32, b: u32| a == 2 || b == 2;
                        shared_faces(with_next, (end - z) * area, [ny, nx], has_two)
                    })
                    .collect();
                assert_eq!(contacts(&slabs, |label| label == 2), expected);
            }
        }
    }
}
