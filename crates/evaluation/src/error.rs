use corelith_phantom::truth::TruthError;

/// Why results cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A stage, or a part of one.
    #[error(transparent)]
    Stage(corelith_pipeline::Error),
    /// A map whose positions cannot be compared.
    #[error("map {map} cannot be judged: {reason}")]
    Map {
        /// Name of the map.
        map: String,
        /// Why not.
        reason: TruthError,
    },
    /// Results and truth that do not fit.
    #[error(transparent)]
    Truth(TruthError),
    /// A mineral of which nothing is known.
    #[error("the liberation of {mineral} is not known")]
    NoLiberation {
        /// The mineral.
        mineral: String,
    },
}

/// Whatever may go wrong in a stage may go wrong here.
impl<E> From<E> for Error
where
    corelith_pipeline::Error: From<E>,
{
    fn from(error: E) -> Self {
        Self::Stage(error.into())
    }
}

impl Error {
    /// What to do about it, where the message does not say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Stage(error) => error.help(),
            _ => None,
        }
    }
}
