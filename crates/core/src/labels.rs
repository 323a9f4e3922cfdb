use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Voxels that a thread takes at a time.
const CHUNK: usize = 1 << 22;

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
    renumber_by_chunks(labels, CHUNK)
}

fn renumber_by_chunks(labels: &mut [u32], chunk: usize) -> Result<u32, LabelError> {
    let of_chunks: Vec<Vec<u32>> = labels.par_chunks(chunk).map(by_first_voxel).collect();
    let mut new_from_old: FxHashMap<u32, u32> = FxHashMap::default();
    for old in of_chunks.into_iter().flatten() {
        let next = u32::try_from(new_from_old.len() + 1).map_err(|_| LabelError)?;
        new_from_old.entry(old).or_insert(next);
    }
    labels.par_chunks_mut(chunk).for_each(|labels| {
        let (mut last_old, mut last_new) = (0, 0);
        for label in labels {
            // Runs of one label are the rule: skip the look-up inside a run.
            if *label != last_old {
                last_old = *label;
                last_new = new_from_old.get(label).copied().unwrap_or(0);
            }
            *label = last_new;
        }
    });
    u32::try_from(new_from_old.len()).map_err(|_| LabelError)
}

/// The labels other than 0, in the order of their first voxels.
fn by_first_voxel(labels: &[u32]) -> Vec<u32> {
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    let mut found = Vec::new();
    let mut last = 0;
    for &label in labels {
        if label != last && label != 0 && seen.insert(label) {
            found.push(label);
        }
        last = label;
    }
    found
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

    #[test]
    fn chunks_change_nothing() {
        let labels: Vec<u32> = (0..997u32).map(|i| (i * i / 50) % 23).collect();
        let mut whole = labels.clone();
        assert_eq!(renumber_by_chunks(&mut whole, 1000).unwrap(), 22);
        for chunk in [1, 7, 100, 996] {
            let mut parted = labels.clone();
            assert_eq!(renumber_by_chunks(&mut parted, chunk).unwrap(), 22);
            assert_eq!(parted, whole);
        }
    }
}
