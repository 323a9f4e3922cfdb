use std::ops::Range;

use corelith_core::Region;

use crate::ct::coarse_volume::CoarseVolume;
use crate::placement::pose::MapPoint;
use crate::search::patches::Patch;
use crate::search::turn::Turn;
use crate::settings::Settings;

/// Every so many slices are searched outside of the region, other ones at the next turn.
const STRIDE_ELSEWHERE: usize = 8;
/// How far, in coarse voxels, a peak may lie from where the patch truly is.
const PEAK_OFF: f64 = 1.0;

/// Where a patch may lie, in coarse voxels, for the middle of its map to come to lie in a region.
///
/// The first search knows neither tilt nor scale, and the rotation only to its step: the farther
/// the patch from the middle of the map, the wider the window is than the region.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    /// Where the middle may lie, already widened, along x, y and z.
    middle: [[f64; 2]; 3],
    /// From the patch's centre to the middle of the map, along columns and rows.
    offset: [f64; 2],
    shape: [usize; 3],
}

impl Window {
    /// `middle` is that of the map, in pixels.
    pub fn new(
        region: &Region,
        middle: MapPoint,
        patch: Patch,
        volume: &CoarseVolume,
        pixel_vox: f64,
        settings: &Settings,
    ) -> Self {
        let factor = volume.factor as f64;
        let offset = [middle.col - patch.centre.col, middle.row - patch.centre.row]
            .map(|px| px * pixel_vox / factor);
        let away = offset[0].hypot(offset[1]);
        let (sin, cos) = settings.tilt_max_deg.to_radians().sin_cos();
        let turned = (settings.angle_step_deg / 2.0).to_radians();
        let within = PEAK_OFF + away * (1.0 - cos + settings.scale_error_max + turned);
        let across = PEAK_OFF + away * (1.0 + settings.scale_error_max) * sin;
        let mut ranges = region.ranges().into_iter().zip([within, within, across]);
        let middle = [(); 3].map(|()| match ranges.next() {
            Some((Some([low, high]), slack)) => [
                volume.coarse_from_full(low) - slack,
                volume.coarse_from_full(high) + slack,
            ],
            _ => [f64::NEG_INFINITY, f64::INFINITY],
        });
        Self {
            middle,
            offset,
            shape: volume.shape,
        }
    }

    /// Coarse voxels of the patch's centre at one turn, along x, y and z.
    pub fn at(&self, turn: &Turn) -> [Range<usize>; 3] {
        let (s, c) = turn.angle.sin_cos();
        let flip = if turn.mirrored { -1.0 } else { 1.0 };
        let [u, v] = self.offset;
        let to_middle = [u * c - v * s * flip, u * s + v * c * flip, 0.0];
        let [nz, ny, nx] = self.shape;
        let clip = |axis: usize, n: usize| {
            let [low, high] = self.middle[axis].map(|end| end - to_middle[axis]);
            let from = low.ceil().clamp(0.0, n as f64) as usize;
            let to = (high.floor() + 1.0).clamp(0.0, n as f64) as usize;
            from..to.max(from)
        };
        [clip(0, nx), clip(1, ny), clip(2, nz)]
    }
}

/// What part of the volume a search goes over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// All of it.
    Everywhere,
    /// The window.
    Into(&'a Window),
    /// What is not in the window, some slices at each turn: rivals for what the window holds.
    Elsewhere(&'a Window),
}

impl Scope<'_> {
    /// What is looked at, at one turn.
    pub fn at(&self, turn: &Turn) -> ScopeAtTurn {
        match self {
            Self::Everywhere => ScopeAtTurn::Everywhere,
            Self::Into(window) => ScopeAtTurn::Into(window.at(turn)),
            Self::Elsewhere(window) => ScopeAtTurn::Elsewhere(window.at(turn), turn.index),
        }
    }
}

