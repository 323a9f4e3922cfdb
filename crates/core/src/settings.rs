use std::fmt;

/// The values that a setting may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingRange {
    low: f64,
    high: f64,
    /// Whether the lower end itself is out of range.
    above: bool,
}

impl SettingRange {
    /// From `low` to `high`, both included.
    pub const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            above: false,
        }
    }

    /// `low` or more.
    pub const fn at_least(low: f64) -> Self {
        Self::between(low, f64::INFINITY)
    }

    /// More than `low`.
    pub const fn above(low: f64) -> Self {
        Self {
            low,
            high: f64::INFINITY,
            above: true,
        }
    }

    /// More than `low`, and `high` at most.
    pub const fn above_to(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            above: true,
        }
    }

    /// Whether a value is in range; no number that is not finite is.
    pub fn holds(&self, value: f64) -> bool {
        let low = if self.above {
            value > self.low
        } else {
            value >= self.low
        };
        low && value <= self.high && value.is_finite()
    }
}

impl fmt::Display for SettingRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, high, above } = self;
        match (above, high.is_finite()) {
            (false, true) => write!(f, "{low} to {high}"),
            (false, false) => write!(f, "{low} or more"),
            (true, true) => write!(f, "above {low}, at most {high}"),
            (true, false) => write!(f, "above {low}"),
        }
    }
}

/// A setting with its value and range.
#[derive(Debug, Clone, PartialEq)]
pub struct RangedSetting {
    /// Name within its section, such as `warp.spacing_vox`.
    pub name: String,
    /// Its values: one, or one an axis.
    pub found: Vec<f64>,
    /// The values that it may have.
    pub range: SettingRange,
}

/// A setting out of its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("setting `{name}` is {found}, expected {range}")]
pub struct OutOfRange {
    /// Name within its section.
    pub name: String,
    /// What it is.
    pub found: String,
    /// What it may be.
    pub range: String,
}

/// Settings whose ranges stand where they are declared; see [`settings!`](crate::settings).
pub trait RangedSettings {
    /// Every setting that has a range.
    fn ranged(&self) -> Vec<RangedSetting>;

    /// Fails on the first value out of its range.
    ///
    /// # Errors
    /// [`OutOfRange`].
    fn check_ranges(&self) -> Result<(), OutOfRange> {
        for setting in self.ranged() {
            if !setting
                .found
                .iter()
                .all(|&value| setting.range.holds(value))
            {
                let found: Vec<String> = setting.found.iter().map(f64::to_string).collect();
                return Err(OutOfRange {
                    name: setting.name,
                    found: match &found[..] {
                        [one] => one.clone(),
                        several => format!("[{}]", several.join(", ")),
                    },
                    range: setting.range.to_string(),
                });
            }
        }
        Ok(())
    }
}

/// What a setting with a range may be of.
pub trait SettingValue {
    /// It and its ranges, under a name.
    fn ranged(&self, name: &str, range: SettingRange) -> RangedSetting;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl SettingValue for $number {
            fn ranged(&self, name: &str, range: SettingRange) -> RangedSetting {
                RangedSetting { name: name.to_owned(), found: vec![*self as f64], range }
            }
        }
    )*};
}
numbers!(f64, f32, usize, u64, u32);

impl<T: SettingValue, const N: usize> SettingValue for [T; N] {
    fn ranged(&self, name: &str, range: SettingRange) -> RangedSetting {
        RangedSetting {
            name: name.to_owned(),
            found: self
                .iter()
                .flat_map(|value| value.ranged(name, range).found)
                .collect(),
            range,
        }
    }
}

/// Declares a section of settings: name, type, default, range and documentation of each in one
/// place. The check, its message and the documented range come from it.
///
/// A field is `name: Type = default;`, with `in RANGE` before the semicolon where it has a range,
/// or `each` where it is a section of its own whose ranges count.
///
/// ```
/// use corelith_core::{RangedSettings as _, SettingRange, settings};
///
/// settings! {
///     /// How a map is placed.
///     pub struct Settings {
///         /// Largest tilt of the map, degrees.
///         pub tilt_max_deg: f64 = 10.0, in SettingRange::between(0.0, 45.0);
///         /// Whether the map may be mirrored.
///         pub mirrored: bool = true;
///     }
/// }
///
/// let settings = Settings { tilt_max_deg: 50.0, ..Settings::default() };
/// let problem = settings.check_ranges().unwrap_err().to_string();
/// assert_eq!(problem, "setting `tilt_max_deg` is 50, expected 0 to 45");
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                pub $field:ident: $type:ty = $default:expr $(, in $range:expr)? $(, each $each:tt)?;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                $(#[doc = concat!("\n\nRange: `", stringify!($range), "`.")])?
                pub $field: $type,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::RangedSettings for $name {
            fn ranged(&self) -> Vec<$crate::RangedSetting> {
                #[allow(unused_mut)]
                let mut all: Vec<$crate::RangedSetting> = Vec::new();
                $(
                    $(all.push($crate::SettingValue::ranged(&self.$field, stringify!($field), $range));)?
                    $(
                        let _ = stringify!($each);
                        all.extend($crate::RangedSettings::ranged(&self.$field).into_iter().map(|setting| {
                            $crate::RangedSetting {
                                name: format!("{}.{}", stringify!($field), setting.name),
                                ..setting
                            }
                        }));
                    )?
                )*
                all
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_their_words_say() {
        for (range, words, good, bad) in [
            (SettingRange::between(0.0, 1.0), "0 to 1", 1.0, 1.01),
            (SettingRange::at_least(0.0), "0 or more", 0.0, f64::NAN),
            (SettingRange::above(0.0), "above 0", 1e-9, 0.0),
            (
                SettingRange::above_to(0.0, 100.0),
                "above 0, at most 100",
                100.0,
                0.0,
            ),
        ] {
            assert_eq!(range.to_string(), words);
            assert!(range.holds(good) && !range.holds(bad), "{words}");
            assert!(!range.holds(f64::INFINITY));
        }
    }

    #[test]
    fn every_axis_of_a_setting_counts() {
        let setting = [4usize, 0, 3].ranged("sides", SettingRange::above(0.0));
        assert_eq!(setting.found, [4.0, 0.0, 3.0]);
    }
}
