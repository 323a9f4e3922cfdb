use corelith_core::Raster;

/// What a map was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The network learned from it.
    Training,
    /// Kept back to judge the result.
    Validation,
}

/// Where one map lies in the CT.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Name of the map.
    pub map: String,
    /// What it was used for.
    pub role: Role,
    /// Whether it was found.
    pub found: bool,
    /// Why not, or a remark.
    pub reason: Option<String>,
    /// Map outlines on the CT slice resampled along the plane, sRGB.
    pub overlay: Option<Raster<[u8; 3]>>,
    /// Distance between pixels of the overlay, micrometres.
    pub overlay_pixel_um: f64,
    /// Score of the pose.
    pub score: f64,
    /// Distance of the score to that of the best rival pose.
    pub margin: f64,
    /// Expected error, voxels.
    pub uncertainty_vox: f64,
    /// Angle to the CT slices, degrees.
    pub tilt_deg: f64,
    /// Whether the map shows the plane from behind.
    pub mirrored: bool,
    /// Time taken, seconds.
    pub seconds: f64,
}
