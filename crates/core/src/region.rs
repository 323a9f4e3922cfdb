use std::fmt;
use std::str::FromStr;

use nalgebra::Vector3;
use serde::{Deserialize, Serialize};

/// Where the middle of a map may lie in the CT volume: `[low, high]` in voxels along each axis,
/// both ends included. An axis without a range is free.
///
/// As text: `z=40..60` or `x=80..120,z=40..60`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Region {
    /// Along x (columns).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<[f64; 2]>,
    /// Along y (rows).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<[f64; 2]>,
    /// Along z (slices).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub z: Option<[f64; 2]>,
}

/// Why a region is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegionError {
    /// No range at all.
    #[error("a region without a range: give one along x, y or z")]
    Empty,
    /// An end that is infinite or no number.
    #[error("an end of the range {low}..{high} along {axis} is no finite number")]
    NotFinite {
        /// `x`, `y` or `z`.
        axis: char,
        /// Low end.
        low: f64,
        /// High end.
        high: f64,
    },
    /// The ends of a range are exchanged.
    #[error("the range {low}..{high} along {axis} ends before it begins: expected low..high")]
    Backwards {
        /// `x`, `y` or `z`.
        axis: char,
        /// Low end.
        low: f64,
        /// High end.
        high: f64,
    },
    /// A range that no voxel of the volume lies in.
    #[error(
        "the range {low}..{high} along {axis} does not meet the volume, whose voxels are 0 to \
         {last} along {axis}"
    )]
    Outside {
        /// `x`, `y` or `z`.
        axis: char,
        /// Low end.
        low: f64,
        /// High end.
        high: f64,
        /// Last voxel of the volume along the axis.
        last: usize,
    },
    /// No range of an axis.
    #[error("`{0}` is no range of an axis: expected one such as z=40..60")]
    Syntax(String),
    /// An axis with two ranges.
    #[error("two ranges along {0}: give one an axis")]
    Twice(char),
}

impl Region {
    /// The ranges along x, y and z.
    pub fn ranges(&self) -> [Option<[f64; 2]>; 3] {
        [self.x, self.y, self.z]
    }

    /// Whether a point `(x, y, z)` in voxels lies in the region.
    pub fn holds(&self, point: &Vector3<f64>) -> bool {
        self.ranges()
            .iter()
            .zip(point.iter())
            .all(|(range, at)| range.is_none_or(|[low, high]| (low..=high).contains(at)))
    }

    /// Checks that there is a range and that every one runs from low to high.
    ///
    /// # Errors
    /// [`RegionError::Empty`], or [`RegionError::NotFinite`] or [`RegionError::Backwards`] for the
    /// first range that does not.
    pub fn check(&self) -> Result<(), RegionError> {
        if *self == Self::default() {
            return Err(RegionError::Empty);
        }
        for (axis, range) in ['x', 'y', 'z'].into_iter().zip(self.ranges()) {
            if let Some([low, high]) = range {
                if !low.is_finite() || !high.is_finite() {
                    return Err(RegionError::NotFinite { axis, low, high });
                }
                if low > high {
                    return Err(RegionError::Backwards { axis, low, high });
                }
            }
        }
        Ok(())
    }

    /// Checks that every range runs from low to high and meets a volume of `[nz, ny, nx]` voxels.
    ///
    /// # Errors
    /// [`RegionError::Backwards`] or [`RegionError::Outside`] for the first that does not.
    pub fn check_within(&self, [nz, ny, nx]: [usize; 3]) -> Result<(), RegionError> {
        self.check()?;
        let axes = [('x', nx), ('y', ny), ('z', nz)];
        for ((axis, voxels), range) in axes.into_iter().zip(self.ranges()) {
            let last = voxels.saturating_sub(1);
            if let Some([low, high]) = range
                && (high < 0.0 || low > last as f64)
            {
                return Err(RegionError::Outside {
                    axis,
                    low,
                    high,
                    last,
                });
            }
        }
        Ok(())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for (axis, range) in ['x', 'y', 'z'].into_iter().zip(self.ranges()) {
            if let Some([low, high]) = range {
                write!(f, "{comma}{axis}={low}..{high}")?;
                comma = ",";
            }
        }
        Ok(())
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let mut region = Self::default();
        for part in text.split(',') {
            let syntax = || RegionError::Syntax(part.to_owned());
            let (axis, range) = part.split_once('=').ok_or_else(syntax)?;
            let (low, high) = range.split_once("..").ok_or_else(syntax)?;
            let number = |text: &str| {
                // Three dots are a slip of the pen, not a fraction.
                let text = text.trim();
                let whole = !text.starts_with('.');
                text.parse::<f64>()
                    .ok()
                    .filter(|_| whole)
                    .ok_or_else(syntax)
            };
            let (name, slot) = match axis.trim() {
                "x" => ('x', &mut region.x),
                "y" => ('y', &mut region.y),
                "z" => ('z', &mut region.z),
                _ => return Err(syntax()),
            };
            if slot.replace([number(low)?, number(high)?]).is_some() {
                return Err(RegionError::Twice(name));
            }
        }
        region.check()?;
        Ok(region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_region_are_the_same() {
        let region: Region = "x=80.5..120, z=40..60".parse().unwrap();
        assert_eq!(
            region.ranges(),
            [Some([80.5, 120.0]), None, Some([40.0, 60.0])]
        );
        assert_eq!(region.to_string().parse::<Region>().unwrap(), region);
        for wrong in [
            "", "z", "z=40", "z=40-60", "w=1..2", "z=a..b", "z=4...6", "z=4..6,",
        ] {
            let error = wrong.parse::<Region>().unwrap_err();
            assert!(matches!(error, RegionError::Syntax(_)), "{wrong}: {error}");
        }
        let infinite = "z=1..inf".parse::<Region>().unwrap_err();
        assert!(
            infinite.to_string().contains("no finite number"),
            "{infinite}"
        );
        let twice = "z=1..2,z=3..4".parse::<Region>().unwrap_err();
        assert_eq!(twice, RegionError::Twice('z'));
    }

    #[test]
    fn both_ends_belong_to_a_region_and_free_axes_hold_all() {
        let region: Region = "y=-2..3,z=4..4".parse().unwrap();
        assert!(region.holds(&Vector3::new(1e9, -2.0, 4.0)));
        assert!(!region.holds(&Vector3::new(0.0, 3.1, 4.0)));
        assert!(!region.holds(&Vector3::new(0.0, 3.0, 4.1)));
    }

    #[test]
    fn ranges_that_are_none_are_named() {
        let error = |text: &str| {
            text.parse::<Region>()
                .and_then(|region| region.check_within([10, 20, 30]))
                .map_err(|error| error.to_string())
        };
        assert_eq!(error("x=29..40,y=-5..0,z=3..4"), Ok(()));
        assert!(
            error("z=4..3")
                .unwrap_err()
                .contains("4..3 along z ends before")
        );
        assert!(error("y=NaN..3").unwrap_err().contains("along y"));
        let outside = error("z=10..12").unwrap_err();
        assert!(outside.contains("0 to 9 along z"), "{outside}");
        assert!(error("x=-9..-1").is_err());
    }
}
