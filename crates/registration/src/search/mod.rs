//! Places that the map may lie at, from anywhere in the volume to poses refined on the whole map.

mod fourier;
pub(crate) mod patch_search;
pub(crate) mod patches;
mod pattern_search;
mod peaks;
pub(crate) mod refinement;
pub(crate) mod search_volume;
mod template;
mod turn;
mod window;
