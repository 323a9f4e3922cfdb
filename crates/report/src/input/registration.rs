use corelith_core::{Raster, Role};
use corelith_registration::Registration;

/// Where one map lies in the CT, and what shows it.
#[derive(Debug, Clone)]
pub struct MapPlace {
    /// Name of the map.
    pub map: String,
    /// What it was used for.
    pub role: Role,
    /// Where it lies, and how sure that is.
    pub registration: Registration,
    /// Map outlines on the CT slice resampled along the plane, sRGB.
    pub overlay: Option<Raster<[u8; 3]>>,
    /// Distance between pixels of the overlay, micrometres.
    pub overlay_pixel_um: f64,
}
