use rand::RngExt as _;

use super::SparseLabels;
use crate::random::rng;

/// Boxes of voxels: enough that no particle counts much.
const BOXES: usize = 64;

/// Sides of a box, voxels: thin, as neighbours say much the same.
const BOX_VOX: [usize; 3] = [4, 16, 16];

/// Voxels scattered over a volume of that shape, in small boxes: what is asked of a model there says how it
/// speaks of the volume, not of what it has learned. Every class has the same share in their labels.
pub(crate) fn scattered(shape: [usize; 3], classes: usize, seed: u64) -> SparseLabels {
    let sides: [usize; 3] = std::array::from_fn(|axis| BOX_VOX[axis].min(shape[axis]));
    let mut rng = rng(seed, "scattered");
    let mut corners: Vec<[usize; 3]> = (0..BOXES)
        .map(|_| std::array::from_fn(|axis| rng.random_range(0..=shape[axis] - sides[axis])))
        .collect();
    corners.sort_unstable();
    let shares = vec![1.0 / classes as f32; classes];
    let mut voxels = std::collections::BTreeSet::new();
    for [z0, y0, x0] in corners {
        for z in z0..z0 + sides[0] {
            for y in y0..y0 + sides[1] {
                voxels.extend((x0..x0 + sides[2]).map(|x| [z as u32, y as u32, x as u32]));
            }
        }
    }
    let mut labels = SparseLabels::none(classes);
    for voxel in voxels {
        labels.push(voxel, 1.0, &shares);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voxels_lie_in_all_parts_of_the_volume_once_each() {
        let shape = [40, 60, 80];
        let found = scattered(shape, 3, 5);
        let all = BOXES * BOX_VOX.iter().product::<usize>();
        assert!((all / 2..=all).contains(&found.voxels.len()));
        for octant in 0..8 {
            let inside = |voxel: &&[u32; 3]| {
                (0..3).all(|a| (voxel[a] as usize >= shape[a] / 2) == (octant >> a & 1 == 1))
            };
            assert!(found.voxels.iter().filter(inside).count() > all / 50);
        }
        assert_eq!(scattered(shape, 3, 5).voxels, found.voxels);
        let tiny = scattered([2, 8, 40], 3, 5);
        assert!(
            tiny.voxels
                .iter()
                .all(|v| v[0] < 2 && v[1] < 8 && v[2] < 40)
        );
    }
}
