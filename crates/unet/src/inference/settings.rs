use corelith_core::{OutOfRange, RangedSettings as _, settings};

settings! {
    /// How a network is applied to a volume.
    pub struct SegmentSettings {
        /// Size of a tile in voxels, `[z, y, x]`, each a multiple of `2^(levels - 1)` of the model.
        pub tile_vox: [usize; 3] = [64, 96, 96], in [1 to 4096];
        /// Voxels that neighbouring tiles share at least, along each axis; below half of a tile.
        pub overlap_vox: usize = 12;
        /// Mean over the 8 mirror images of each tile: smoother and 8 times as long.
        pub mirrors: bool = false;
        /// Keep the probability of every class beside the labels: a byte a class and voxel.
        pub probabilities: bool = false;
    }
}

impl SegmentSettings {
    /// Fails on the first value out of range, for a network of `multiple`.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn check(&self, multiple: usize) -> Result<(), OutOfRange> {
        self.check_ranges()?;
        let out_of_range = |name: &str, found: String, range: String| OutOfRange {
            name: name.to_owned(),
            found,
            range,
        };
        let tile = format!("{:?}", self.tile_vox);
        if !self
            .tile_vox
            .iter()
            .all(|side| side.is_multiple_of(multiple))
        {
            return Err(out_of_range(
                "tile_vox",
                tile,
                format!("multiples of {multiple}"),
            ));
        }
        if self
            .tile_vox
            .iter()
            .any(|side| 2 * self.overlap_vox >= *side)
        {
            let range = format!("less than half of each side of the tile, {tile}");
            return Err(out_of_range(
                "overlap_vox",
                self.overlap_vox.to_string(),
                range,
            ));
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
