//! Training patches: grey values and labels of a box of voxels.

use corelith_core::Volume;

use crate::labelling::SparseLabels;
use crate::network::Scan;

/// A box of voxels ready for the network.
#[derive(Debug, Clone)]
pub(crate) struct Patch {
    /// `[z, y, x]`.
    pub shape: [usize; 3],
    /// Normalised grey values.
    pub grey: Vec<f32>,
    /// Share of every class, `[classes, z, y, x]`.
    pub shares: Vec<f32>,
    /// Trust in the label of every voxel; 0 where there is none.
    pub weights: Vec<f32>,
}

/// Where a box of `shape` begins so that `centre` lies as near its middle as the volume allows.
/// Negative where the box is larger than the volume.
pub(crate) fn corner(centre: [i64; 3], shape: [usize; 3], volume: [usize; 3]) -> [i64; 3] {
    std::array::from_fn(|axis| {
        let slack = volume[axis] as i64 - shape[axis] as i64;
        if slack < 0 {
            slack / 2
        } else {
            (centre[axis] - shape[axis] as i64 / 2).clamp(0, slack)
        }
    })
}

impl Patch {
    /// Numbers of the labelled voxels, rising.
    pub fn labelled(&self) -> impl Iterator<Item = usize> + '_ {
        let labelled = self.weights.iter().enumerate();
        labelled
            .filter(|(_, weight)| **weight > 0.0)
            .map(|(i, _)| i)
    }

    /// Shares of the classes in the label of a voxel.
    pub fn shares_at(&self, i: usize) -> Vec<f32> {
        self.shares
            .chunks_exact(self.weights.len())
            .map(|class| class[i])
            .collect()
    }

    /// The box of `shape` from `corner` on, of whose labels those with the given `numbers` count.
    pub fn cut(
        scan: &Scan<'_>,
        (labels, numbers): (&SparseLabels, impl IntoIterator<Item = usize>),
        corner: [i64; 3],
        shape: [usize; 3],
    ) -> Self {
        let voxels: usize = shape.iter().product();
        let mut patch = Self {
            shape,
            grey: scan.cut(corner, shape),
            shares: vec![0.0; labels.classes * voxels],
            weights: vec![0.0; voxels],
        };
        for i in numbers {
            let voxel = labels.voxels[i];
            let at: [i64; 3] = std::array::from_fn(|a| i64::from(voxel[a]) - corner[a]);
            if (0..3).any(|a| at[a] < 0 || at[a] >= shape[a] as i64) {
                continue;
            }
            let [z, y, x] = at.map(|p| p as usize);
            let index = (z * shape[1] + y) * shape[2] + x;
            patch.weights[index] = labels.weights[i];
            for (class, &share) in labels.shares_of(i).iter().enumerate() {
                patch.shares[class * voxels + index] = share;
            }
        }
        patch
    }

    /// The box of `shape` from `corner` on, of a volume that is labelled throughout; a voxel
    /// outside the volume has no label.
    pub fn cut_labelled(
        scan: &Scan<'_>,
        labels: &Volume<u8>,
        classes: usize,
        corner: [i64; 3],
        shape: [usize; 3],
    ) -> Self {
        let voxels: usize = shape.iter().product();
        let mut patch = Self {
            shape,
            grey: scan.cut(corner, shape),
            shares: vec![0.0; classes * voxels],
            weights: vec![0.0; voxels],
        };
        let range = |axis: usize| {
            let n = scan.ct.shape()[axis] as i64;
            let end = (corner[axis] + shape[axis] as i64).min(n);
            corner[axis].max(0)..end
        };
        for z in range(0) {
            for y in range(1) {
                for x in range(2) {
                    let at = [z - corner[0], y - corner[1], x - corner[2]].map(|p| p as usize);
                    let index = (at[0] * shape[1] + at[1]) * shape[2] + at[2];
                    let class = labels.at(x as usize, y as usize, z as usize);
                    patch.weights[index] = 1.0;
                    patch.shares[usize::from(class) * voxels + index] = 1.0;
                }
            }
        }
        patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_larger_than_the_volume_lies_around_it() {
        assert_eq!(corner([0, 0, 0], [4, 4, 4], [2, 2, 2]), [-1, -1, -1]);
        assert_eq!(corner([9, 5, 0], [4, 4, 4], [10, 10, 10]), [6, 3, 0]);
    }
}
