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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            random_sections: 300,
            smallest_profile_um: 8.0,
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
        if !(self.smallest_profile_um >= 0.0 && self.smallest_profile_um.is_finite()) {
            let found = self.smallest_profile_um.to_string();
            return wrong("smallest_profile_um", found, "0 or more");
        }
        Ok(())
    }
}
