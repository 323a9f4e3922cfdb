use serde::{Deserialize, Serialize};

use super::StereologyError;

/// Settings of the sections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Random planes through the 3D result, 0 to 100,000.
    pub random_sections: u32,
    /// Diameter in micrometres of the circle of the area below which a profile is a speck:
    /// joined to the profile that it touches most, or dropped when it touches none. 0 or more.
    pub smallest_profile_um: f64,
    /// Diameter in micrometres of the circle of the area below which a grain of a mineral is taken
    /// for mislabelled: it becomes the mineral in its profile that it touches most. 0 or more; 0
    /// keeps every grain. The default of 3 um is 5 pixels of a map of 1.2 um and 1.3 voxels of
    /// 2.3 um: what the CT cannot show, and a map not be trusted in. Measured, virtual and random
    /// sections are treated alike.
    pub smallest_grain_um: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            random_sections: 300,
            smallest_profile_um: 8.0,
            smallest_grain_um: 3.0,
        }
    }
}

impl Settings {
    /// Fails on the first value out of its range.
    ///
    /// # Errors
    /// [`StereologyError::Setting`].
    pub fn check(&self) -> Result<(), StereologyError> {
        let wrong = |setting, found: String, expected| {
            Err(StereologyError::Setting {
                setting,
                found,
                expected,
            })
        };
        if self.random_sections > 100_000 {
            let found = self.random_sections.to_string();
            return wrong("random_sections", found, "at most 100000");
        }
        for (setting, found) in [
            ("smallest_profile_um", self.smallest_profile_um),
            ("smallest_grain_um", self.smallest_grain_um),
        ] {
            if !(found >= 0.0 && found.is_finite()) {
                return wrong(setting, found.to_string(), "0 or more");
            }
        }
        Ok(())
    }

    /// Area of the smallest profile, in pixels of a section.
    pub fn smallest_profile_px(&self, pixel_um: f64) -> f64 {
        circle_px(self.smallest_profile_um, pixel_um)
    }

    /// Area of the smallest grain, in pixels of a section.
    pub fn smallest_grain_px(&self, pixel_um: f64) -> f64 {
        circle_px(self.smallest_grain_um, pixel_um)
    }
}

/// Area in pixels of the circle of a diameter.
fn circle_px(diameter_um: f64, pixel_um: f64) -> f64 {
    let radius_px = diameter_um / (2.0 * pixel_um);
    std::f64::consts::PI * radius_px * radius_px
}
