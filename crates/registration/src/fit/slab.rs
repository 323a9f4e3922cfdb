use corelith_core::{CtFromMap, Volume};
use nalgebra::Vector3;
use rayon::prelude::*;

use crate::ct::grey_range::GreyRange;
use crate::fit::gaussian;
use crate::placement::cubic;

/// Side of the part of the plane that one brick holds, in voxels.
const TILE_VOX: f64 = 64.0;

/// The part of a CT volume about one plane, smoothed, with grey values as fractions of the
/// volume's range: a brick for each tile of the map, so that a wide map that is tilted does not
/// take the whole volume.
#[derive(Debug)]
pub(crate) struct Slab {
    bricks: Vec<Option<Brick>>,
    tile_px: usize,
    tile_cols: usize,
}

/// Voxels that are the coefficients of a cubic B-spline, which smooths a little more (variance
/// 1/3 voxel an axis) and gives continuous gradients.
#[derive(Debug)]
struct Brick {
    data: Vec<f32>,
    shape: [usize; 3],
    origin: [usize; 3],
}

/// What a slab holds of the volume, and how smooth, in voxels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlabLook {
    /// How far it reaches beyond the plane.
    pub margin_vox: f64,
    /// Smoothing of the grey values.
    pub sigma_vox: f64,
    /// Blur along the plane's normal that is taken back.
    pub normal_blur_vox: f64,
}

/// Smooth grey value and its gradient by x, y, z a voxel.
pub(crate) type Jet = [f32; 4];

impl Slab {
    /// What holds the plane of a map of `[rows, cols]`. `None` when the plane lies outside the
    /// volume.
    ///
    /// A map knows nothing of what lies above and below it, while the CT is blurred in all
    /// directions: some of that blur, along the plane's normal, is taken back to second order, with
    /// the CT's own second derivative.
    pub fn about(
        (ct, range): (&Volume<u16>, GreyRange),
        pose: &CtFromMap,
        [rows, cols]: [usize; 2],
        look: SlabLook,
    ) -> Option<Self> {
        let SlabLook {
            margin_vox,
            sigma_vox,
            normal_blur_vox,
        } = look;
        let normal = pose.normal();
        let pixel_vox = (pose.du_vox().norm() * pose.dv_vox().norm()).sqrt();
        let tile_px = (TILE_VOX / pixel_vox).ceil().max(1.0) as usize;
        let (tile_rows, tile_cols) = (rows.div_ceil(tile_px), cols.div_ceil(tile_px));
        let bricks: Vec<Option<Brick>> = (0..tile_rows * tile_cols)
            .into_par_iter()
            .map(|tile| {
                let span = |index: usize, n: usize| {
                    let first = index * tile_px;
                    [first as f64, (first + tile_px).min(n) as f64 - 1.0]
                };
                let (cs, rs) = (span(tile % tile_cols, cols), span(tile / tile_cols, rows));
                let corners =
                    [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(c, r)| pose.apply(cs[c], rs[r]));
                let mut brick = Brick::about(ct, range, &corners, margin_vox, sigma_vox)?;
                if normal_blur_vox > 0.0 {
                    brick.sharpen(&normal, 0.5 * normal_blur_vox * normal_blur_vox);
                }
                Some(brick)
            })
            .collect();
        bricks.iter().any(Option::is_some).then_some(Self {
            bricks,
            tile_px,
            tile_cols,
        })
    }

    /// Value and gradient at a point of the full volume where the plane shows map pixel
    /// `(col, row)`; `None` within a voxel of the border.
    #[inline]
    pub fn jet(&self, col: usize, row: usize, point: &Vector3<f64>) -> Option<Jet> {
        let tile = row / self.tile_px * self.tile_cols + col / self.tile_px;
        self.bricks[tile].as_ref()?.jet(point)
    }
}

impl Brick {
    fn about(
        ct: &Volume<u16>,
        range: GreyRange,
        corners: &[Vector3<f64>; 4],
        margin: f64,
        sigma: f64,
    ) -> Option<Self> {
        let reach = margin + 3.0 * sigma + 2.0;
        let n = ct.shape();
        let (mut origin, mut shape) = ([0; 3], [0; 3]);
        for axis in 0..3 {
            let ends = corners.iter().map(|p| p[axis]);
            let low = ends.clone().fold(f64::INFINITY, f64::min);
            let high = ends.fold(f64::NEG_INFINITY, f64::max);
            let length = n[2 - axis] as f64;
            let from = (low - reach).floor().clamp(0.0, length);
            let to = (high + reach).ceil().clamp(0.0, length);
            origin[2 - axis] = from as usize;
            shape[2 - axis] = (to - from) as usize;
        }
        if shape.iter().any(|&n| n < 4) {
            return None;
        }
        let [_, sy, sx] = shape;
        let mut data = vec![0.0; shape.iter().product()];
        for (z, plane) in data.chunks_mut(sx * sy).enumerate() {
            let slice = ct.slice(origin[0] + z);
            for (y, row) in plane.chunks_mut(sx).enumerate() {
                let from = (origin[1] + y) * n[2] + origin[2];
                for (out, &grey) in row.iter_mut().zip(&slice[from..from + sx]) {
                    *out = range.fraction(f32::from(grey)).clamp(-0.5, 1.5);
                }
            }
        }
        gaussian::smooth_volume(&mut data, shape, sigma);
        Some(Self {
            data,
            shape,
            origin,
        })
    }

