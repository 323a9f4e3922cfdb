use serde::{Deserialize, Serialize};

use super::require;
use crate::UnetError;

/// Random changes of a training patch. Grey values are in units of the contrast between resin and
/// particles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Mirror along each axis, half of the time.
    pub mirror: bool,
    /// Swap axes at random; with mirrors these are all 48 symmetries of the grid.
    pub swap_axes: bool,
    /// Largest turn about each axis of one patch in eight, degrees; 0 to 45.
    pub rotation_deg: f64,
    /// Largest logarithm of the scale of that patch; 0 to 0.5.
    pub scale: f64,
    /// Largest change of the contrast, as a share; 0 to 0.9.
    pub gain: f64,
    /// Largest shift of the grey values; 0 or more.
    pub offset: f64,
    /// Largest logarithm of the gamma of one patch in eight; 0 to 1.
    pub gamma: f64,
    /// Largest standard deviation of added noise; 0 or more.
    pub noise: f64,
    /// Largest sigma of the blur that one patch in four gets, in voxels; 0 or more.
    pub blur_vox: f64,
    /// How much coarser than its voxels one patch in eight is at most, as a share; 0 to 2.
    pub coarseness: f64,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            mirror: true,
            swap_axes: true,
            rotation_deg: 15.0,
            scale: 0.1,
            gain: 0.03,
            offset: 0.03,
            gamma: 0.05,
            noise: 0.05,
            blur_vox: 0.6,
            coarseness: 0.4,
        }
    }
}

impl Augmentation {
    /// Changes of grey values and resolution `factor` times as strong, within their ranges.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Self {
            gain: (factor * self.gain).min(0.9),
            offset: factor * self.offset,
            gamma: (factor * self.gamma).min(1.0),
            noise: factor * self.noise,
            blur_vox: (factor * self.blur_vox).min(3.0),
            coarseness: (factor * self.coarseness).min(2.0),
            ..self.clone()
        }
    }

    /// Fails on the first value out of range.
    pub(super) fn check(&self) -> Result<(), UnetError> {
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        let half = |x: f64| (0.0..=0.5).contains(&x);
        let not_negative = |x: f64| x >= 0.0 && x.is_finite();
        for (name, value, good, range) in [
            (
                "augmentation.gain",
                self.gain,
                (0.0..=0.9).contains(&self.gain),
                "0 to 0.9",
            ),
            (
                "augmentation.offset",
                self.offset,
                not_negative(self.offset),
                "0 or more",
            ),
            (
                "augmentation.noise",
                self.noise,
                not_negative(self.noise),
                "0 or more",
            ),
            (
                "augmentation.rotation_deg",
                self.rotation_deg,
                (0.0..=45.0).contains(&self.rotation_deg),
                "0 to 45",
            ),
            (
                "augmentation.scale",
                self.scale,
                half(self.scale),
                "0 to 0.5",
            ),
            ("augmentation.gamma", self.gamma, unit(self.gamma), "0 to 1"),
            (
                "augmentation.coarseness",
                self.coarseness,
                (0.0..=2.0).contains(&self.coarseness),
                "0 to 2",
            ),
            (
                "augmentation.blur_vox",
                self.blur_vox,
                (0.0..=3.0).contains(&self.blur_vox),
                "0 to 3",
            ),
        ] {
            require(name, value, good, range)?;
        }
        Ok(())
    }
}
