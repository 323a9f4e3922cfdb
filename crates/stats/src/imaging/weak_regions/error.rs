use corelith_core::{Cancelled, LabelError, OutOfRange};

use crate::imaging::components::ComponentsError;

/// Why regions could not be reassigned.
#[derive(Debug, thiserror::Error)]
pub enum WeakRegionsError {
    /// The volumes do not lie on each other.
    #[error(
        "phases are {phases:?} voxels (z, y, x), particles {particles:?} and the log odds \
         {log_odds:?}: all must be of one shape; segment again"
    )]
    Shape {
        /// Shape of the phases.
        phases: [usize; 3],
        /// Shape of the particles.
        particles: [usize; 3],
        /// Shape of the log odds.
        log_odds: [usize; 3],
    },
    /// A setting outside its range.
    #[error("regions {0}")]
    Setting(#[from] OutOfRange),
    /// A pair of particle and mineral is numbered in 32 bits.
    #[error(
        "{particles} particles of {classes} classes are more pairs than 32 bits can number: cut \
         the volume into blocks"
    )]
    TooMany {
        /// Largest particle id.
        particles: u32,
        /// Largest class, and one.
        classes: u32,
    },
    /// What was put on the disk meanwhile does not come back, or cannot be put there again.
    #[error("what the networks saw cannot be read or written: {0}; segment again")]
    Slices(#[from] std::io::Error),
    /// Regions could not be numbered.
    #[error(transparent)]
    Components(#[from] ComponentsError),
    /// Particles could not be numbered anew.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
