use rustc_hash::FxHashMap;

/// A label volume with more labels than 32 bits can number.
#[derive(Debug, thiserror::Error)]
#[error("more than {} labels", u32::MAX)]
pub struct LabelError;

/// Renumbers labels to `1..=N` without gaps, in the order of their first voxel; 0 stays 0.
///
/// Returns `N`. Two label volumes of the same partition become identical.
///
/// # Errors
/// When there are more labels than `u32` can number.
pub fn renumber_by_first_voxel(labels: &mut [u32]) -> Result<u32, LabelError> {
    let mut new_from_old: FxHashMap<u32, u32> = FxHashMap::default();
    let (mut last_old, mut last_new) = (0, 0);
    for label in labels {
        if *label == 0 {
            continue;
        }
        // Runs of one label are the rule: skip the look-up inside a run.
        if *label != last_old {
            let next = u32::try_from(new_from_old.len() + 1).map_err(|_| LabelError)?;
            last_old = *label;
            last_new = *new_from_old.entry(*label).or_insert(next);
        }
        *label = last_new;
    }
    u32::try_from(new_from_old.len()).map_err(|_| LabelError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_first_voxel() {
        let mut labels = [0, 9, 9, 4, 0, 9, 7];
        assert_eq!(renumber_by_first_voxel(&mut labels).unwrap(), 3);
        assert_eq!(labels, [0, 1, 1, 2, 0, 1, 3]);
    }
}
