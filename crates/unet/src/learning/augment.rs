//! Random changes of training patches.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::patch::Patch;
use crate::network::Augmentation;
use crate::random::symmetric;

/// Share of the patches that are turned and scaled, and likewise of those whose gamma or resolution
/// changes: each costs sharpness or truth to the scan, so most patches stay as they are.
const SOMETIMES: f64 = 0.125;

/// Share of the patches that are blurred.
const BLURRED: f64 = 0.25;

impl Patch {
    /// Changes grey values, resolution and orientation at random.
    pub fn augment(&mut self, how: &Augmentation, rng: &mut ChaCha8Rng) {
        let mut axes = [0, 1, 2];
        if how.swap_axes {
            for i in (1..3).rev() {
                axes.swap(i, rng.random_range(0..=i));
            }
        }
        let mirror: [bool; 3] = std::array::from_fn(|_| how.mirror && rng.random_bool(0.5));
        self.reorient(axes, mirror);

        if rng.random_bool(SOMETIMES) && (how.rotation_deg > 0.0 || how.scale > 0.0) {
            let angles = std::array::from_fn(|_| symmetric(rng, how.rotation_deg).to_radians());
            self.warp(&rotation(angles), symmetric(rng, how.scale).exp());
        }
        if rng.random_bool(BLURRED) && how.blur_vox > 0.0 {
            let sigma = how.blur_vox * rng.random::<f64>();
            blur(&mut self.grey, self.shape, sigma as f32);
        }
        if rng.random_bool(SOMETIMES) && how.coarseness > 0.0 {
            let coarse = 1.0 + how.coarseness * rng.random::<f64>();
            coarsen(&mut self.grey, self.shape, coarse as f32);
        }
        if rng.random_bool(SOMETIMES) && how.gamma > 0.0 {
            gamma(&mut self.grey, symmetric(rng, how.gamma).exp() as f32);
        }
        let gain = 1.0 + symmetric(rng, how.gain) as f32;
        let offset = symmetric(rng, how.offset) as f32;
        let noise = (how.noise * rng.random::<f64>()) as f32;
        for grey in &mut self.grey {
            *grey = *grey * gain + offset;
            if noise > 0.0 {
                *grey += noise * rng.sample::<f32, _>(StandardNormal);
            }
        }
    }

