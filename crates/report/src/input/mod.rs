//! Everything that the page shows.

mod liberation;
mod particles;
mod provenance;
mod registration;
mod scan;
mod validation;

pub use liberation::{
    AT_LEAST_PCT, Association, Basis, BasisCurve, Difference, Estimate, Locking, MineralCurves,
    SizeLiberation,
};
pub use particles::{ParticleModel, ParticleRow, particle_models};
pub use provenance::{InputFile, Provenance, StageTime};
pub use registration::{Registration, Role};
pub(crate) use scan::central_slice;
pub use scan::{Direction, SliceView, TrainingPoint};
pub use validation::{MineralAgreement, Validation};

use corelith_core::Minerals;

/// One sample's results, as plain values.
#[derive(Debug, Clone)]
pub struct ReportInput<'a> {
    /// Name of the sample.
    pub sample: String,
    /// Sieve fraction as the project states it, in micrometres: `63-100`.
    pub fraction_um: Option<String>,
    /// Mineral list; class labels index it.
    pub minerals: &'a Minerals,
    /// The mineral that the verdict is about.
    pub target: u8,
    /// One entry a map, in file order.
    pub registrations: Vec<Registration>,
    /// Slices through CT and result; see [`SliceView::central`].
    pub slices: Vec<SliceView>,
    /// Training curve; empty when none was kept.
    pub training: Vec<TrainingPoint>,
    /// Maps beside the sections predicted at their pixels, in file order.
    pub validations: Vec<Validation>,
    /// Every particle.
    pub particles: Vec<ParticleRow>,
    /// The particles to draw; see [`particle_models`].
    pub models: Vec<ParticleModel>,
    /// Liberation of every solid mineral.
    pub liberation: Vec<MineralCurves>,
    /// Locking of every solid mineral; empty leaves it out.
    pub locking: Vec<Locking>,
    /// What the minerals border on; none leaves it out.
    pub association: Option<Association>,
    /// How the result was made.
    pub provenance: Provenance,
    /// The exact truth beside the result, for phantoms.
    pub truth: Option<Truth>,
    /// Tables that lie beside the page: path relative to it, and what it holds.
    pub tables: Vec<(String, String)>,
}

/// The result against the exact truth of a phantom.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// One row a figure, most important first.
    pub checks: Vec<TruthCheck>,
}

/// One figure against the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct TruthCheck {
    /// What is judged: `LiAlO2 Dice`.
    pub what: String,
    /// The figure with its unit, in words.
    pub found: String,
    /// What was hoped for, in words.
    pub goal: String,
    /// Whether the figure reaches it.
    pub passed: bool,
}
