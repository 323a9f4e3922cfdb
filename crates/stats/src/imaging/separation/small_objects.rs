use corelith_core::Volume;
use rustc_hash::FxHashMap;

use crate::imaging::faces::{contacts, last_heir};

/// Gives every particle below `smallest_voxels` to the particle that it shares most voxel faces
/// with, smallest first; one that touches nothing vanishes.
pub(super) fn remove_small_objects(labels: &mut Volume<u32>, smallest_voxels: u64) {
    let mut voxels: Vec<u64> = Vec::new();
    for &label in labels.data() {
        let label = label as usize;
        if voxels.len() <= label {
            voxels.resize(label + 1, 0);
        }
        voxels[label] += 1;
    }
    let is_small = |label: u32, voxels: &[u64]| {
        label != 0 && voxels[label as usize] > 0 && voxels[label as usize] < smallest_voxels
    };
    let mut small: Vec<u32> = (1..voxels.len() as u32)
        .filter(|&label| is_small(label, &voxels))
        .collect();
    if small.is_empty() {
        return;
    }
    let mut contacts = contacts(labels, |label| is_small(label, &voxels));
    small.sort_by_key(|&object| (voxels[object as usize], object));
    let mut heir: Vec<u32> = (0..voxels.len() as u32).collect();
    for object in small {
        let size = voxels[object as usize];
        if size >= smallest_voxels {
            continue;
        }
        let mut faces_with: FxHashMap<u32, u64> = FxHashMap::default();
        let of_object = contacts.remove(&object).unwrap_or_default();
        for (other, faces) in of_object {
            let other = last_heir(&heir, other);
            if other != object && other != 0 {
                *faces_with.entry(other).or_default() += faces;
            }
        }
        let to = faces_with
            .iter()
            .max_by_key(|&(&other, &faces)| (faces, std::cmp::Reverse(other)))
            .map_or(0, |(&other, _)| other);
        heir[object as usize] = to;
        if to != 0 {
            voxels[to as usize] += size;
            if let Some(known) = contacts.get_mut(&to) {
                for (other, faces) in faces_with {
                    *known.entry(other).or_default() += faces;
                }
            }
        }
    }
    for label in labels.data_mut() {
        *label = last_heir(&heir, *label);
    }
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
