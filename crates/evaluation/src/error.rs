use corelith_core::Cancelled;
use corelith_phantom::truth::TruthError;
use corelith_stats::imaging::{separation, weak_regions};
use corelith_stats::liberation::DeviationError;
use corelith_stats::{liberation, measure, stereology};

/// Why results cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A stage, or the results of one.
    #[error(transparent)]
    Stage(#[from] corelith_pipeline::Error),
    /// A file of the results or of the truth.
    #[error(transparent)]
    File(#[from] corelith_io::Error),
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
    Truth(#[from] TruthError),
    /// Liberation that cannot be compared.
    #[error(transparent)]
    Deviation(#[from] DeviationError),
    /// A mineral of which nothing is known.
    #[error("the liberation of {mineral} is not known")]
    NoLiberation {
        /// The mineral.
        mineral: String,
    },
    /// Making a phantom.
    #[error(transparent)]
    Phantom(#[from] corelith_phantom::PhantomError),
    /// Placing a map.
    #[error(transparent)]
    Registration(#[from] corelith_registration::RegistrationError),
    /// Applying a network.
    #[error(transparent)]
    Network(#[from] corelith_unet::UnetError),
    /// Separating particles.
    #[error(transparent)]
    Separation(#[from] separation::SeparationError),
    /// Reassigning weak regions of minerals.
    #[error(transparent)]
    WeakRegions(#[from] weak_regions::WeakRegionsError),
    /// Measuring particles.
    #[error(transparent)]
    Measure(#[from] measure::MeasureError),
    /// Cutting sections.
    #[error(transparent)]
    Stereology(#[from] stereology::StereologyError),
    /// Counting liberation.
    #[error(transparent)]
    Liberation(#[from] liberation::LiberationError),
    /// Sizes that do not fit.
    #[error(transparent)]
    Shape(#[from] corelith_core::ShapeError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
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
