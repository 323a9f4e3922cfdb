use serde::{Deserialize, Serialize};

/// Distance between voxel centres, in micrometres an axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spacing {
    /// Along x (columns).
    pub x_um: f64,
    /// Along y (rows).
    pub y_um: f64,
    /// Along z (slices).
    pub z_um: f64,
}

impl Spacing {
    /// The same spacing along all three axes.
    pub fn isotropic(um: f64) -> Self {
        Self {
            x_um: um,
            y_um: um,
            z_um: um,
        }
    }

    /// Volume of one voxel, in cubic micrometres.
    pub fn voxel_um3(self) -> f64 {
        self.x_um * self.y_um * self.z_um
    }
}
