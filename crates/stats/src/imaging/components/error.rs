use corelith_core::{Cancelled, LabelError};
use corelith_gpu::{GpuError, MayBeShort, Shortage};

/// Why a volume could not be labelled.
#[derive(Debug, thiserror::Error)]
pub enum ComponentsError {
    /// More components than 32 bits can number.
    #[error("the volume cannot be labelled: {0}; label parts of it")]
    TooMany(#[from] LabelError),
    /// A slice that the GPU cannot take at once.
    #[error(
        "a slice of {nx} x {ny} voxels takes {} bytes as labels, a binding of {adapter} holds \
         {limit}; use `--device cpu`", 4 * nx * ny
    )]
    SliceTooLarge {
        /// Columns.
        nx: usize,
        /// Rows.
        ny: usize,
        /// Bytes that a binding holds.
        limit: u64,
        /// Name of the adapter.
        adapter: String,
    },
    /// The GPU failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl MayBeShort for ComponentsError {
    fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::SliceTooLarge { .. } => Some(Shortage::Limits),
            Self::Gpu(error) => error.shortage(),
            Self::TooMany(_) | Self::Cancelled(_) => None,
        }
    }
}
