//! Handles of results on disk: what one stage hands to the next.
//!
//! A handle serialises as the content that it stands for, so that it can be part of what a stage
//! depends on, and reads its file when a stage needs it.

mod artefacts;
mod corrected;
mod evening;
mod in_use;
mod map;
mod model;
mod parked;
mod room;
mod volume;

pub use artefacts::{ArtefactsRecord, StoredArtefacts, artefact_changes};
pub use corrected::CorrectedCt;
pub use evening::{EveningRecord, ImportedCt, StoredEvening, evened_ct};
pub use map::{StoredMap, StoredPlacement};
pub use model::StoredModel;
pub use parked::Parked;
pub(crate) use room::{Before, check_room};
pub use volume::StoredVolume;
