//! What a forest sees of a voxel.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::labelling::SparseLabels;
use crate::network::Scan;

/// Standard deviations of the Gaussians, voxels: the grain of the noise, of the texture, and of
/// its surroundings.
const SIGMAS_VOX: [f32; 3] = [1.0, 2.0, 4.0];

/// Features at each scale: mean, gradient, Laplacian, three eigenvalues, deviation.
const AT_EACH: usize = 7;

/// Scales, from the finest on, at which the neighbourhood that varies least is looked for.
const EVEN_SCALES: usize = 2;

/// How far off the middles of these neighbourhoods lie, in standard deviations: as far as a Gaussian
/// reaches that shall stay on one side of a border through the voxel.
const EVEN_DISTANCE: f32 = 1.5;

/// Features of a voxel: its own grey value, those at each scale, and those of even neighbourhoods.
pub(super) const FEATURES: usize = 1 + AT_EACH * SIGMAS_VOX.len() + EVEN_SCALES;

/// Side of the blocks that voxels are taken together in.
pub(super) const BLOCK_VOX: usize = 32;

/// Voxels around a box that its features depend on.
const HALO_VOX: usize = 14;

/// A box of voxels `[z, y, x]` of a volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cuboid {
    pub corner: [usize; 3],
    pub shape: [usize; 3],
}

impl Cuboid {
    /// The smallest that holds all `voxels`.
    pub fn around(voxels: impl Iterator<Item = [u32; 3]>) -> Self {
        let (mut low, mut high) = ([usize::MAX; 3], [0; 3]);
        for voxel in voxels {
            for axis in 0..3 {
                low[axis] = low[axis].min(voxel[axis] as usize);
                high[axis] = high[axis].max(voxel[axis] as usize + 1);
            }
        }
        Self {
            corner: low,
            shape: std::array::from_fn(|axis| high[axis].saturating_sub(low[axis])),
        }
    }

    /// As much larger on all sides as the volume allows.
    pub fn grown(&self, by: usize, volume: [usize; 3]) -> Self {
        let corner = self.corner.map(|c| c.saturating_sub(by));
        Self {
            corner,
            shape: std::array::from_fn(|axis| {
                let end = (self.corner[axis] + self.shape[axis] + by).min(volume[axis]);
                end - corner[axis]
            }),
        }
    }

    /// Blocks that cover it, in order.
    pub fn blocks(&self) -> Vec<Self> {
        let counts = self.shape.map(|n| n.div_ceil(BLOCK_VOX));
        (0..counts.iter().product())
            .map(|i: usize| {
                let at = [
                    i / (counts[1] * counts[2]),
                    i / counts[2] % counts[1],
                    i % counts[2],
                ];
                let off = at.map(|b| b * BLOCK_VOX);
                Self {
                    corner: std::array::from_fn(|axis| self.corner[axis] + off[axis]),
                    shape: std::array::from_fn(|axis| BLOCK_VOX.min(self.shape[axis] - off[axis])),
                }
            })
            .collect()
    }

    /// Number of a voxel of it.
    pub fn index(&self, voxel: [usize; 3]) -> usize {
        let [z, y, x]: [usize; 3] = std::array::from_fn(|axis| voxel[axis] - self.corner[axis]);
        (z * self.shape[1] + y) * self.shape[2] + x
    }

