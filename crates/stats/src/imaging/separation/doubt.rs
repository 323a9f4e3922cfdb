//! Particles that hang on the threshold by which basins are joined.

use rustc_hash::{FxHashMap, FxHashSet};

/// How much the threshold is lowered and raised to see what hangs on it: other samples come apart best
/// at thresholds as far from the default.
pub(super) const THRESHOLD_STEP: f32 = 0.15;

/// Share of the union that a particle must have in common with one of another threshold to be the
/// same.
const SAME: f64 = 0.5;

/// The groups that another grouping does not have: those of which no group overlaps by more than
/// half (intersection over union). Groupings hold for each label `0..=N` the lowest label of its
/// group, `voxels` the size of each of `1..=N`. Rising.
pub(super) fn groups_beyond(group: &[u32], other: &[u32], voxels: &[u64]) -> Vec<u32> {
    let mut sizes: [FxHashMap<u32, u64>; 2] = Default::default();
    let mut common: FxHashMap<(u32, u32), u64> = FxHashMap::default();
    for ((&of, &of_other), &voxels) in group.iter().zip(other).skip(1).zip(voxels) {
        *sizes[0].entry(of).or_default() += voxels;
        *sizes[1].entry(of_other).or_default() += voxels;
        *common.entry((of, of_other)).or_default() += voxels;
    }
    let same: FxHashSet<u32> = common
        .into_iter()
        .filter(|((of, of_other), both)| {
            let union = sizes[0][of] + sizes[1][of_other] - both;
            *both as f64 > SAME * union as f64
        })
        .map(|((of, _), _)| of)
        .collect();
    let groups = sizes[0].keys().copied();
    let mut beyond: Vec<u32> = groups.filter(|group| !same.contains(group)).collect();
    beyond.sort_unstable();
    beyond
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_joins_or_parts_is_beyond_and_a_small_part_less_is_not() {
        let voxels = [100, 90, 20, 50];
        let apart = [0, 1, 2, 3, 4];
        assert!(groups_beyond(&apart, &apart, &voxels).is_empty());
        // 1 and 2 joined are neither of them; 3 is lost in 1, which hardly changes.
        assert_eq!(groups_beyond(&apart, &[0, 1, 1, 3, 4], &voxels), [2]);
        assert!(groups_beyond(&[0, 1, 1, 3, 4], &apart, &voxels).is_empty());
        assert_eq!(groups_beyond(&apart, &[0, 1, 2, 1, 4], &voxels), [3]);
        let equal = [100, 100, 20, 50];
        assert_eq!(groups_beyond(&apart, &[0, 1, 1, 3, 4], &equal), [1, 2]);
        assert_eq!(groups_beyond(&[0, 1, 1, 3, 4], &apart, &equal), [1]);
    }
}
