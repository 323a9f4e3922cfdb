//! The stages in the order of the data flow. Each is a type with exactly what it depends on; see
//! [`Stage`](crate::resume::Stage).

pub mod artefacts;
pub mod export;
pub mod import;
pub mod measure;
pub mod networks;
pub mod part;
pub mod particles;
pub mod register;
pub mod rehearsal;
pub mod report;
pub mod see_part;
pub mod segment;
pub mod suitability;
pub mod sum_part;
pub mod train;
