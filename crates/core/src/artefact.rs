use serde::{Deserialize, Serialize};

/// What a scanner adds to grey values that is not of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Artefact {
    /// Greys of one matter that differ smoothly over the volume: cupping by beam hardening, a beam
    /// that is uneven.
    Shading,
    /// Greys that differ with the distance from the axis of rotation.
    Rings,
}

impl Artefact {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Shading, Self::Rings];
}
