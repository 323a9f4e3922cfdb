/// Declares a section of settings: name, type, default, range and documentation of each in one
/// place. The check, its message and the documented range come from it.
///
/// A field is `name: Type = default;`. Before the semicolon stands `, in [RANGE]` where it has a
/// range, or `, each` where it is a section of its own whose ranges count. A range is `LOW to
/// HIGH`, `LOW or more`, `above LOW` or `above LOW, at most HIGH`. Without defaults, every field
/// must be given in the file. A field that takes words is of a type that [`words!`](crate::words)
/// declares.
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
        vec![$crate::SettingText::of(
            stringify!($field),
            &[$($attribute),*],
            None,
            <$type as $crate::SettingWords>::words(),
        )]
    };
    (@texts $field:ident, $type:ty, [$($attribute:expr),*], in [$($range:tt)+]) => {
        vec![$crate::SettingText::of(
            stringify!($field),
            &[$($attribute),*],
            Some($crate::settings!(@range $($range)+)),
            None,
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