    /// Number of voxels.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What `made` gives of the voxels of a box, `width` values each, at voxels `[z, y, x]`, voxel by voxel;
/// boxes hold the voxels of a block.
pub(super) fn at_voxels(
    voxels: &[[u32; 3]],
    width: usize,
    made: impl Fn(&Cuboid) -> Vec<f32> + Sync,
) -> Vec<f32> {
    let blocks: Vec<Vec<usize>> = by_block(voxels).into_values().collect();
    let found: Vec<Vec<f32>> = blocks
        .par_iter()
        .map(|members| {
            let cuboid = Cuboid::around(members.iter().map(|&i| voxels[i]));
            let all = made(&cuboid);
            let value = |&i: &usize| {
                let at = cuboid.index(voxels[i].map(|v| v as usize)) * width;
                all[at..][..width].iter().copied()
            };
            members.iter().flat_map(value).collect()
        })
        .collect();
    let mut out = vec![0.0; voxels.len() * width];
    for (members, values) in blocks.iter().zip(found) {
        for (&i, values) in members.iter().zip(values.chunks_exact(width)) {
            out[i * width..][..width].copy_from_slice(values);
        }
    }
    out
}

/// The labels of at most about `most` blocks, evenly spread.
pub(super) fn thinned(labels: &SparseLabels, most: usize) -> SparseLabels {
    let blocks = by_block(&labels.voxels);
    let step = blocks.len().div_ceil(most).max(1);
    let mut thin = SparseLabels::none(labels.classes);
    for &i in blocks.values().step_by(step).flatten() {
        thin.push(labels.voxels[i], labels.weights[i], labels.shares_of(i));
    }
    thin
}

fn by_block(voxels: &[[u32; 3]]) -> BTreeMap<[u32; 3], Vec<usize>> {
    let mut blocks: BTreeMap<[u32; 3], Vec<usize>> = BTreeMap::new();
    for (i, voxel) in voxels.iter().enumerate() {
        blocks
            .entry(voxel.map(|v| v / BLOCK_VOX as u32))
            .or_default()
            .push(i);
    }
    blocks
}

/// Features of all voxels of a box, voxel by voxel.
pub(super) fn features_of(scan: &Scan<'_>, cuboid: &Cuboid) -> Vec<f32> {
    let from = cuboid.corner.map(|c| c as i64 - HALO_VOX as i64);
    let sides = cuboid.shape.map(|n| n + 2 * HALO_VOX);
    let steps = [sides[1] * sides[2], sides[2], 1];
    let for_each_voxel = |call: &mut dyn FnMut(usize, usize)| {
        let [depth, height, width] = cuboid.shape;
        let mut voxel = 0;
        for z in HALO_VOX..HALO_VOX + depth {
            for y in HALO_VOX..HALO_VOX + height {
                let row = z * steps[0] + y * steps[1];
                for x in HALO_VOX..HALO_VOX + width {
                    call(voxel, row + x);
                    voxel += 1;
                }
            }
        }
    };
    let grey = scan.cut(from, sides);
    let squares: Vec<f32> = grey.iter().map(|g| g * g).collect();
    let mut out = vec![0.0; cuboid.voxels() * FEATURES];
    for_each_voxel(&mut |voxel, at| out[voxel * FEATURES] = grey[at]);
    for (scale, &sigma) in SIGMAS_VOX.iter().enumerate() {
        let mean = smoothed(&grey, sides, sigma);
        let mean_square = smoothed(&squares, sides, sigma);
        let variance: Vec<f32> = mean_square
            .iter()
            .zip(&mean)
            .map(|(square, mean)| (square - mean * mean).max(0.0))
            .collect();
        let first = 1 + scale * AT_EACH;
        for_each_voxel(&mut |voxel, at| {
            let features = &mut out[voxel * FEATURES + first..][..AT_EACH];
            derivatives(&mean, at, steps, sigma, features);
            features[6] = variance[at].sqrt();
        });
        if scale < EVEN_SCALES {
            let around = around(EVEN_DISTANCE * sigma, steps);
            let feature = 1 + AT_EACH * SIGMAS_VOX.len() + scale;
            for_each_voxel(&mut |voxel, at| {
                out[voxel * FEATURES + feature] = even_mean(&mean, &variance, at, &around);
            });
        }
    }
    out
}

/// Steps in a box to voxels about so far off in all 26 directions.
fn around(distance_vox: f32, strides: [usize; 3]) -> Vec<isize> {
    let strides = strides.map(|stride| stride as isize);
    let mut steps: Vec<isize> = (0..27)
        .map(|i: isize| [i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1])
        .filter(|direction| *direction != [0; 3])
        .map(|direction| {
            let length = (direction.iter().map(|d| d * d).sum::<isize>() as f32).sqrt();
            let [z, y, x] = direction.map(|d| (distance_vox * d as f32 / length).round() as isize);
            z * strides[0] + y * strides[1] + x * strides[2]
        })
        .collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// Mean of the neighbourhood that varies least: noise is averaged, borders are not crossed
/// (Kuwahara et al. 1976).
fn even_mean(mean: &[f32], variance: &[f32], at: usize, around: &[isize]) -> f32 {
    let mut least = (f32::INFINITY, mean[at]);
    for to in around.iter().map(|step| at.wrapping_add_signed(*step)) {
        if variance[to] < least.0 {
            least = (variance[to], mean[to]);
        }
    }
    least.1
}

/// Mean, gradient, Laplacian and eigenvalues of the Hessian, normalised by the scale.
fn derivatives(mean: &[f32], at: usize, steps: [usize; 3], sigma: f32, out: &mut [f32]) {
    let value = mean[at];
    let mut gradient = 0.0;
    let mut hessian = [[0.0f32; 3]; 3];
    for a in 0..3 {
        let (plus, minus) = (mean[at + steps[a]], mean[at - steps[a]]);
        gradient += (0.5 * (plus - minus)).powi(2);
        hessian[a][a] = plus - 2.0 * value + minus;
        for b in 0..a {
            let corner = |sa: usize, sb: usize| {
                mean[at + sa * steps[a] + sb * steps[b] - steps[a] - steps[b]]
            };
            let mixed = 0.25 * (corner(2, 2) - corner(2, 0) - corner(0, 2) + corner(0, 0));
            hessian[a][b] = mixed;
            hessian[b][a] = mixed;
        }
    }
    let square = sigma * sigma;
    out[0] = value;
    out[1] = sigma * gradient.sqrt();
    out[2] = square * (hessian[0][0] + hessian[1][1] + hessian[2][2]);
    for (value, eigenvalue) in out[3..6].iter_mut().zip(eigenvalues(&hessian)) {
        *value = square * eigenvalue;
    }
}

/// Eigenvalues of a symmetric matrix, largest first (Smith 1961).
fn eigenvalues(m: &[[f32; 3]; 3]) -> [f32; 3] {
    let mean = (m[0][0] + m[1][1] + m[2][2]) / 3.0;
    let off = m[0][1].powi(2) + m[0][2].powi(2) + m[1][2].powi(2);
    let spread = (0..3).map(|i| (m[i][i] - mean).powi(2)).sum::<f32>() + 2.0 * off;
    let p = (spread / 6.0).sqrt();
    if p < 1e-12 {
        return [mean; 3];
    }
    let b = |i: usize, j: usize| (m[i][j] - if i == j { mean } else { 0.0 }) / p;
    let determinant = b(0, 0) * (b(1, 1) * b(2, 2) - b(1, 2) * b(2, 1))
        - b(0, 1) * (b(1, 0) * b(2, 2) - b(1, 2) * b(2, 0))
        + b(0, 2) * (b(1, 0) * b(2, 1) - b(1, 1) * b(2, 0));
    let angle = (0.5 * determinant).clamp(-1.0, 1.0).acos() / 3.0;
    let third = std::f32::consts::TAU / 3.0;
    let (largest, smallest) = (
        mean + 2.0 * p * angle.cos(),
        mean + 2.0 * p * (angle + third).cos(),
    );
    [largest, 3.0 * mean - largest - smallest, smallest]
}

/// Gaussian mean over a box of those sides, cut at three sigma; edges repeat.
pub(super) fn smoothed(values: &[f32], sides: [usize; 3], sigma: f32) -> Vec<f32> {
    let [depth, height, width] = sides;
    let reach = (3.0 * sigma).ceil() as usize;
    let mut taps: Vec<f32> = (0..=reach)
        .map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp())
        .collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f32>();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    let mut from = values.to_vec();
    let mut to = vec![0.0; values.len()];
    // Along z and y whole rows are added, which the compiler makes vectors of.
    for (count, stride) in [(depth, height * width), (height, width)] {
        let outer = count * stride;
        for (source, target) in from.chunks_exact(outer).zip(to.chunks_exact_mut(outer)) {
            for i in 0..count {
                let row = &mut target[i * stride..][..stride];
                row.fill(0.0);
                let mut add = |tap: f32, j: usize| {
                    for (sum, value) in row.iter_mut().zip(&source[j * stride..][..stride]) {
                        *sum += tap * value;
                    }
                };
                add(taps[0], i);
                for (d, &tap) in taps.iter().enumerate().skip(1) {
                    add(tap, i.saturating_sub(d));
                    add(tap, (i + d).min(count - 1));
                }
            }
        }
        std::mem::swap(&mut from, &mut to);
    }
    let mut padded = vec![0.0; width + 2 * reach];
    for (source, target) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        padded[..reach].fill(source[0]);
        padded[reach..reach + width].copy_from_slice(source);
        padded[reach + width..].fill(source[width - 1]);
        target.fill(0.0);
        for (d, tap) in (0..=2 * reach).map(|d| (d, taps[d.abs_diff(reach)])) {
            for (sum, value) in target.iter_mut().zip(&padded[d..]) {
                *sum += tap * value;
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

    use super::*;
    use crate::network::GreyStatistics;

    const UNIT: GreyStatistics = GreyStatistics {
        resin: 0.0,
        particles: 1.0,
        threshold: 0.5,
    };

    #[test]
    fn a_ramp_has_a_gradient_alone() {
        let ct = Volume::from_fn([48; 3], Spacing::isotropic(1.0), |x, _, _| 10 * x as u16);
        let scan = Scan {
            ct: &ct,
            grey: UNIT,
        };
        let found = at_voxels(&[[20, 21, 22], [24, 24, 23]], FEATURES, |cuboid| {
            features_of(&scan, cuboid)
        });
        for (features, x) in found.chunks_exact(FEATURES).zip([22.0, 23.0]) {
            assert_eq!(features[0], 10.0 * x);
            for (scale, sigma) in SIGMAS_VOX.iter().enumerate() {
                let at = &features[1 + scale * AT_EACH..][..AT_EACH];
                let near = |found: f32, expected: f32| (found - expected).abs() < 0.3;
                assert!(near(at[0], 10.0 * x) && near(at[1], 10.0 * sigma), "{at:?}");
                assert!(at[2..6].iter().all(|&v| near(v, 0.0)), "{at:?}");
                // A Gaussian window over a slope of 10, cut at three sigma.
                assert!((at[6] / (10.0 * sigma) - 1.0).abs() < 0.03, "{at:?}");
            }
        }
    }

    #[test]
    fn even_neighbourhoods_lie_on_the_own_side_of_a_border() {
        let noise = |x: usize, y: usize, z: usize| {
            (((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 15) as u16
        };
        let ct = Volume::from_fn([48; 3], Spacing::isotropic(1.0), |x, y, z| {
            (if x < 24 { 100 } else { 200 }) + noise(x, y, z)
        });
        let scan = Scan {
            ct: &ct,
            grey: UNIT,
        };
        let found = at_voxels(&[[24, 24, 23], [24, 24, 24]], FEATURES, |cuboid| {
            features_of(&scan, cuboid)
        });
        for (features, expected) in found.chunks_exact(FEATURES).zip([107.5, 207.5]) {
            for scale in 0..EVEN_SCALES {
                let (even, blurred) = (
                    features[1 + AT_EACH * SIGMAS_VOX.len() + scale],
                    features[1 + AT_EACH * scale],
                );
                assert!((even - expected).abs() < 5.0, "{even}, expected {expected}");
                assert!((blurred - expected).abs() > 10.0, "{blurred}");
            }
        }
    }

    #[test]
    fn blocks_cover_a_box_once() {
        let cuboid = Cuboid {
            corner: [3, 0, 10],
            shape: [33, 64, 5],
        };
        let mut seen = vec![0; cuboid.voxels()];
        for block in cuboid.blocks() {
            for i in 0..block.voxels() {
                let [_, ny, nx] = block.shape;
                let at = [i / (ny * nx), i / nx % ny, i % nx];
                seen[cuboid.index(std::array::from_fn(|a| block.corner[a] + at[a]))] += 1;
            }
        }
        assert!(seen.iter().all(|&times| times == 1));
        let grown = cuboid.grown(4, [40, 64, 64]);
        assert_eq!((grown.corner, grown.shape), ([0, 0, 6], [40, 64, 13]));
    }

    #[test]
    fn eigenvalues_are_those_of_the_matrix() {
        let found = eigenvalues(&[[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 5.0]]);
        for (found, expected) in found.iter().zip([5.0, 3.0, 1.0]) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
        assert_eq!(eigenvalues(&[[0.0; 3]; 3]), [0.0; 3]);
    }
}