    /// Takes `amount` times the second derivative along `normal` away.
    fn sharpen(&mut self, normal: &Vector3<f64>, amount: f64) {
        let [nz, ny, nx] = self.shape;
        let [x, y, z] = [normal.x, normal.y, normal.z];
        let own = [x * x, y * y, z * z].map(|w| (w * amount) as f32);
        // Mixed derivatives from the four diagonal neighbours.
        let mixed = [x * y, x * z, y * z].map(|w| (w * amount / 2.0) as f32);
        let source = self.data.clone();
        let (row, slice) = (nx, nx * ny);
        let steps = [(1, row), (1, slice), (row, slice)];
        for k in 1..nz - 1 {
            for j in 1..ny - 1 {
                let start = k * slice + j * row;
                for i in start + 1..start + nx - 1 {
                    let mut second = 0.0;
                    for (step, weight) in [1, row, slice].into_iter().zip(own) {
                        second += weight * (source[i + step] + source[i - step] - 2.0 * source[i]);
                    }
                    for ((a, b), weight) in steps.into_iter().zip(mixed) {
                        second += weight
                            * (source[i + a + b] + source[i - a - b]
                                - source[i + a - b]
                                - source[i - a + b]);
                    }
                    self.data[i] -= second;
                }
            }
        }
    }

    #[inline]
    fn jet(&self, point: &Vector3<f64>) -> Option<Jet> {
        let mut first = [0usize; 3];
        let mut fraction = [0f32; 3];
        for axis in 0..3 {
            let at = point[axis] - self.origin[2 - axis] as f64;
            let base = at.floor();
            if !(base >= 1.0 && base + 3.0 <= self.shape[2 - axis] as f64) {
                return None;
            }
            first[axis] = base as usize - 1;
            fraction[axis] = (at - base) as f32;
        }
        let [wx, wy, wz] = fraction.map(cubic::weights);
        let [gx, gy, gz] = fraction.map(cubic::slopes);
        let [_, sy, sx] = self.shape;
        let mut jet = [0f32; 4];
        for k in 0..4 {
            let mut plane = [0f32; 3];
            for j in 0..4 {
                let start = ((first[2] + k) * sy + first[1] + j) * sx + first[0];
                let line = &self.data[start..start + 4];
                let value = wx[0] * line[0] + wx[1] * line[1] + wx[2] * line[2] + wx[3] * line[3];
                let slope = gx[0] * line[0] + gx[1] * line[1] + gx[2] * line[2] + gx[3] * line[3];
                plane[0] += wy[j] * value;
                plane[1] += wy[j] * slope;
                plane[2] += gy[j] * value;
            }
            jet[0] += wz[k] * plane[0];
            jet[1] += wz[k] * plane[1];
            jet[2] += wz[k] * plane[2];
            jet[3] += gz[k] * plane[0];
        }
        Some(jet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::Spacing;

    #[test]
    fn gradients_of_a_ramp_are_its_slopes() {
        let ct = Volume::from_fn([20, 20, 20], Spacing::isotropic(1.0), |x, y, z| {
            (1000 + 10 * x + 20 * y + 30 * z) as u16
        });
        let range = GreyRange::of(&ct);
        let pose = CtFromMap::new(
            Vector3::new(1.0, 0.0, 0.0),
            Vector3::new(0.0, 1.0, 0.0),
            Vector3::new(5.0, 5.0, 10.0),
        );
        let slab = Slab::about(
            (&ct, range),
            &pose,
            [10, 10],
            SlabLook {
                margin_vox: 4.0,
                sigma_vox: 0.5,
                normal_blur_vox: 1.0,
            },
        )
        .unwrap();
        let jet = slab.jet(4, 3, &Vector3::new(9.3, 8.6, 10.2)).unwrap();
        let unit = range.fraction(11.0) - range.fraction(10.0);
        assert!((jet[0] - range.fraction(1000.0 + 93.0 + 172.0 + 306.0)).abs() < 1e-3);
        for (axis, slope) in [10.0, 20.0, 30.0].iter().enumerate() {
            assert!((jet[1 + axis] / unit - slope).abs() < 0.05, "{jet:?}");
        }
        assert!(slab.jet(0, 0, &Vector3::new(-1.0, 5.0, 5.0)).is_none());
    }
}
