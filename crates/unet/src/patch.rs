//! Training patches: grey values and labels of a box of voxels, changed at random.

use corelith_core::Volume;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::labels::SparseLabels;
use crate::random::{normal, symmetric};
use crate::{Augmentation, GreyStatistics};

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

/// Normalised grey values of a box; outside the volume the nearest voxel counts.
pub(crate) fn grey_of(
    ct: &Volume<u16>,
    grey: &GreyStatistics,
    corner: [i64; 3],
    shape: [usize; 3],
) -> Vec<f32> {
    let inside = |axis: usize, i: usize| -> usize {
        (corner[axis] + i as i64).clamp(0, ct.shape()[axis] as i64 - 1) as usize
    };
    let columns: Vec<usize> = (0..shape[2]).map(|x| inside(2, x)).collect();
    let mut out = Vec::with_capacity(shape.iter().product());
    for z in 0..shape[0] {
        for y in 0..shape[1] {
            let row = ct.index(0, inside(1, y), inside(0, z));
            out.extend(columns.iter().map(|&x| grey.normalised(ct.data()[row + x])));
        }
    }
    out
}

impl Patch {
    /// The box of `shape` from `corner` on.
    pub fn cut(
        ct: &Volume<u16>,
        grey: &GreyStatistics,
        labels: &SparseLabels,
        corner: [i64; 3],
        shape: [usize; 3],
    ) -> Self {
        let voxels: usize = shape.iter().product();
        let mut patch = Self {
            shape,
            grey: grey_of(ct, grey, corner, shape),
            shares: vec![0.0; labels.classes * voxels],
            weights: vec![0.0; voxels],
        };
        for (i, voxel) in labels.voxels.iter().enumerate() {
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
        ct: &Volume<u16>,
        grey: &GreyStatistics,
        labels: &Volume<u8>,
        classes: usize,
        corner: [i64; 3],
        shape: [usize; 3],
    ) -> Self {
        let voxels: usize = shape.iter().product();
        let mut patch = Self {
            shape,
            grey: grey_of(ct, grey, corner, shape),
            shares: vec![0.0; classes * voxels],
            weights: vec![0.0; voxels],
        };
        let range = |axis: usize| {
            let n = ct.shape()[axis] as i64;
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

    /// Changes grey values and orientation at random.
    pub fn augment(&mut self, how: &Augmentation, rng: &mut ChaCha8Rng) {
        if rng.random_bool(0.25) && how.blur_vox > 0.0 {
            let sigma = how.blur_vox * rng.random::<f64>();
            blur(&mut self.grey, self.shape, sigma as f32);
        }
        let gain = 1.0 + symmetric(rng, how.gain) as f32;
        let offset = symmetric(rng, how.offset) as f32;
        let noise = (how.noise * rng.random::<f64>()) as f32;
        for grey in &mut self.grey {
            *grey = *grey * gain + offset;
            if noise > 0.0 {
                *grey += noise * normal(rng) as f32;
            }
        }
        let mut axes = [0, 1, 2];
        if how.swap_axes {
            for i in (1..3).rev() {
                axes.swap(i, rng.random_range(0..=i));
            }
        }
        let mirror: [bool; 3] = std::array::from_fn(|_| how.mirror && rng.random_bool(0.5));
        self.reorient(axes, mirror);
    }

    /// Axis `i` of the result is axis `axes[i]` of the patch, backwards where `mirror[i]`.
    fn reorient(&mut self, axes: [usize; 3], mirror: [bool; 3]) {
        let voxels: usize = self.shape.iter().product();
        let old = self.shape;
        let stride = [old[1] * old[2], old[2], 1];
        let shape = axes.map(|a| old[a]);
        let source: Vec<usize> = {
            let step = |i: usize, p: usize| {
                let p = if mirror[i] { shape[i] - 1 - p } else { p };
                p * stride[axes[i]]
            };
            let mut source = Vec::with_capacity(voxels);
            for z in 0..shape[0] {
                for y in 0..shape[1] {
                    let base = step(0, z) + step(1, y);
                    source.extend((0..shape[2]).map(|x| base + step(2, x)));
                }
            }
            source
        };
        for channels in [&mut self.grey, &mut self.weights, &mut self.shares] {
            *channels = channels
                .chunks_exact(voxels)
                .flat_map(|channel| source.iter().map(|&i| channel[i]))
                .collect();
        }
        self.shape = shape;
    }
}

/// Gaussian blur, truncated at three sigma, edges repeated.
fn blur(values: &mut [f32], shape: [usize; 3], sigma: f32) {
    let radius = (3.0 * sigma).ceil() as usize;
    if radius == 0 {
        return;
    }
    let mut kernel: Vec<f32> = (0..=2 * radius)
        .map(|i| (-0.5 * ((i as f32 - radius as f32) / sigma).powi(2)).exp())
        .collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    let mut line = Vec::new();
    for axis in 0..3 {
        let n = shape[axis];
        let stride: usize = shape[axis + 1..].iter().product();
        for start in (0..values.len()).filter(|i| (i / stride).is_multiple_of(n)) {
            line.clear();
            line.extend((0..n).map(|i| values[start + i * stride]));
            for i in 0..n {
                values[start + i * stride] = kernel
                    .iter()
                    .enumerate()
                    .map(|(k, w)| w * line[(i + k).saturating_sub(radius).min(n - 1)])
                    .sum();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;
    use crate::random::rng;

    fn patch() -> Patch {
        let shape = [2, 3, 4];
        Patch {
            shape,
            grey: (0..24).map(|i| i as f32).collect(),
            shares: (0..48).map(|i| i as f32).collect(),
            weights: (0..24).map(|i| i as f32).collect(),
        }
    }

    #[test]
    fn labels_turn_with_the_grey_values() {
        for i in 0..50 {
            let mut p = patch();
            p.augment(
                &Augmentation {
                    gain: 0.0,
                    offset: 0.0,
                    noise: 0.0,
                    blur_vox: 0.0,
                    ..Augmentation::default()
                },
                &mut rng(i, "test"),
            );
            assert_eq!(p.grey, p.weights);
            assert_eq!(p.grey, p.shares[..24]);
            assert!(
                p.grey
                    .iter()
                    .zip(&p.shares[24..])
                    .all(|(a, b)| a + 24.0 == *b)
            );
            let mut sorted = p.shape;
            sorted.sort_unstable();
            assert_eq!(sorted, [2, 3, 4]);
        }
    }

    #[test]
    fn swapped_axes_move_voxels_where_they_belong() {
        let mut p = patch();
        p.reorient([2, 0, 1], [false, true, false]);
        assert_eq!(p.shape, [4, 2, 3]);
        // Result (x, z mirrored, y) = (3, 0, 2) is old (z 1, y 2, x 3).
        assert_eq!(p.grey[(3 * 2) * 3 + 2], 23.0);
    }

    #[test]
    fn blur_keeps_the_mean_of_a_flat_patch_and_smooths_a_spike() {
        let mut values = vec![1.0; 125];
        values[62] = 2.0;
        blur(&mut values, [5, 5, 5], 0.8);
        assert!(values[62] < 1.3);
        assert!((values[0] - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_box_larger_than_the_volume_repeats_its_edge() {
        let ct = Volume::from_fn([2, 2, 2], Spacing::isotropic(1.0), |x, y, z| {
            (x + 2 * y + 4 * z) as u16
        });
        let grey = GreyStatistics {
            resin: 0.0,
            particles: 1.0,
            threshold: 0.5,
        };
        let c = corner([0, 0, 0], [4, 4, 4], [2, 2, 2]);
        assert_eq!(c, [-1, -1, -1]);
        let values = grey_of(&ct, &grey, c, [4, 4, 4]);
        assert_eq!(values[0], 0.0);
        assert_eq!(values[63], 7.0);
    }
}
