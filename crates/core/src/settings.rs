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
    pub values: Vec<f64>,
    /// The values as the user writes them.
    pub found: String,
    /// The values that it may have.
    pub range: SettingRange,
}

impl RangedSetting {
    /// The same setting, named within the section that its own section is part of.
    pub fn within(mut self, section: &str) -> Self {
        self.name = format!("{section}.{}", self.name);
        self
    }
}

/// What is said of a setting where it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingText {
    /// Name within its section, such as `warp.spacing_vox`.
    pub name: String,
    /// Its documentation, in one line.
    pub about: String,
    /// The values that it may have, where it has a range.
    pub range: Option<String>,
}

impl SettingText {
    /// From the attributes of a field as they stand in the source.
    #[doc(hidden)]
    pub fn of(name: &str, attributes: &[&str], range: Option<SettingRange>) -> Self {
        let lines = attributes.iter().filter_map(|attribute| {
            let literal = attribute.strip_prefix("doc =")?.trim();
            let literal = literal.trim_start_matches('r').trim_matches('#');
            let text = literal.strip_prefix('"')?.strip_suffix('"')?;
            Some(text.replace("\\\"", "\"").trim().to_owned())
        });
        Self {
            name: name.to_owned(),
            about: lines.collect::<Vec<_>>().join(" "),
            range: range.map(|range| range.to_string()),
        }
    }

    /// The same setting, named within the section that its own section is part of.
    pub fn within(mut self, section: &str) -> Self {
        self.name = format!("{section}.{}", self.name);
        self
    }
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

    /// What is said of every setting, in the order in which they are declared.
    fn texts() -> Vec<SettingText>
    where
        Self: Sized;

    /// Fails on the first value out of its range.
    ///
    /// # Errors
    /// [`OutOfRange`].
    fn check_ranges(&self) -> Result<(), OutOfRange> {
        let in_range = |setting: &RangedSetting| {
            let mut values = setting.values.iter();
            values.all(|&value| setting.range.holds(value))
        };
        match self.ranged().into_iter().find(|setting| !in_range(setting)) {
            None => Ok(()),
            Some(setting) => Err(OutOfRange {
                name: setting.name,
                found: setting.found,
                range: setting.range.to_string(),
            }),
        }
    }
}

/// What a setting with a range may be of.
pub trait SettingValue {
    /// Its numbers: one, or one an axis.
    fn values(&self) -> Vec<f64>;

