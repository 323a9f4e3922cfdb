use corelith_core::{Cancelled, LabelError};

/// Why a volume could not be labelled.
#[derive(Debug, thiserror::Error)]
pub enum ComponentsError {
    /// More components than 32 bits can number.
    #[error("the volume cannot be labelled: {0}; label parts of it")]
    TooMany(#[from] LabelError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
