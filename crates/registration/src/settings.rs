use serde::{Deserialize, Serialize};

use crate::RegistrationError;

/// How maps are searched for and fitted: the section `[registration]` of the project file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest angle between a map and the CT slices, in degrees, 0 to 45.
    pub tilt_max_deg: f64,
    /// Largest relative error of the pixel size along each map axis, 0 to 0.2.
    pub scale_error_max: f64,
    /// Step of the in-plane rotation in the first search, in degrees, 1 to 15.
    pub angle_step_deg: f64,
    /// Smallest share of the map that must lie inside the volume, 0.2 to 1.
    pub overlap_min: f64,
    /// Places of the first search that are looked at more closely, 16 to 100000.
    pub candidates: usize,
    /// Map pixels that score one pose, 500 to 100000.
    pub samples: usize,
    /// Least probability of being right of a pose that counts as found, 0.5 to 0.9999.
    pub probability_min: f64,
    /// What of a map is compared with the CT.
    pub channels: MapChannels,
    /// The smooth local displacement that is fitted after the affine pose.
    pub warp: WarpSettings,
}

/// What of a map is compared with the CT.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapChannels {
    /// Classes and BSE greys jointly; the classes alone where there is no BSE image.
    #[default]
    Both,
    /// The classes alone.
    Classes,
    /// The BSE greys alone, parted into a handful of levels. The darkest level is taken for the
    /// background, for resin has the lowest mean atomic number.
    Bse,
}

/// The smooth local displacement between a map and its affine pose.
///
/// It is a random field of the Matern family (smoothness 3) before the data speak, so that it
/// goes back to the affine pose where the map shows nothing but background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WarpSettings {
    /// Whether a displacement is fitted at all.
    pub enabled: bool,
    /// Spacing of the control points, in voxels, 2 to 200.
    pub spacing_vox: f64,
    /// Usual distance over which displacements are alike (correlation 0.14), in voxels, 2 to 1000.
    /// Larger is stiffer.
    pub range_vox: f64,
    /// Usual displacement within the plane (standard deviation an axis), in voxels, 0.01 to
    /// 20. Smaller is stiffer.
    pub in_plane_vox: f64,
    /// Usual bending out of the plane (standard deviation), in voxels, 0 to 20; 0 keeps the
    /// map flat.
    pub out_of_plane_vox: f64,
    /// Side of the frames of a mosaic, in pixels, 16 to 10000, where the map is one and its frames
    /// may lie out of place. Where it is not given, equal frames are looked for.
    pub frame_px: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tilt_max_deg: 10.0,
            scale_error_max: 0.03,
            angle_step_deg: 5.0,
            overlap_min: 0.6,
            candidates: 400,
            samples: 4000,
            probability_min: 0.95,
            channels: MapChannels::default(),
            warp: WarpSettings::default(),
        }
    }
}

impl Default for WarpSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            spacing_vox: 10.0,
            range_vox: 28.0,
            in_plane_vox: 0.45,
            out_of_plane_vox: 0.08,
            frame_px: None,
        }
    }
}

impl Settings {
    /// Checks every value against its documented range.
    ///
    /// # Errors
    /// [`RegistrationError::Setting`] names the first value out of its range.
    pub fn check(&self) -> Result<(), RegistrationError> {
        let warp = &self.warp;
        let ranges = [
            ("tilt_max_deg", self.tilt_max_deg, 0.0, 45.0, "0 to 45"),
            (
                "scale_error_max",
                self.scale_error_max,
                0.0,
                0.2,
                "0 to 0.2",
            ),
            ("angle_step_deg", self.angle_step_deg, 1.0, 15.0, "1 to 15"),
            ("overlap_min", self.overlap_min, 0.2, 1.0, "0.2 to 1"),
            (
                "candidates",
                self.candidates as f64,
                16.0,
                1e5,
                "16 to 100000",
            ),
            ("samples", self.samples as f64, 500.0, 1e5, "500 to 100000"),
            (
                "probability_min",
                self.probability_min,
                0.5,
                0.9999,
                "0.5 to 0.9999",
            ),
            ("warp.spacing_vox", warp.spacing_vox, 2.0, 200.0, "2 to 200"),
            ("warp.range_vox", warp.range_vox, 2.0, 1000.0, "2 to 1000"),
            (
                "warp.in_plane_vox",
                warp.in_plane_vox,
                0.01,
                20.0,
                "0.01 to 20",
            ),
            (
                "warp.out_of_plane_vox",
                warp.out_of_plane_vox,
                0.0,
                20.0,
                "0 to 20",
            ),
            (
                "warp.frame_px",
                warp.frame_px.unwrap_or(16.0),
                16.0,
                1e4,
                "16 to 10000",
            ),
        ];
        for (setting, found, low, high, expected) in ranges {
            if !(low..=high).contains(&found) {
                return Err(RegistrationError::Setting {
                    setting,
                    expected,
                    found,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range() {
        Settings::default().check().unwrap();
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let mut settings = Settings::default();
        settings.warp.range_vox = f64::NAN;
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("warp.range_vox"), "{error}");
    }
}
