use std::fmt;

use serde::{Deserialize, Serialize};

use super::SectionAgreement;

/// What touching particles come apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartedBy {
    /// The depth that a network tells.
    Network,
    /// The shape of what is solid.
    Mask,
}

/// How well the particles agree with the sections of the maps: how far they can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeparationCheck {
    /// What they come apart by.
    pub parted_by: PartedBy,
    /// How well the result agrees.
    pub agreement: SectionAgreement,
    /// How well the other way agreed about the maps, where both were tried.
    pub other: Option<SectionAgreement>,
    /// Ids of the particles that a slightly different threshold would join with others or part
    /// ([`crate::imaging::separation::Separated::doubtful`]), rising.
    pub doubtful: Vec<u32>,
}

impl fmt::Display for SeparationCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.parted_by {
            PartedBy::Network => "the particle network",
            PartedBy::Mask => "the mask alone",
        };
        write!(f, "touching particles come apart by {by}")?;
        if let Some(overlap) = self.agreement.mean_overlap() {
            write!(
                f,
                "; {} convex sections of the maps overlap with their particles by {:.0} %",
                self.agreement.sections,
                100.0 * overlap
            )?;
        }
        if let Some(overlap) = self.other.and_then(|other| other.mean_overlap()) {
            write!(f, " (the other way: {:.0} %)", 100.0 * overlap)?;
        }
        Ok(())
    }
}
