//! Which labels touch, for labels that join their neighbours.

use corelith_core::Volume;
use rustc_hash::FxHashMap;

/// The label that `label` has become.
pub(crate) fn last_heir(heir: &[u32], mut label: u32) -> u32 {
    while heir[label as usize] != label {
        label = heir[label as usize];
    }
    label
}

/// For each wanted label its neighbours and the voxel faces shared with them.
pub(crate) fn contacts(
    labels: &Volume<u32>,
    is_wanted: impl Fn(u32) -> bool,
) -> FxHashMap<u32, FxHashMap<u32, u64>> {
    let [_, ny, nx] = labels.shape();
    let data = labels.data();
    let mut contacts: FxHashMap<u32, FxHashMap<u32, u64>> = FxHashMap::default();
    for (at, &a) in data.iter().enumerate() {
        let (x, y) = (at % nx, at / nx % ny);
        let next = [
            (x + 1 < nx).then_some(at + 1),
            (y + 1 < ny).then_some(at + nx),
            (at + nx * ny < data.len()).then_some(at + nx * ny),
        ];
        for b in next.into_iter().flatten().map(|to| data[to]) {
            if a == b || a == 0 || b == 0 {
                continue;
            }
            for (from, to) in [(a, b), (b, a)] {
                if is_wanted(from) {
                    *contacts.entry(from).or_default().entry(to).or_default() += 1;
                }
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
