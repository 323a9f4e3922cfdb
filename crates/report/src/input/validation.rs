use corelith_core::Raster;

use super::Role;

/// A map beside the section predicted at its pixels.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Name of the map.
    pub map: String,
    /// Only maps kept back judge the result; training maps are shown for comparison.
    pub role: Role,
    /// Rows of the mineral list, measured.
    pub measured: Raster<u8>,
    /// Rows of the mineral list, predicted.
    pub predicted: Raster<u8>,
    /// Where both lie inside the CT volume.
    pub inside: Raster<bool>,
    /// Distance between pixels, micrometres.
    pub pixel_um: f64,
    /// Dice of all solid minerals against resin, 0 to 1.
    pub foreground_dice: f64,
    /// One entry a solid mineral.
    pub minerals: Vec<MineralAgreement>,
    /// Particles on the map.
    pub profiles_measured: u64,
    /// Particles on the predicted section.
    pub profiles_predicted: u64,
    /// Area-weighted mean diameter on the map, micrometres.
    pub diameter_measured_um: f64,
    /// Area-weighted mean diameter on the predicted section, micrometres.
    pub diameter_predicted_um: f64,
    /// Area-weighted cumulative size distribution on the map: equivalent diameter, micrometres,
    /// ascending, and share of the area up to it, percent.
    pub sizes_measured: Vec<(f64, f64)>,
    /// The same on the predicted section.
    pub sizes_predicted: Vec<(f64, f64)>,
    /// Largest distance of the two distributions, 0 to 1.
    pub size_distance: f64,
    /// Area between them, micrometres.
    pub size_distance_um: f64,
}

/// Agreement on one mineral; NaN where neither side holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct MineralAgreement {
    /// Row of the mineral list.
    pub class: u8,
    /// 0 to 1.
    pub dice: f64,
    /// Share of the solid area of the map, percent.
    pub modal_measured_pct: f64,
    /// Share of the solid area of the predicted section, percent.
    pub modal_predicted_pct: f64,
    /// Liberation curve of the map at [`super::AT_LEAST_PCT`].
    pub liberation_measured_pct: [f64; 11],
    /// Liberation curve of the predicted section.
    pub liberation_predicted_pct: [f64; 11],
    /// Largest distance between the two, percentage points.
    pub liberation_gap_points: f64,
}
