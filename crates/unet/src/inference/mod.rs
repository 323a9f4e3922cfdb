//! A model applied to a whole volume, tile by tile.

mod applied;
mod device_layer;
mod empty;
mod layer;
mod segment;
mod segmentation;
mod settings;
mod slices;
mod suitability;
mod tiles;

pub use segment::{probabilities_of_slices, segment, segment_slices};
pub use segmentation::Segmentation;
pub use settings::SegmentSettings;
pub use suitability::Likeness;
