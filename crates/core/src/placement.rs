use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};

/// Affine placement of a map in the CT volume.
///
/// Takes `(col, row, 1)` in map pixels to `(x, y, z)` in CT voxels. The columns of the matrix
/// are `du` (one pixel to the right), `dv` (one pixel down) and the origin (pixel 0, 0).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[[f64; 3]; 3]", into = "[[f64; 3]; 3]")]
pub struct CtFromMap {
    matrix: Matrix3<f64>,
}

impl CtFromMap {
    /// From the step of a column, the step of a row, and the position of pixel (0, 0).
    pub fn new(du_vox: Vector3<f64>, dv_vox: Vector3<f64>, origin_vox: Vector3<f64>) -> Self {
        Self {
            matrix: Matrix3::from_columns(&[du_vox, dv_vox, origin_vox]),
        }
    }

    /// Step of one map column, in voxels.
    pub fn du_vox(&self) -> Vector3<f64> {
        self.matrix.column(0).into()
    }

    /// Step of one map row, in voxels.
    pub fn dv_vox(&self) -> Vector3<f64> {
        self.matrix.column(1).into()
    }

    /// Position of map pixel (0, 0), in voxels.
    pub fn origin_vox(&self) -> Vector3<f64> {
        self.matrix.column(2).into()
    }

    /// CT position `(x, y, z)` in voxels of map position `(col, row)` in pixels.
    #[inline]
    pub fn apply(&self, col: f64, row: f64) -> Vector3<f64> {
        self.matrix * Vector3::new(col, row, 1.0)
    }

    /// Unit normal of the plane: `du x dv`, normalised.
    pub fn normal(&self) -> Vector3<f64> {
        self.du_vox().cross(&self.dv_vox()).normalize()
    }

    /// Angle between the plane and the CT slices, 0 to 90 degrees.
    pub fn tilt_deg(&self) -> f64 {
        self.normal().z.abs().clamp(0.0, 1.0).acos().to_degrees()
    }

    /// Whether the map shows the plane from behind: its columns and rows turn the other way
    /// round than x and y of the CT slices.
    pub fn is_mirrored(&self) -> bool {
        self.normal().z < 0.0
    }
}

impl From<[[f64; 3]; 3]> for CtFromMap {
    /// Row-major.
    fn from(rows: [[f64; 3]; 3]) -> Self {
        Self {
            matrix: Matrix3::from_fn(|r, c| rows[r][c]),
        }
    }
}

impl From<CtFromMap> for [[f64; 3]; 3] {
    fn from(pose: CtFromMap) -> Self {
        std::array::from_fn(|r| std::array::from_fn(|c| pose.matrix[(r, c)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tilt_and_mirror_follow_the_columns() {
        let tilt = 5f64.to_radians();
        let pose = CtFromMap::new(
            Vector3::new(0.5, 0.0, 0.0),
            Vector3::new(0.0, 0.5 * tilt.cos(), 0.5 * tilt.sin()),
            Vector3::new(3.0, 4.0, 5.0),
        );
        assert!((pose.tilt_deg() - 5.0).abs() < 1e-9);
        assert!(!pose.is_mirrored());
        let turned = CtFromMap::new(pose.dv_vox(), pose.du_vox(), pose.origin_vox());
        assert!(turned.is_mirrored());
        assert!((turned.tilt_deg() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn json_is_row_major() {
        let pose = CtFromMap::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
        assert_eq!(pose.origin_vox(), Vector3::new(3.0, 6.0, 9.0));
        assert_eq!(pose.apply(1.0, 0.0), Vector3::new(4.0, 10.0, 16.0));
    }
}
