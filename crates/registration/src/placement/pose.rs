use corelith_core::CtFromMap;
use nalgebra::{Rotation3, Unit, Vector3};

/// Degrees of freedom of a plane's placement, coarse to fine: the first six move it rigidly, the
/// seventh scales it, the last two make it affine within its plane.
pub(crate) const RIGID: usize = 6;
/// Rigid and one scale.
pub(crate) const SIMILAR: usize = 7;
/// Everything a plane can do in space.
pub(crate) const AFFINE: usize = 9;

/// A point of a map, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MapPoint {
    pub col: f64,
    pub row: f64,
}

/// Orthonormal frame of a placed plane: along its columns, across, and its normal.
pub(crate) fn frame_of(pose: &CtFromMap) -> [Vector3<f64>; 3] {
    let u = pose.du_vox().normalize();
    let n = pose.normal();
    [u, n.cross(&u), n]
}

/// Moves a pose about `pivot`. Every component of `step` is how far, in voxels, a point `radius`
/// voxels from the pivot moves: along u, along v, along the normal; by in-plane rotation, by
/// tilting about u, by tilting about v; by scale, by stretch (u against v), by shear.
pub(crate) fn moved(
    pose: &CtFromMap,
    pivot: MapPoint,
    radius: f64,
    step: &[f64; AFFINE],
) -> CtFromMap {
    let [u, v, n] = frame_of(pose);
    let turn = n * (step[3] / radius) + u * (step[4] / radius) + v * (step[5] / radius);
    let rotation = Unit::try_new(turn, 1e-15).map_or_else(Rotation3::identity, |axis| {
        Rotation3::from_axis_angle(&axis, turn.norm())
    });
    let (scale, stretch, shear) = (step[6] / radius, step[7] / radius, step[8] / radius);
    let (du, dv) = (pose.du_vox(), pose.dv_vox());
    let new_du = rotation * (du * (1.0 + scale + stretch) + dv * shear);
    let new_dv = rotation * (dv * (1.0 + scale - stretch) + du * shear);
    let centre = pose.apply(pivot.col, pivot.row) + u * step[0] + v * step[1] + n * step[2];
    CtFromMap::new(
        new_du,
        new_dv,
        centre - new_du * pivot.col - new_dv * pivot.row,
    )
}

/// Mean distance between the places where two poses put the corners and the centre of a map.
pub(crate) fn distance_vox(a: &CtFromMap, b: &CtFromMap, rows: usize, cols: usize) -> f64 {
    let (right, bottom) = (cols as f64 - 1.0, rows as f64 - 1.0);
    let points = [
        (0.0, 0.0),
        (right, 0.0),
        (0.0, bottom),
        (right, bottom),
        (right / 2.0, bottom / 2.0),
    ];
    points
        .iter()
        .map(|&(c, r)| (a.apply(c, r) - b.apply(c, r)).norm())
        .sum::<f64>()
        / points.len() as f64
}

/// Whether a pose keeps to what the settings allow, with a little room for noise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed {
    pub tilt_max_deg: f64,
    pub scale_error_max: f64,
    pub pixel_vox: f64,
}

impl Allowed {
    pub fn holds(&self, pose: &CtFromMap) -> bool {
        let (du, dv) = (pose.du_vox(), pose.dv_vox());
        let scale_max = self.scale_error_max + 0.01;
        pose.tilt_deg() <= self.tilt_max_deg + 1.0
            && [du, dv]
                .iter()
                .all(|d| (d.norm() / self.pixel_vox - 1.0).abs() <= scale_max)
            && (du.dot(&dv) / (du.norm() * dv.norm())).abs() <= scale_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose() -> CtFromMap {
        CtFromMap::new(
            Vector3::new(0.5, 0.1, 0.02),
            Vector3::new(-0.1, 0.5, 0.0),
            Vector3::new(10.0, 20.0, 30.0),
        )
    }

    #[test]
    fn steps_are_voxels_at_the_radius() {
        let pivot = MapPoint {
            col: 50.0,
            row: 50.0,
        };
        let pose = pose();
        for axis in 0..AFFINE {
            let mut step = [0.0; AFFINE];
            step[axis] = 0.01;
            let other = moved(&pose, pivot, 20.0, &step);
            let radius_px = 20.0 / pose.du_vox().norm();
            let furthest = (0..360)
                .map(|deg| {
                    let (s, c) = f64::from(deg).to_radians().sin_cos();
                    let (col, row) = (50.0 + radius_px * c, 50.0 + radius_px * s);
                    (other.apply(col, row) - pose.apply(col, row)).norm()
                })
                .fold(0.0, f64::max);
            assert!((furthest - 0.01).abs() < 5e-4, "axis {axis}: {furthest}");
        }
    }

    #[test]
    fn the_pivot_stays_when_only_turning() {
        let pivot = MapPoint { col: 7.0, row: 9.0 };
        let turned = moved(
            &pose(),
            pivot,
            10.0,
            &[0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.1, 0.1, 0.1],
        );
        assert!((turned.apply(7.0, 9.0) - pose().apply(7.0, 9.0)).norm() < 1e-12);
    }
}
