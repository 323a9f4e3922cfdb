//! What a forest sees of a voxel.

use super::cuboid::Cuboid;
use super::deblurring::Deblurring;
use super::gaussian::smoothed_within;
use crate::network::Scan;

/// Standard deviations of the Gaussians, voxels: the grain of the noise, of the texture, and of
/// its surroundings.
const SIGMAS_VOX: [f32; 3] = [1.0, 2.0, 4.0];

/// Scales, from the finest on, that deblurred grey values are looked at on, which have less noise.
const SHARP_SCALES: usize = 2;

/// Features at each scale: mean, gradient, Laplacian, three eigenvalues, deviation.
const AT_EACH: usize = 7;

/// Scales, from the finest on, at which the neighbourhood that varies least is looked for.
const EVEN_SCALES: usize = 2;

/// How far off the middles of these neighbourhoods lie, in standard deviations: as far as a Gaussian
/// reaches that shall stay on one side of a border through the voxel.
const EVEN_DISTANCE: f32 = 1.5;

/// How far before and behind a voxel, along the gradient, deblurred grey values are looked at,
/// voxels: what lies on either side of a rim.
const ALONG_VOX: [f32; 4] = [-3.0, -2.0, 2.0, 3.0];

/// Features of grey values on so many scales: their own, those at each scale, and those of even
/// neighbourhoods.
const fn on_scales(scales: usize) -> usize {
    1 + AT_EACH * scales + EVEN_SCALES
}

/// Features of a voxel: of its grey values, of the deblurred ones, and of those along the gradient.
pub(super) const FEATURES: usize =
    on_scales(SIGMAS_VOX.len()) + on_scales(SHARP_SCALES) + ALONG_VOX.len();

/// Voxels around a box that its features depend on.
const HALO_VOX: usize = 14;

/// Voxels around a box whose means its features depend on: so far off lie even neighbourhoods.
const MEANS_VOX: usize = 3;

/// The voxels of a box in one that is larger by a halo.
struct Framed {
    shape: [usize; 3],
    sides: [usize; 3],
    /// Steps to the next slice, row and column.
    steps: [usize; 3],
}

impl Framed {
    fn new(shape: [usize; 3]) -> Self {
        let sides = shape.map(|n| n + 2 * HALO_VOX);
        Self {
            shape,
            sides,
            steps: [sides[1] * sides[2], sides[2], 1],
        }
    }

    /// Gaussian means of the larger box where the features of the voxels need them.
    fn smoothed(&self, values: &[f32], sigma: f32) -> Vec<f32> {
        let part = self
            .shape
            .map(|n| HALO_VOX - MEANS_VOX..HALO_VOX + n + MEANS_VOX);
        smoothed_within(values, self.sides, sigma, &part)
    }

    /// Calls with the features of every voxel and its place in the larger box.
    fn for_each_voxel(&self, out: &mut [f32], mut call: impl FnMut(&mut [f32], usize)) {
        let [depth, height, width] = self.shape;
        let mut voxels = out.chunks_exact_mut(FEATURES);
        for z in HALO_VOX..HALO_VOX + depth {
            for y in HALO_VOX..HALO_VOX + height {
                let row = z * self.steps[0] + y * self.steps[1] + HALO_VOX;
                for (at, voxel) in (row..row + width).zip(&mut voxels) {
                    call(voxel, at);
                }
            }
        }
    }
}

/// Features of all voxels of a box, voxel by voxel.
pub(super) fn features_of(scan: &Scan<'_>, deblurring: Deblurring, cuboid: &Cuboid) -> Vec<f32> {
    let from = cuboid.corner.map(|c| c as i64 - HALO_VOX as i64);
    let framed = Framed::new(cuboid.shape);
    let grey = scan.cut(from, framed.sides);
    let sharp = deblurring.of(&grey, framed.sides);
    let mut out = vec![0.0; cuboid.voxels() * FEATURES];
    let of_sharp = on_scales(SIGMAS_VOX.len());
    put_scales(&grey, &framed, &SIGMAS_VOX, &mut out, 0);
    put_scales(
        &sharp,
        &framed,
        &SIGMAS_VOX[..SHARP_SCALES],
        &mut out,
        of_sharp,
    );
    let along = of_sharp + on_scales(SHARP_SCALES);
    put_along(&sharp, &framed, &mut out, along);
    out
}

/// Features of grey values at those scales, from number `first` on.
fn put_scales(grey: &[f32], framed: &Framed, sigmas: &[f32], out: &mut [f32], first: usize) {
    let squares: Vec<f32> = grey.iter().map(|g| g * g).collect();
    framed.for_each_voxel(out, |features, at| features[first] = grey[at]);
    for (scale, &sigma) in sigmas.iter().enumerate() {
        let mean = framed.smoothed(grey, sigma);
        let mean_square = framed.smoothed(&squares, sigma);
        let variance: Vec<f32> = mean_square
            .iter()
            .zip(&mean)
            .map(|(square, mean)| (square - mean * mean).max(0.0))
            .collect();
        let begin = first + 1 + scale * AT_EACH;
        framed.for_each_voxel(out, |features, at| {
            let features = &mut features[begin..][..AT_EACH];
            derivatives(&mean, at, framed.steps, sigma, features);
            features[6] = variance[at].sqrt();
        });
        if scale < EVEN_SCALES {
            let around = around(EVEN_DISTANCE * sigma, framed.steps);
            let feature = first + 1 + AT_EACH * sigmas.len() + scale;
            framed.for_each_voxel(out, |features, at| {
                features[feature] = even_mean(&mean, &variance, at, &around);
            });
        }
    }
}

/// Deblurred grey values along their gradient, from number `first` on.
fn put_along(sharp: &[f32], framed: &Framed, out: &mut [f32], first: usize) {
    let steps = framed.steps;
    let mean = framed.smoothed(sharp, SIGMAS_VOX[0]);
    framed.for_each_voxel(out, |features, at| {
        let gradient = steps.map(|step| mean[at + step] - mean[at - step]);
        let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        for (feature, distance) in features[first..].iter_mut().zip(ALONG_VOX) {
            let mut to = at as isize;
            for (step, g) in steps.iter().zip(gradient) {
                let off = (distance * g / length.max(f32::MIN_POSITIVE)).round() as isize;
                to += off * *step as isize;
            }
            *feature = sharp[to as usize];
        }
    });
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

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

    use super::*;
    use crate::forest::cuboid::at_voxels;
    use crate::network::GreyStatistics;

    const UNIT: GreyStatistics = GreyStatistics {
        resin: 0.0,
        particles: 1.0,
        threshold: 0.5,
    };

    /// Leaves grey values nearly as they are.
    const HARDLY: Deblurring = Deblurring {
        blur_vox: 0.3,
        noise: 1e-3,
    };

    #[test]
    fn a_ramp_has_a_gradient_alone() {
        let ct = Volume::from_fn([48; 3], Spacing::isotropic(1.0), |x, _, _| 10 * x as u16);
        let scan = Scan {
            ct: &ct,
            grey: UNIT,
        };
        let found = at_voxels(&[[20, 21, 22], [24, 24, 23]], FEATURES, |cuboid| {
            features_of(&scan, HARDLY, cuboid)
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
            features_of(&scan, HARDLY, cuboid)
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
    fn eigenvalues_are_those_of_the_matrix() {
        let found = eigenvalues(&[[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 5.0]]);
        for (found, expected) in found.iter().zip([5.0, 3.0, 1.0]) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
        assert_eq!(eigenvalues(&[[0.0; 3]; 3]), [0.0; 3]);
    }
}
