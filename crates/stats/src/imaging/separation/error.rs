use corelith_core::{Cancelled, LabelError, OutOfRange};

use crate::imaging::components::ComponentsError;
use crate::imaging::distance::DistanceError;

/// Why particles could not be taken apart.
#[derive(Debug, thiserror::Error)]
pub enum SeparationError {
    /// The depth does not lie on the mask.
    #[error(
        "the mask is {mask:?} voxels (z, y, x), so its depth must have {expected:?} blocks, not \
         {depth:?}: predict it on the volume that the mask was made from"
    )]
    Shape {
        /// Shape of the mask.
        mask: [usize; 3],
        /// Blocks of 2 x 2 x 2 voxels that it has.
        expected: [usize; 3],
        /// Shape of the depth.
        depth: [usize; 3],
    },
    /// Voxels are numbered in 32 bits.
    #[error(
        "the mask has {voxels} voxels, at most {} can be taken apart at once: cut it into blocks",
        u32::MAX
    )]
    TooLarge {
        /// Voxels of the mask.
        voxels: usize,
    },
    /// A setting outside its range.
    #[error("separation {0}")]
    Setting(#[from] OutOfRange),
    /// More particles than 32 bits can number.
    #[error(transparent)]
    TooMany(#[from] LabelError),
    /// The mask or its cavities could not be labelled.
    #[error(transparent)]
    Components(#[from] ComponentsError),
    /// Distances to the background could not be measured.
    #[error(transparent)]
    Distance(#[from] DistanceError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
