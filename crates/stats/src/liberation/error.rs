use corelith_core::{Cancelled, OutOfRange};

/// Why liberation could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum LiberationError {
    /// A particle or profile was measured with another mineral list.
    #[error(
        "{what} has {found} mineral values where the mineral list has {expected} rows: measure \
         it again with this mineral list"
    )]
    OtherMinerals {
        /// The particle or profile.
        what: String,
        /// Values found.
        found: usize,
        /// Rows of the mineral list.
        expected: usize,
    },
    /// A setting out of its range.
    #[error("liberation {0}")]
    Setting(#[from] OutOfRange),
    /// Particles cannot be corrected for the edge without their edge weights.
    #[error(
        "cut_particles = \"corrected\" needs edge weights, but edge_correction = false leaves them \
         out: set edge_correction = true in section [measurement], or cut_particles to \
         \"counted\" in section [liberation]"
    )]
    NoEdgeWeights,
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl LiberationError {
    /// Fails where something was measured with another mineral list.
    pub(super) fn unless_equal(
        found: usize,
        expected: usize,
        what: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        Err(Self::OtherMinerals {
            what: what(),
            found,
            expected,
        })
    }
}
