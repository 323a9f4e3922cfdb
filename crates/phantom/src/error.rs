use corelith_core::{Cancelled, MineralsError, OutOfRange};

/// Why no phantom was made.
#[derive(Debug, thiserror::Error)]
pub enum PhantomError {
    /// A setting outside its range.
    #[error("phantom {0}")]
    Setting(#[from] OutOfRange),
    /// Minerals that share a name or a colour.
    #[error("the minerals of the phantom cannot be told apart")]
    Minerals(#[from] MineralsError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
