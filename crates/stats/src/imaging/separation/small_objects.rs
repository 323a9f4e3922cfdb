use corelith_core::Volume;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::imaging::components::for_each_run;
use crate::imaging::faces::{Faces, contacts, heirs_of_small, shared_faces};

/// Slices that a thread takes at a time.
const SLICES: usize = 16;

/// Gives every particle below `smallest_voxels` to the particle that it shares most voxel faces
/// with, smallest first; one that touches nothing vanishes.
pub(super) fn remove_small_objects(labels: &mut Volume<u32>, smallest_voxels: u64) {
    let voxels = voxels_of(labels);
    let is_small =
        |label: u32| label != 0 && (1..smallest_voxels).contains(&voxels[label as usize]);
    if !(1..voxels.len() as u32).any(is_small) {
        return;
    }
    let [nz, ny, nx] = labels.shape();
    let area = ny * nx;
    let faces: Vec<Faces> = (0..nz.div_ceil(SLICES))
        .into_par_iter()
        .map(|slab| {
            let (first, end) = (slab * SLICES, ((slab + 1) * SLICES).min(nz));
            let with_next = &labels.data()[first * area..(end + 1).min(nz) * area];
            let is_wanted = |a: u32, b: u32| is_small(a) || is_small(b);
            shared_faces(with_next, (end - first) * area, [ny, nx], is_wanted)
        })
        .collect();
    let contacts = contacts(&faces, is_small);
    let heirs = heirs_of_small(voxels, contacts, smallest_voxels);
    labels
        .data_mut()
        .par_iter_mut()
        .for_each(|label| *label = heirs[*label as usize]);
}

/// How many voxels each label from 0 on has; 0 for label 0.
fn voxels_of(labels: &Volume<u32>) -> Vec<u64> {
    let [_, ny, nx] = labels.shape();
    let of_slabs: Vec<Vec<(u32, u64)>> = labels
        .data()
        .par_chunks((SLICES * ny * nx).max(1))
        .map(|slab| {
            let mut voxels: FxHashMap<u32, u64> = FxHashMap::default();
            for row in slab.chunks(nx) {
                for_each_run(row, |label, start, end| {
                    *voxels.entry(label).or_default() += u64::from(end - start);
                });
            }
            voxels.into_iter().collect()
        })
        .collect();
    let largest = of_slabs.iter().flatten().map(|&(label, _)| label).max();
    let mut voxels = vec![0; largest.map_or(0, |label| label as usize + 1)];
    for (label, in_slab) in of_slabs.into_iter().flatten() {
        voxels[label as usize] += in_slab;
    }
    voxels
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn small_objects_go_where_they_touch_most_or_vanish() {
        let labels = vec![
            1, 1, 1, 0, 4, //
            1, 2, 3, 3, 0, //
            1, 3, 3, 3, 0,
        ];
        let mut labels = Volume::new(labels, [1, 3, 5], Spacing::isotropic(1.0)).unwrap();
        remove_small_objects(&mut labels, 2);
        let after = [
            1, 1, 1, 0, 0, //
            1, 1, 3, 3, 0, //
            1, 3, 3, 3, 0,
        ];
        assert_eq!(labels.data(), after);
    }
}
