//! A model applied to a whole volume, tile by tile.

mod applied;
mod device_layer;
mod empty;
mod layer;
mod segment;
mod settings;
mod slices;
mod suitability;
mod tiles;

pub use segment::{Segmentation, probabilities, segment};
pub use settings::SegmentSettings;
pub use suitability::{Mismatch, mismatches};
