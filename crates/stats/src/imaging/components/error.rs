use corelith_core::{Cancelled, LabelError};
use corelith_gpu::{GpuError, MayBeShort, Shortage};

/// Why a volume could not be labelled.
#[derive(Debug, thiserror::Error)]
pub enum ComponentsError {
    /// More components than 32 bits can number.
    #[error("the volume cannot be labelled: {0}; label parts of it")]
    TooMany(#[from] LabelError),
    /// The GPU failed, or cannot take a slice at once.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl MayBeShort for ComponentsError {
    fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::Gpu(error) => error.shortage(),
            Self::TooMany(_) | Self::Cancelled(_) => None,
        }
    }
}
