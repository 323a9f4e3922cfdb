//! What trees see that know the probabilities around a voxel (auto-context, Tu 2008): grains are larger
//! than voxels, and rims look like other minerals.

use super::cuboid::Cuboid;
use super::gaussian::smoothed_within;

/// Standard deviations of the Gaussians that probabilities are averaged by, voxels; beside these, the
/// voxel itself.
const SIGMAS_VOX: [f32; 2] = [1.0, 2.0];

/// Voxels around a box whose probabilities it depends on.
pub(super) const HALO_VOX: usize = 6;

/// Features of a voxel.
pub(super) fn width(classes: usize) -> usize {
    classes * (1 + SIGMAS_VOX.len())
}

/// Features of a box, voxel by voxel, from the `probabilities` of every class in a box around it, one
/// class after the other.
pub(super) fn context_of(
    probabilities: &[f32],
    around: &Cuboid,
    inner: &Cuboid,
    classes: usize,
) -> Vec<f32> {
    let width = width(classes);
    let mut out = vec![0.0; inner.voxels() * width];
    let [depth, height, columns] = inner.shape;
    let part = std::array::from_fn(|axis| {
        let first = inner.corner[axis] - around.corner[axis];
        first..first + inner.shape[axis]
    });
    for (class, own) in probabilities.chunks_exact(around.voxels()).enumerate() {
        let mut put = |feature: usize, values: &[f32]| {
            for row in 0..depth * height {
                let [z, y] = [row / height, row % height];
                let corner = [inner.corner[0] + z, inner.corner[1] + y, inner.corner[2]];
                let values = &values[around.index(corner)..][..columns];
                for (x, &value) in values.iter().enumerate() {
                    out[(row * columns + x) * width + feature] = value;
                }
            }
        };
        let first = class * (1 + SIGMAS_VOX.len());
        put(first, own);
        for (i, &sigma) in SIGMAS_VOX.iter().enumerate() {
            let means = smoothed_within(own, around.shape, sigma, &part);
            put(first + 1 + i, &means);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voxel_sees_its_own_and_the_mean_around_it() {
        let around = Cuboid {
            corner: [0, 2, 4],
            shape: [20, 20, 20],
        };
        let inner = Cuboid {
            corner: [8, 10, 12],
            shape: [3, 2, 4],
        };
        // The first class fills all from a plane on, the second is everywhere alike.
        let first = (0..around.voxels()).map(|i| f32::from(u8::from(i % 20 >= 10)));
        let all: Vec<f32> = first.chain(vec![0.25; around.voxels()]).collect();
        let found = context_of(&all, &around, &inner, 2);
        assert_eq!(found.len(), inner.voxels() * width(2));
        // The plane lies between the second and the third column.
        for (i, features) in found.chunks_exact(width(2)).enumerate() {
            let column = i % 4;
            assert_eq!(features[0], f32::from(u8::from(column >= 2)));
            assert_eq!(features[1] > 0.5, column >= 2);
            assert!(features[3..].iter().all(|p| (p - 0.25).abs() < 1e-5));
        }
        let halo = (3.0 * SIGMAS_VOX[1]).ceil() as usize;
        assert_eq!(HALO_VOX, halo, "what is beyond it counts nothing");
    }
}
