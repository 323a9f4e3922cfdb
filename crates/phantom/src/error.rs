use corelith_core::{Cancelled, MineralsError};

/// Why no phantom was made.
#[derive(Debug, thiserror::Error)]
pub enum PhantomError {
    /// A setting outside its range.
    #[error("phantom setting `{setting}` is {found}, expected {expected}")]
    Setting {
        /// Name as in the settings file.
        setting: &'static str,
        /// What was given.
        found: String,
        /// The allowed range.
        expected: &'static str,
    },
    /// Minerals that share a name or a colour.
    #[error("the minerals of the phantom cannot be told apart")]
    Minerals(#[from] MineralsError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
