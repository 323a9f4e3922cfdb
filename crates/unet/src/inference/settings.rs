use serde::{Deserialize, Serialize};

use crate::UnetError;
use crate::network::require;

/// How a network is applied to a volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentSettings {
    /// Size of a tile in voxels, `[z, y, x]`, each a multiple of `2^(levels - 1)` of the model.
    pub tile_vox: [usize; 3],
    /// Voxels that neighbouring tiles share at least, along each axis; below half of a tile.
    pub overlap_vox: usize,
    /// Mean over the 8 mirror images of each tile: smoother and 8 times as long.
    pub mirrors: bool,
    /// Keep the probability of every class beside the labels: a byte a class and voxel.
    pub probabilities: bool,
}

impl Default for SegmentSettings {
    fn default() -> Self {
        Self {
            tile_vox: [64, 96, 96],
            overlap_vox: 24,
            mirrors: false,
            probabilities: false,
        }
    }
}

impl SegmentSettings {
    /// Fails on the first value out of range, for a network of `multiple`.
    ///
    /// # Errors
    /// [`UnetError::Setting`].
    pub fn check(&self, multiple: usize) -> Result<(), UnetError> {
        for side in self.tile_vox {
            require(
                "tile_vox",
                format!("{:?}", self.tile_vox),
                side > 0 && side.is_multiple_of(multiple),
                &format!("multiples of {multiple}, above 0"),
            )?;
            require(
                "overlap_vox",
                self.overlap_vox,
                2 * self.overlap_vox < side,
                &format!(
                    "less than half of each side of the tile, {:?}",
                    self.tile_vox
                ),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_an_overlap_of_half_a_tile_is_not() {
        SegmentSettings::default().check(4).unwrap();
        let bad = SegmentSettings {
            overlap_vox: 32,
            ..SegmentSettings::default()
        };
        let text = bad.check(4).unwrap_err().to_string();
        assert!(text.contains("overlap_vox"), "{text}");
    }
}
