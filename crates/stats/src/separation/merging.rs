use super::graph::Pass;

/// Joins basins that a wide neck connects; returns for each basin the lowest basin of its group.
///
/// Passes are taken from the highest down. Two groups stay apart when the pass between them is
/// lower than `neck_ratio` times the lower of their summits: the neck is then narrow against
/// the smaller particle, whatever the sizes of all others. Without a ratio of its own size this
/// is merging by dynamics (Grimaud 1992).
pub(super) fn merge(
    summits: &[f32],
    mut passes: Vec<((u32, u32), Pass)>,
    neck_ratio: f32,
) -> Vec<u32> {
    passes.sort_by(|a, b| b.1.height.total_cmp(&a.1.height).then(a.0.cmp(&b.0)));
    let mut group: Vec<u32> = (0..summits.len() as u32).collect();
    let mut summit = summits.to_vec();
    for ((a, b), pass) in passes {
        let (a, b) = (root(&mut group, a), root(&mut group, b));
        if a == b {
            continue;
        }
        let lower = summit[a as usize].min(summit[b as usize]);
        if pass.height >= neck_ratio * lower {
            let (low, high) = (a.min(b), a.max(b));
            group[high as usize] = low;
            summit[low as usize] = summit[low as usize].max(summit[high as usize]);
        }
    }
    (0..group.len() as u32)
        .map(|basin| root(&mut group, basin))
        .collect()
}

fn root(group: &mut [u32], mut basin: u32) -> u32 {
    while group[basin as usize] != basin {
        group[basin as usize] = group[group[basin as usize] as usize];
        basin = group[basin as usize];
    }
    basin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neck_counts_against_the_smaller_particle() {
        let pass = |a, b, height| ((a, b), Pass { height, faces: 1 });
        let summits = [20.0, 5.0, 19.0];
        let passes = || vec![pass(0, 1, 4.5), pass(1, 2, 3.0)];
        assert_eq!(merge(&summits, passes(), 0.8), [0, 0, 2]);
        assert_eq!(merge(&summits, passes(), 0.95), [0, 1, 2]);
        assert_eq!(merge(&summits, passes(), 0.1), [0, 0, 0]);
    }
}