/// [`Scope`] at one turn.
#[derive(Debug, Clone)]
pub(crate) enum ScopeAtTurn {
    Everywhere,
    Into([Range<usize>; 3]),
    Elsewhere([Range<usize>; 3], usize),
}

impl ScopeAtTurn {
    pub fn slice(&self, z: usize) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Into([x, y, slices]) => slices.contains(&z) && !x.is_empty() && !y.is_empty(),
            Self::Elsewhere(_, turn) => (z + turn).is_multiple_of(STRIDE_ELSEWHERE),
        }
    }

    pub fn position(&self, [x, y, z]: [usize; 3]) -> bool {
        let inside = |window: &[Range<usize>; 3]| {
            window[0].contains(&x) && window[1].contains(&y) && window[2].contains(&z)
        };
        match self {
            Self::Everywhere => true,
            Self::Into(window) => inside(window),
            Self::Elsewhere(window, _) => !inside(window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::pose::Allowed;
    use corelith_core::CtFromMap;
    use nalgebra::{Rotation3, Vector3};

    /// Whatever the tilt and rotation, a patch of a map whose middle lies in the region is
    /// searched for where it lies.
    #[test]
    fn the_window_holds_every_allowed_pose_of_the_region() {
        let settings = Settings::default();
        let volume = CoarseVolume {
            data: Vec::new(),
            shape: [60, 70, 80],
            factor: 3,
        };
        let region = Region {
            x: Some([100.0, 110.0]),
            z: Some([80.0, 84.0]),
            ..Region::default()
        };
        let (middle, pixel_vox) = (
            MapPoint {
                col: 99.5,
                row: 89.5,
            },
            0.5,
        );
        let patch = Patch {
            centre: MapPoint {
                col: 40.0,
                row: 150.0,
            },
            radius_vox: 20.0,
        };
        let window = Window::new(&region, middle, patch, &volume, pixel_vox, &settings);
        let allowed = Allowed {
            tilt_max_deg: settings.tilt_max_deg,
            scale_error_max: settings.scale_error_max,
            pixel_vox,
        };
        for case in 0..720 {
            let angle = f64::from(case / 5) * 2.5f64.to_radians();
            let turn = Turn {
                index: 0,
                mirrored: case % 2 == 1,
                // The nearest turn of the search.
                angle: (angle.to_degrees() / 5.0).round().to_radians() * 5.0,
            };
            let axis = f64::from(case) * 0.7;
            let axis = Vector3::new(axis.cos(), axis.sin(), 0.0);
            let tilt = Rotation3::new(axis * 10f64.to_radians());
            let flip = if turn.mirrored { -1.0 } else { 1.0 };
            let (s, c) = angle.sin_cos();
            let du = tilt * Vector3::new(c, s, 0.0) * (pixel_vox * 1.03);
            let dv = tilt * Vector3::new(-s, c, 0.0) * (pixel_vox * 0.97 * flip);
            let at = Vector3::new(if case % 3 == 0 { 100.01 } else { 109.99 }, 105.0, 83.99);
            let pose = CtFromMap::new(du, dv, at - du * middle.col - dv * middle.row);
            assert!(allowed.holds(&pose) && region.holds(&pose.apply(middle.col, middle.row)));
            let patch = pose.apply(patch.centre.col, patch.centre.row);
            let coarse =
                [patch.x, patch.y, patch.z].map(|at| volume.coarse_from_full(at).round() as usize);
            assert!(
                Scope::Into(&window).at(&turn).position(coarse),
                "{case}: {coarse:?} in {:?}",
                window.at(&turn)
            );
            assert!(!Scope::Elsewhere(&window).at(&turn).position(coarse));
        }
        let first = Turn {
            index: 0,
            mirrored: false,
            angle: 0.0,
        };
        let [x, y, z] = window.at(&first);
        assert_eq!(y, 0..70);
        assert!(x.len() < 16 && z.len() < 16, "{x:?} {z:?}");
    }
}
