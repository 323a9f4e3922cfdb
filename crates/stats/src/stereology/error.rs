use corelith_core::{Cancelled, OutOfRange};

/// Why sections could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum StereologyError {
    /// Two arrays that must have one shape differ.
    #[error("{what} has the shape {found:?} where {with} has {expected:?}: both must be the same")]
    Shape {
        /// The array.
        what: String,
        /// Its shape, slowest axis first.
        found: Vec<usize>,
        /// The array it goes with.
        with: String,
        /// The shape of that.
        expected: Vec<usize>,
    },
    /// A class label past the mineral list.
    #[error(
        "{what} holds the class {found} where the mineral list has {expected} rows: make it again \
         with this mineral list"
    )]
    UnknownClass {
        /// The section.
        what: String,
        /// The label.
        found: u8,
        /// Rows of the mineral list.
        expected: usize,
    },
    /// A setting out of its range.
    #[error("stereology {0}")]
    Setting(#[from] OutOfRange),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
