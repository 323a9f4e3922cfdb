use corelith_core::Volume;

use crate::imaging::faces::{contacts, heirs_of_small};

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
    let is_small =
        |label: u32| label != 0 && (1..smallest_voxels).contains(&voxels[label as usize]);
    if !(1..voxels.len() as u32).any(is_small) {
        return;
    }
    let contacts = contacts(labels, is_small);
    let heirs = heirs_of_small(voxels, contacts, smallest_voxels);
    for label in labels.data_mut() {
        *label = heirs[*label as usize];
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
