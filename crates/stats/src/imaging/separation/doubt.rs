//! Particles that hang on the threshold by which basins are joined.

use rustc_hash::FxHashMap;

/// How much the threshold is lowered and raised to see what hangs on it: both values part the
/// particles of some sample best.
pub(super) const THRESHOLD_STEP: f32 = 0.15;

/// Share of the union that a particle must have in common with one of another threshold to be the
/// same.
const SAME: f64 = 0.5;

/// The groups that another grouping does not have: those of which no group overlaps by more than
/// half (intersection over union). Groupings hold for each label `0..=N` the lowest label of its
/// group, `voxels` the size of each of `1..=N`. Rising.
pub(super) fn groups_beyond(group: &[u32], other: &[u32], voxels: &[u64]) -> Vec<u32> {
    let labels = || group.iter().zip(other).skip(1).zip(voxels);
    let mut sizes: [FxHashMap<u32, u64>; 2] = Default::default();
    let mut common: FxHashMap<(u32, u32), u64> = FxHashMap::default();
    for ((&of, &of_other), &voxels) in labels() {
        *sizes[0].entry(of).or_default() += voxels;
        *sizes[1].entry(of_other).or_default() += voxels;
        *common.entry((of, of_other)).or_default() += voxels;
    }
    let mut is_there: FxHashMap<u32, bool> = sizes[0].keys().map(|&group| (group, false)).collect();
    let mut pairs: Vec<((u32, u32), u64)> = common.into_iter().collect();
    pairs.sort_unstable();
    for ((of, of_other), both) in pairs {
        let union = sizes[0][&of] + sizes[1][&of_other] - both;
        if both as f64 > SAME * union as f64 {
            is_there.insert(of, true);
        }
    }
    let mut beyond: Vec<u32> = is_there
        .into_iter()
        .filter_map(|(group, is_there)| (!is_there).then_some(group))
        .collect();
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
