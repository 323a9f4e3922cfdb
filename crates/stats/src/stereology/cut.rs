//! Planes through a volume.

use corelith_core::{Raster, Volume};
use nalgebra::Vector3;

use super::Section;

/// Position in the buffer of the voxel nearest to `(x, y, z)`; none outside or for NaN.
#[inline]
pub(super) fn nearest([nz, ny, nx]: [usize; 3], point_vox: [f64; 3]) -> Option<usize> {
    let along = |value: f64, n: usize| {
        let rounded = (value + 0.5).floor();
        (rounded >= 0.0 && rounded < n as f64).then_some(rounded as usize)
    };
    let [x, y, z] = point_vox;
    Some((along(z, nz)? * ny + along(y, ny)?) * nx + along(x, nx)?)
}

/// A plane in micrometres from the centre of voxel (0, 0, 0).
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    /// Unit normal.
    pub(super) normal: Vector3<f64>,
    /// Signed distance of the plane from the origin along the normal.
    pub(super) offset_um: f64,
}

impl Plane {
    /// Samples phases and particles on a square grid of `pixel_um`; nothing when the plane
    /// misses the volume.
    pub(super) fn section(
        &self,
        name: String,
        phases: &Volume<u8>,
        particles: &Volume<u32>,
        background: u8,
        pixel_um: f64,
    ) -> Option<Section> {
        let shape = phases.shape();
        let spacing = phases.spacing();
        let step = Vector3::new(spacing.x_um, spacing.y_um, spacing.z_um);
        let (u, v) = tangents(&self.normal);
        let corners = self.cut_of_box(shape, step);
        if corners.is_empty() {
            return None;
        }
        let range = |axis: &Vector3<f64>| {
            corners
                .iter()
                .map(|c| c.dot(axis))
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), d| {
                    (low.min(d), high.max(d))
                })
        };
        let ((u_low, u_high), (v_low, v_high)) = (range(&u), range(&v));
        let count = |low: f64, high: f64| ((high - low) / pixel_um).floor() as usize + 1;
        let (cols, rows) = (count(u_low, u_high), count(v_low, v_high));
        let origin = (self.normal * self.offset_um + u * u_low + v * v_low).component_div(&step);
        let (du, dv) = (
            (u * pixel_um).component_div(&step),
            (v * pixel_um).component_div(&step),
        );
        let indices = Raster::from_fn(rows, cols, |col, row| {
            let p = origin + du * col as f64 + dv * row as f64;
            nearest(shape, [p.x, p.y, p.z])
        });
        Some(Section {
            name,
            classes: indices.map(|i| i.map_or(background, |i| phases.data()[i])),
            particles: indices.map(|i| i.map_or(0, |i| particles.data()[i])),
            counted: indices.map(Option::is_some),
            pixel_um,
        })
    }

    /// Corners of the polygon that the plane cuts from the volume, in micrometres.
    fn cut_of_box(&self, [nz, ny, nx]: [usize; 3], step: Vector3<f64>) -> Vec<Vector3<f64>> {
        let corner = |i: usize| {
            let at = |bit: usize, n: usize| if i & bit == 0 { -0.5 } else { n as f64 - 0.5 };
            Vector3::new(at(1, nx), at(2, ny), at(4, nz)).component_mul(&step)
        };
        let side = |p: &Vector3<f64>| p.dot(&self.normal) - self.offset_um;
        let mut crossings = Vec::new();
        for a in 0..8 {
            for bit in [1, 2, 4] {
                let b = a | bit;
                if a == b {
                    continue;
                }
                let (p, q) = (corner(a), corner(b));
                let (d, e) = (side(&p), side(&q));
                if (d < 0.0) != (e < 0.0) {
                    crossings.push(p + (q - p) * (d / (d - e)));
                }
            }
        }
        crossings
    }
}

/// Two unit vectors that span the plane.
fn tangents(normal: &Vector3<f64>) -> (Vector3<f64>, Vector3<f64>) {
    let other = if normal.z.abs() < 0.9 {
        Vector3::z()
    } else {
        Vector3::x()
    };
    let u = normal.cross(&other).normalize();
    (u, normal.cross(&u))
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn the_nearest_voxel_reaches_half_a_voxel_out() {
        assert_eq!(nearest([2, 3, 4], [-0.5, 0.0, 0.0]), Some(0));
        assert_eq!(nearest([2, 3, 4], [-0.51, 0.0, 0.0]), None);
        assert_eq!(nearest([2, 3, 4], [3.4, 2.4, 1.4]), Some(23));
        assert_eq!(nearest([2, 3, 4], [3.5, 0.0, 0.0]), None);
        assert_eq!(nearest([2, 3, 4], [f64::NAN, 0.0, 0.0]), None);
    }

    #[test]
    fn a_flat_plane_shows_its_slice() {
        let spacing = Spacing {
            x_um: 1.0,
            y_um: 1.0,
            z_um: 2.0,
        };
        let phases = Volume::from_fn([4, 5, 6], spacing, |_, _, z| z as u8);
        let particles = phases.map(|&p| u32::from(p));
        let plane = Plane {
            normal: Vector3::z(),
            offset_um: 4.0,
        };
        let section = plane
            .section(String::new(), &phases, &particles, 0, 1.0)
            .unwrap();
        let seen = section.counted.data().iter().filter(|&&i| i).count();
        assert_eq!(seen, 30);
        for (class, inside) in section.classes.data().iter().zip(section.counted.data()) {
            assert_eq!(*class, if *inside { 2 } else { 0 });
        }
    }
}
