use corelith_core::{PlacedMap, Volume};

use super::voxel_at;

/// The grey value that tells resin from particles where the maps show which is which: the largest
/// sum of the shares that lie on their own side (Youden 1950). None where the maps lack one of them.
///
/// A threshold of the scan alone falls between two minerals where one of them is far brighter than
/// the others.
pub(super) fn threshold_by_maps(
    ct: &Volume<u16>,
    maps: &[PlacedMap],
    classes: usize,
    background: u8,
) -> Option<f64> {
    // Of resin, of particles.
    let mut counts = [vec![0u64; 1 << 16], vec![0u64; 1 << 16]];
    for map in maps {
        for (i, &class) in map.classes.data().iter().enumerate() {
            if usize::from(class) < classes
                && let Some(at) = voxel_at(ct, map, i)
            {
                counts[usize::from(class != background)][usize::from(ct.data()[at])] += 1;
            }
        }
    }
    let totals = counts.each_ref().map(|counts| counts.iter().sum::<u64>());
    if totals.contains(&0) {
        return None;
    }
    let mut below = [0u64; 2];
    let mut best = (f64::NEG_INFINITY, 0, 0);
    for grey in 0..counts[0].len() {
        for (sum, counts) in below.iter_mut().zip(&counts) {
            *sum += counts[grey];
        }
        let share = |of: usize| below[of] as f64 / totals[of] as f64;
        let apart = share(0) - share(1);
        if apart > best.0 {
            best = (apart, grey, grey);
        } else if apart == best.0 {
            best.2 = grey;
        }
    }
    // The middle of all that do equally well.
    Some(0.5 * (best.1 + best.2) as f64 + 0.5)
}
