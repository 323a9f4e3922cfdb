//! Everything that the page shows.

mod ct_change;
mod grid;
mod particle_grids;
mod particles;
mod provenance;
mod registration;
mod scan;
mod sections;

pub use ct_change::CtChange;
pub use grid::ParticleGrid;
pub use particle_grids::particle_grids;
pub use particles::{ParticleModel, particle_models};
pub use provenance::{InputFile, Provenance, StageTime};
pub use registration::MapPlace;
pub use scan::{Direction, SliceView, central_slice};
pub use sections::MapSections;

use corelith_core::Minerals;
use corelith_stats::agreement::SeparationCheck;
use corelith_stats::measurements::Measurements;
use corelith_unet::{CurvePoint, ModelCard};
use serde::{Deserialize, Serialize};

/// One sample's results, and the pictures that go with them.
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
    pub places: Vec<MapPlace>,
    /// Slices through CT and result; see [`SliceView::central`].
    pub slices: Vec<SliceView>,
    /// What was changed of the greys of the CT.
    pub ct_changes: Vec<CtChange>,
    /// Training curve; empty when none was kept.
    pub training: Vec<CurvePoint>,
    /// What is known of the network that told the minerals apart.
    pub model: Option<ModelCard>,
    /// How well the particles agree with the sections of the maps.
    pub separation: Option<SeparationCheck>,
    /// All numbers of the sample.
    pub measurements: &'a Measurements,
    /// The maps beside the sections predicted at their pixels.
    pub sections: Vec<MapSections>,
    /// The particles to draw; see [`particle_models`].
    pub models: Vec<ParticleModel>,
    /// The particles that can be turned; see [`particle_grids`].
    pub grids: Vec<ParticleGrid>,
    /// How the result was made.
    pub provenance: Provenance,
    /// The exact truth beside the result, for phantoms.
    pub truth: Option<Truth>,
    /// Tables that lie beside the page: path relative to it, and what it holds.
    pub tables: Vec<(String, String)>,
}

/// The result against the exact truth of a phantom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// One row a figure, most important first.
    pub checks: Vec<TruthCheck>,
}

/// One figure against the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
