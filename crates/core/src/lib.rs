//! Volumes, spacing, labels, transforms and units. No files, no GPU.
//!
//! Conventions that every crate of the workspace shares:
//!
//! - Volumes are `[z, y, x]`, x fastest; rasters are `[row, column]`, column fastest.
//! - Points are `(x, y, z)`; voxel and pixel centres lie at integer coordinates.
//! - Units stand in names: `_um` micrometres, `_vox` voxels, `_px` map pixels, `_deg` degrees.
//! - Transforms name both ends: `ct_from_map` takes map coordinates to CT coordinates.

mod artefact;
mod duration;
mod labels;
mod minerals;
mod placed_map;
mod placement;
mod progress;
mod raster;
mod region;
mod seed;
mod settings;
mod slice_source;
mod spacing;
mod table;
mod volume;

pub use artefact::Artefact;
pub use duration::duration_text;
pub use labels::{LabelError, renumber_by_first_voxel};
pub use minerals::{Mineral, Minerals, MineralsError};
pub use placed_map::{PlacedMap, Role, UNMEASURED};
pub use placement::CtFromMap;
pub use progress::{Cancelled, Progress, Silent, Within};
pub use raster::Raster;
pub use region::{Region, RegionError};
pub use seed::seed_of;
pub use settings::{
    OutOfRange, RangedSetting, RangedSettings, SettingRange, SettingText, SettingValue,
    SettingWords, Word, Words, zero_or_more,
};
pub use slice_source::{SliceSource, SliceStore};
pub use spacing::Spacing;
pub use table::{Column, Table, Values};
pub use volume::{ShapeError, Volume};
