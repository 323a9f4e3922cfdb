use corelith_core::{CtFromMap, Volume};
use nalgebra::Vector3;
use rayon::prelude::*;

use crate::cubic;
use crate::gaussian;
use crate::grey_range::GreyRange;

/// The part of a CT volume about one plane, smoothed, with grey values as fractions of the
/// volume's range. Its voxels are the coefficients of a cubic B-spline, which smooths a little
/// more (variance 1/3 voxel an axis) and gives continuous gradients.
#[derive(Debug)]
pub(crate) struct Slab {
    data: Vec<f32>,
    shape: [usize; 3],
    origin: [usize; 3],
}

/// Smooth grey value and its gradient by x, y, z a voxel.
pub(crate) type Jet = [f32; 4];

impl Slab {
    /// The box that holds the plane of a map with `margin` voxels to spare, clipped to the volume.
    /// `None` when the plane lies outside.
    pub fn about(
        ct: &Volume<u16>,
        range: GreyRange,
        pose: &CtFromMap,
        [rows, cols]: [usize; 2],
        margin: f64,
        sigma: f64,
    ) -> Option<Self> {
        let (right, bottom) = (cols as f64 - 1.0, rows as f64 - 1.0);
        let corners = [(0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)]
            .map(|(c, r)| pose.apply(c, r));
        let reach = margin + 3.0 * sigma + 2.0;
        let n = ct.shape();
        let (mut origin, mut shape) = ([0; 3], [0; 3]);
        for axis in 0..3 {
            let low = corners
                .iter()
                .map(|p| p[axis])
                .fold(f64::INFINITY, f64::min);
            let high = corners
                .iter()
                .map(|p| p[axis])
                .fold(f64::NEG_INFINITY, f64::max);
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
        data.par_chunks_mut(sx * sy)
            .enumerate()
            .for_each(|(z, plane)| {
                let slice = ct.slice(origin[0] + z);
                for (y, row) in plane.chunks_mut(sx).enumerate() {
                    let from = (origin[1] + y) * n[2] + origin[2];
                    for (out, &grey) in row.iter_mut().zip(&slice[from..from + sx]) {
                        *out = range.fraction(f32::from(grey)).clamp(-0.5, 1.5);
                    }
                }
            });
        gaussian::smooth_volume(&mut data, shape, sigma);
        Some(Self {
            data,
            shape,
            origin,
        })
    }

    /// Value and gradient at a point of the full volume; `None` within a voxel of the border.
    #[inline]
    pub fn jet(&self, point: &Vector3<f64>) -> Option<Jet> {
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
        let slab = Slab::about(&ct, range, &pose, [10, 10], 4.0, 0.5).unwrap();
        let jet = slab.jet(&Vector3::new(9.3, 8.6, 10.2)).unwrap();
        let unit = range.fraction(11.0) - range.fraction(10.0);
        assert!((jet[0] - range.fraction(1000.0 + 93.0 + 172.0 + 306.0)).abs() < 1e-3);
        for (axis, slope) in [10.0, 20.0, 30.0].iter().enumerate() {
            assert!((jet[1 + axis] / unit - slope).abs() < 0.05, "{jet:?}");
        }
        assert!(slab.jet(&Vector3::new(-1.0, 5.0, 5.0)).is_none());
    }
}
