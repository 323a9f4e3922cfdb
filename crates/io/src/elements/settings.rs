//! How the images of elements become minerals, as a project file says it.

use serde::{Deserialize, Serialize};

use super::rule::Rule;

/// One `[[sem.rule]]` of a project file: which values of elements make a mineral.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElementRule {
    /// The mineral, as in the mineral list.
    pub mineral: String,
    /// When a pixel is that mineral, such as `Si > 120 and Al < 30`. A comparison with what is no
    /// number, such as 0 / 0, is neither true nor false: `not` and `!=` do not hold for it either.
    pub when: String,
}

impl ElementRule {
    /// Whether the rule can be understood.
    ///
    /// # Errors
    /// In words, with the character at which it cannot.
    pub(crate) fn check(&self) -> Result<(), String> {
        Rule::read(&self.when).map(|_| ())
    }
}

/// How the images of elements become minerals.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ElementSettings {
    /// The first that holds at a pixel tells its mineral.
    pub rules: Vec<ElementRule>,
    /// Mineral where none holds; without it such pixels count as not measured.
    pub unclassified: Option<String>,
}
