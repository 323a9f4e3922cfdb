//! Sections of settings: each declared once, with its default, range and documentation.

mod declare;
mod option;
mod range;
mod text;
mod value;
mod words;

pub use option::zero_or_more;
pub use range::SettingRange;
pub use text::SettingText;
pub use value::SettingValue;
pub use words::{SettingWords, Word, Words};

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
