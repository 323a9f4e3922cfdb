use serde::{Deserialize, Serialize};

use crate::Raster;

/// What a mineral map is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The network learns from it.
    Training,
    /// Kept back, to check the result.
    Validation,
}

/// Class label of a map pixel that was not measured: transparent, or of a class marked `ignore`.
///
/// Such pixels count nowhere: not in registration, labels, areas or liberation. Minerals have rows
/// 0 to 254, so that no mineral shares this value.
pub const UNMEASURED: u8 = u8::MAX;

/// A mineral map with the CT position of each of its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedMap {
    /// Name of the map in results.
    pub name: String,
    /// Row of the mineral list at every pixel, counted from 0; [`UNMEASURED`] where there is none.
    pub classes: Raster<u8>,
    /// x, y and z of every pixel, in CT voxels.
    pub coords_vox: [Raster<f32>; 3],
    /// Size of a pixel, in micrometres.
    pub pixel_um: f64,
}
