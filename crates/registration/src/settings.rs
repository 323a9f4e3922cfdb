use corelith_core::{settings, words};

settings! {
    /// How maps are searched for and fitted: the section `[registration]` of the project file.
    pub struct Settings {
        /// Largest angle between a map and the CT slices, in degrees.
        pub tilt_max_deg: f64 = 10.0, in [0 to 45];
        /// Largest relative error of the pixel size along each map axis.
        pub scale_error_max: f64 = 0.03, in [0 to 0.2];
        /// Step of the in-plane rotation in the first search, in degrees.
        pub angle_step_deg: f64 = 5.0, in [1 to 15];
        /// Smallest share of the map that must lie inside the volume.
        pub overlap_min: f64 = 0.6, in [0.2 to 1];
        /// Places of the first search that are looked at more closely.
        pub candidates: usize = 400, in [16 to 100000];
        /// Map pixels that score one pose.
        pub samples: usize = 4000, in [500 to 100000];
        /// Least probability of being right of a pose that counts as found.
        pub probability_min: f64 = 0.95, in [0.5 to 0.9999];
        /// What of a map is compared with the CT.
        pub channels: MapChannels = MapChannels::default();
        /// The smooth local displacement that is fitted after the affine pose.
        pub warp: WarpSettings = WarpSettings::default(), each;
    }
}

words! {
    /// What of a map is compared with the CT.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub enum MapChannels {
        /// Classes and BSE greys jointly; the classes alone where there is no BSE image.
        #[default]
        Both = "both",
        /// The classes alone.
        Classes = "classes",
        /// The BSE greys alone, parted into a handful of levels. The darkest level is taken for the
        /// background, for resin has the lowest mean atomic number.
        Bse = "bse",
    }
}

settings! {
    /// The smooth local displacement between a map and its affine pose.
    ///
    /// It is a random field of the Matern family (smoothness 3) before the data speak, so that it
    /// goes back to the affine pose where the map shows nothing but background.
    pub struct WarpSettings {
        /// Whether a displacement is fitted at all.
        pub enabled: bool = true;
        /// Spacing of the control points, in voxels.
        pub spacing_vox: f64 = 10.0, in [2 to 200];
        /// Usual distance over which displacements are alike (correlation 0.14), in voxels. Larger
        /// is stiffer.
        pub range_vox: f64 = 28.0, in [2 to 1000];
        /// Usual displacement within the plane (standard deviation an axis), in voxels. Smaller is
        /// stiffer.
        pub in_plane_vox: f64 = 0.45, in [0.01 to 20];
        /// Usual bending out of the plane (standard deviation), in voxels; 0 keeps the map flat.
        pub out_of_plane_vox: f64 = 0.08, in [0 to 20];
        /// Side of the frames of a mosaic, in pixels, where the map is one and its frames may lie
        /// out of place. Where it is not given, square and equal frames are looked for.
        pub frame_px: Option<f64> = None, in [16 to 10000];
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::RangedSettings as _;

    use super::*;

    #[test]
    fn the_defaults_are_in_range() {
        Settings::default().check_ranges().unwrap();
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let mut settings = Settings::default();
        settings.warp.range_vox = f64::NAN;
        let error = settings.check_ranges().unwrap_err().to_string();
        assert!(error.contains("warp.range_vox"), "{error}");
        let mut settings = Settings::default();
        settings.warp.frame_px = Some(3.0);
        let error = settings.check_ranges().unwrap_err().to_string();
        assert!(
            error.contains("`warp.frame_px` is 3, expected 16 to 10000"),
            "{error}"
        );
    }
}
