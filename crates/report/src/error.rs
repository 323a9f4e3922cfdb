use corelith_core::Cancelled;

/// Why the page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Values that do not fit the mineral list.
    #[error("{what} has {found} entries where the mineral list has {expected} rows")]
    OtherMinerals {
        /// What does not fit.
        what: String,
        /// Entries found.
        found: usize,
        /// Rows of the mineral list.
        expected: usize,
    },
    /// Two pictures of one thing differ in shape.
    #[error("{what} has {found:?} rows and columns where {expected:?} are expected")]
    Shape {
        /// The picture.
        what: String,
        /// Its rows and columns.
        found: (usize, usize),
        /// The rows and columns that it must have.
        expected: (usize, usize),
    },
    /// A picture could not be encoded.
    #[error("cannot encode the picture {path}: {source}")]
    Picture {
        /// File name of the picture.
        path: String,
        /// What went wrong.
        source: image::ImageError,
    },
    /// The numbers of the particles could not be written.
    #[error("cannot write the numbers of the particles as JSON: {0}")]
    Data(serde_json::Error),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