    /// It as the user writes it.
    fn text(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl SettingValue for $number {
            fn values(&self) -> Vec<f64> {
                vec![*self as f64]
            }

            fn text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
numbers!(f64, usize, u64, u32);

impl SettingValue for f32 {
    /// By way of its shortest decimal: the 0.6 of a project file, as `f32`, is more than 0.6.
    fn values(&self) -> Vec<f64> {
        vec![self.to_string().parse().unwrap_or(f64::NAN)]
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl<T: SettingValue, const N: usize> SettingValue for [T; N] {
    fn values(&self) -> Vec<f64> {
        self.iter().flat_map(T::values).collect()
    }

    fn text(&self) -> String {
        let each: Vec<String> = self.iter().map(T::text).collect();
        format!("[{}]", each.join(", "))
    }
}

/// A setting that need not be given: its range counts where it is.
impl<T: SettingValue> SettingValue for Option<T> {
    fn values(&self) -> Vec<f64> {
        self.iter().flat_map(T::values).collect()
    }

    fn text(&self) -> String {
        self.as_ref().map_or_else(String::new, T::text)
    }
}

/// Declares a section of settings: name, type, default, range and documentation of each in one
/// place. The check, its message and the documented range come from it.
///
/// A field is `name: Type = default;`. Before the semicolon stands `, in [RANGE]` where it has a
/// range, or `, each` where it is a section of its own whose ranges count. A range is `LOW to
/// HIGH`, `LOW or more`, `above LOW` or `above LOW, at most HIGH`. Without defaults, every field
/// must be given in the file.
///
/// ```
/// use corelith_core::{RangedSettings as _, settings};
///
/// settings! {
///     /// How a map is placed.
///     pub struct Settings {
///         /// Largest tilt of the map, degrees.
///         pub tilt_max_deg: f64 = 10.0, in [0 to 45];
///         /// Whether the map may be mirrored.
///         pub mirrored: bool = true;
///         /// Smooth displacement.
///         pub warp: Warp = Warp::default(), each;
///     }
/// }
///
/// settings! {
///     /// Smooth displacement.
///     pub struct Warp {
///         /// Spacing of the control points along y and x, voxels.
///         pub spacing_vox: [f64; 2] = [10.0, 10.0], in [above 0, at most 200];
///     }
/// }
///
/// let problem = |settings: Settings| settings.check_ranges().unwrap_err().to_string();
/// let tilted = Settings { tilt_max_deg: 50.0, ..Settings::default() };
/// assert_eq!(problem(tilted), "setting `tilt_max_deg` is 50, expected 0 to 45");
/// let narrow = Settings { warp: Warp { spacing_vox: [0.0, 2.5] }, ..Settings::default() };
/// assert_eq!(
///     problem(narrow),
///     "setting `warp.spacing_vox` is [0, 2.5], expected above 0, at most 200",
/// );
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                pub $field:ident: $type:ty = $default:expr $(, $how:ident $([$($range:tt)+])?)?;
            )*
        }
    ) => {
        $crate::settings! {
            #[serde(default)]
            $(#[$meta])*
            pub struct $name {
                $(
                    $(#[$field_meta])*
                    pub $field: $type $(, $how $([$($range)+])?)?;
                )*
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                pub $field:ident: $type:ty $(, $how:ident $([$($range:tt)+])?)?;
            )*
        }
    ) => {
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                $($(#[doc = concat!("\n\nRange: ", stringify!($($range)+), ".")])?)?
                pub $field: $type,
            )*
        }

        impl $crate::RangedSettings for $name {
            fn ranged(&self) -> Vec<$crate::RangedSetting> {
                let parts: Vec<Vec<$crate::RangedSetting>> = vec![
                    $($($crate::settings!(@ranged self.$field, $field, $how $([$($range)+])?),)?)*
                ];
                parts.concat()
            }

            fn texts() -> Vec<$crate::SettingText> {
                let parts: Vec<Vec<$crate::SettingText>> = vec![
                    $($crate::settings!(
                        @texts $field, $type, [$(stringify!($field_meta)),*]
                        $(, $how $([$($range)+])?)?
                    ),)*
                ];
                parts.concat()
            }
        }
    };

    (@texts $field:ident, $type:ty, [$($attribute:expr),*]) => {
        vec![$crate::SettingText::of(stringify!($field), &[$($attribute),*], None)]
    };
    (@texts $field:ident, $type:ty, [$($attribute:expr),*], in [$($range:tt)+]) => {
        vec![$crate::SettingText::of(
            stringify!($field),
            &[$($attribute),*],
            Some($crate::settings!(@range $($range)+)),
        )]
    };
    (@texts $field:ident, $type:ty, [$($attribute:expr),*], each) => {
        <$type as $crate::RangedSettings>::texts()
            .into_iter()
            .map(|setting| setting.within(stringify!($field)))
            .collect()
    };

    (@ranged $value:expr, $field:ident, in [$($range:tt)+]) => {
        vec![$crate::RangedSetting {
            name: stringify!($field).to_owned(),
            values: $crate::SettingValue::values(&$value),
            found: $crate::SettingValue::text(&$value),
            range: $crate::settings!(@range $($range)+),
        }]
    };
    (@ranged $value:expr, $field:ident, each) => {
        $crate::RangedSettings::ranged(&$value)
            .into_iter()
            .map(|setting| setting.within(stringify!($field)))
            .collect()
    };

    (@range $low:literal to $high:literal) => {
        $crate::SettingRange::between($low as f64, $high as f64)
    };
    (@range $low:literal or more) => {
        $crate::SettingRange::at_least($low as f64)
    };
    (@range above $low:literal) => {
        $crate::SettingRange::above($low as f64)
    };
    (@range above $low:literal, at most $high:literal) => {
        $crate::SettingRange::above_to($low as f64, $high as f64)
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

    settings! {
        /// A section.
        pub struct Outer {
            /// The first line,
            /// and "the second".
            pub plain: bool = true;
            /// Another section.
            pub inner: Inner = Inner::default(), each;
        }
    }

    settings! {
        /// A section of a section.
        pub struct Inner {
            /// Its only setting.
            pub share: f32 = 0.9, in [0 to 1];
        }
    }

    #[test]
    fn settings_tell_what_they_are() {
        let text = |name: &str, about: &str, range: Option<&str>| SettingText {
            name: name.to_owned(),
            about: about.to_owned(),
            range: range.map(str::to_owned),
        };
        let expected = [
            text("plain", "The first line, and \"the second\".", None),
            text("inner.share", "Its only setting.", Some("0 to 1")),
        ];
        assert_eq!(Outer::texts(), expected);
    }

    #[test]
    fn every_axis_of_a_setting_counts() {
        assert_eq!([4usize, 0, 3].values(), [4.0, 0.0, 3.0]);
        assert_eq!([4usize, 0, 3].text(), "[4, 0, 3]");
    }

    #[test]
    fn a_single_precision_number_is_the_one_that_was_written() {
        assert!(SettingRange::between(0.0, 0.6).holds(0.6_f32.values()[0]));
        assert_eq!(0.95_f32.text(), "0.95");
        assert!(f32::NAN.values()[0].is_nan());
    }
}
