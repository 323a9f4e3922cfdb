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