    /// Turns the patch by a rotation of (z, y, x) and scales it, about its middle. Labels beyond
    /// the patch are unknown; grey values there repeat its edge.
    fn warp(&mut self, rotation: &[[f64; 3]; 3], scale: f64) {
        let shape = self.shape;
        let voxels: usize = shape.iter().product();
        let classes = self.shares.len() / voxels;
        let middle = shape.map(|n| 0.5 * (n as f64 - 1.0));
        let mut grey = vec![0.0; voxels];
        let mut weights = vec![0.0; voxels];
        let mut shares = vec![0.0; self.shares.len()];
        for index in 0..voxels {
            let at = [
                index / (shape[1] * shape[2]),
                index / shape[2] % shape[1],
                index % shape[2],
            ];
            let off: [f64; 3] = std::array::from_fn(|a| (at[a] as f64 - middle[a]) / scale);
            let from: [f64; 3] = std::array::from_fn(|a| {
                middle[a] + (0..3).map(|b| rotation[a][b] * off[b]).sum::<f64>()
            });
            let inside = (0..3).all(|a| from[a] > -0.5 && from[a] < shape[a] as f64 - 0.5);
            for (source, part) in corners(from, shape) {
                grey[index] += part * self.grey[source];
                let weight = part * self.weights[source];
                if inside && weight > 0.0 {
                    weights[index] += weight;
                    for class in 0..classes {
                        shares[class * voxels + index] +=
                            weight * self.shares[class * voxels + source];
                    }
                }
            }
            if weights[index] > 0.0 {
                for class in 0..classes {
                    shares[class * voxels + index] /= weights[index];
                }
            }
        }
        self.grey = grey;
        self.weights = weights;
        self.shares = shares;
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

/// Rotation by an angle about each axis in turn.
fn rotation(angles: [f64; 3]) -> [[f64; 3]; 3] {
    let mut product = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for (axis, angle) in angles.into_iter().enumerate() {
        let (sin, cos) = angle.sin_cos();
        let [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
        for row in &mut product {
            (row[i], row[j]) = (cos * row[i] + sin * row[j], cos * row[j] - sin * row[i]);
        }
    }
    product
}

/// The eight voxels around a point, nearest edge voxels beyond the patch, with their trilinear
/// weights.
fn corners(point: [f64; 3], shape: [usize; 3]) -> [(usize, f32); 8] {
    let base = point.map(f64::floor);
    std::array::from_fn(|corner| {
        let (mut index, mut part) = (0, 1.0);
        for axis in 0..3 {
            let upper = corner >> axis & 1 == 1;
            let past = point[axis] - base[axis];
            part *= if upper { past } else { 1.0 - past };
            let at = base[axis] + if upper { 1.0 } else { 0.0 };
            let at = at.clamp(0.0, shape[axis] as f64 - 1.0) as usize;
            index = index * shape[axis] + at;
        }
        (index, part as f32)
    })
}

/// Grey values of voxels `coarse` times as large, interpolated.
fn coarsen(values: &mut [f32], shape: [usize; 3], coarse: f32) {
    let mut line = Vec::new();
    let mut samples = Vec::new();
    for_each_line(values, shape, &mut line, |line| {
        let n = line.len();
        let at = |values: &[f32], position: f32| {
            let below = position.max(0.0).floor() as usize;
            let [low, high] = [below, below + 1].map(|i| values[i.min(values.len() - 1)]);
            low + (position - below as f32).clamp(0.0, 1.0) * (high - low)
        };
        samples.clear();
        samples
            .extend((0..=(n as f32 / coarse).ceil() as usize).map(|i| at(line, i as f32 * coarse)));
        for (i, value) in line.iter_mut().enumerate() {
            *value = at(&samples, i as f32 / coarse);
        }
    });
}

/// Grey values between the lowest and the highest to the power of `gamma`.
fn gamma(values: &mut [f32], gamma: f32) {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = (high - low).max(1e-6);
    for value in values {
        *value = low + range * ((*value - low) / range).powf(gamma);
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
    let mut old = Vec::new();
    for_each_line(values, shape, &mut Vec::new(), |line| {
        old.clear();
        old.extend_from_slice(line);
        let last = old.len() - 1;
        for (i, value) in line.iter_mut().enumerate() {
            *value = kernel
                .iter()
                .enumerate()
                .map(|(k, w)| w * old[(i + k).saturating_sub(radius).min(last)])
                .sum();
        }
    });
}

/// Changes every line of voxels along each axis in turn.
fn for_each_line(
    values: &mut [f32],
    shape: [usize; 3],
    line: &mut Vec<f32>,
    mut change: impl FnMut(&mut [f32]),
) {
    for axis in 0..3 {
        let n = shape[axis];
        let stride: usize = shape[axis + 1..].iter().product();
        for start in (0..values.len()).filter(|i| (i / stride).is_multiple_of(n)) {
            line.clear();
            line.extend((0..n).map(|i| values[start + i * stride]));
            change(line);
            for (i, value) in line.iter().enumerate() {
                values[start + i * stride] = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::rng;

    const NONE: Augmentation = Augmentation {
        mirror: false,
        swap_axes: false,
        rotation_deg: 0.0,
        scale: 0.0,
        gain: 0.0,
        offset: 0.0,
        gamma: 0.0,
        noise: 0.0,
        blur_vox: 0.0,
        coarseness: 0.0,
    };

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
                    mirror: true,
                    swap_axes: true,
                    ..NONE
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
    fn a_turn_by_a_right_angle_is_one_of_the_grid() {
        let shape = [3, 3, 3];
        let start = Patch {
            shape,
            grey: (0..27).map(|i| i as f32).collect(),
            shares: (0..27).map(|i| i as f32).collect(),
            weights: vec![1.0; 27],
        };
        let mut warped = start.clone();
        let quarter = std::f64::consts::FRAC_PI_2;
        warped.warp(&rotation([quarter, 0.0, 0.0]), 1.0);
        let mut turned = [start.clone(), start.clone()];
        turned[0].reorient([0, 2, 1], [false, true, false]);
        turned[1].reorient([0, 2, 1], [false, false, true]);
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(turned.iter().any(|t| close(&warped.grey, &t.grey)));
        assert!(close(&warped.grey, &warped.shares));
    }

    #[test]
    fn a_patch_that_shrinks_knows_nothing_of_what_lies_beyond_it() {
        let mut p = Patch {
            shape: [1, 1, 9],
            grey: vec![2.0; 9],
            shares: vec![1.0; 9],
            weights: vec![1.0; 9],
        };
        p.warp(&rotation([0.0; 3]), 0.5);
        assert_eq!(p.grey, [2.0; 9]);
        assert_eq!(p.weights, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(p.shares, p.weights);
    }

    #[test]
    fn coarser_voxels_smooth_and_gamma_keeps_the_range() {
        let ramp: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let mut values = ramp.clone();
        coarsen(&mut values, [1, 1, 12], 1.5);
        // The last coarse voxel reaches beyond the edge, which repeats.
        assert!((0..10).all(|i| (values[i] - ramp[i]).abs() < 1e-4));
        let mut spike = vec![0.0; 12];
        spike[4] = 1.0;
        coarsen(&mut spike, [1, 1, 12], 1.5);
        assert!(spike[4] < 0.9);
        let mut values = ramp;
        gamma(&mut values, 2.0);
        assert_eq!((values[0], values[11]), (0.0, 11.0));
        assert!(values[5] < 4.0);
    }
}
