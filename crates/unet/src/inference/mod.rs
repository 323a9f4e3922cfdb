//! A model applied to a whole volume, tile by tile.

mod application;
mod applied;
mod device_layer;
mod empty;
mod layer;
mod segmentation;
mod settings;
mod suitability;
mod tiles;

pub use application::{Application, Wanted};
pub use segmentation::{Segmentation, SegmentedSlice, segment};
pub use settings::SegmentSettings;
pub use suitability::Likeness;
