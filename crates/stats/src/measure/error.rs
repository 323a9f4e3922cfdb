use corelith_core::Cancelled;

/// Why particles could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The two label volumes do not lie on each other.
    #[error(
        "the particle volume is {particles:?} voxels (z, y, x) and the phase volume {phases:?}: \
         both must be of one shape; segment again or give volumes of the same scan"
    )]
    Shape {
        /// Shape of the particle volume.
        particles: [usize; 3],
        /// Shape of the phase volume.
        phases: [usize; 3],
    },
    /// A phase that the mineral list does not have.
    #[error(
        "voxel x {x}, y {y}, z {z} has phase {found}, but the mineral list has {classes} rows \
         (0 to {last}): use the list that the phases were made with", last = classes - 1
    )]
    Phase {
        /// Column.
        x: usize,
        /// Row.
        y: usize,
        /// Slice.
        z: usize,
        /// Value found.
        found: u8,
        /// Rows of the mineral list.
        classes: usize,
    },
    /// Ids far above the number of particles would need tables that do not fit.
    #[error(
        "the largest particle id is {largest}, in a volume of {voxels} voxels: ids must run from \
         1 without gaps; renumber them with `corelith label --multi`"
    )]
    Ids {
        /// Largest id found.
        largest: u32,
        /// Voxels of the volume.
        voxels: usize,
    },
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
