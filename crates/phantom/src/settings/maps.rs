use corelith_core::settings;

settings! {
    /// The mineral maps.
    pub struct MapSettings {
        /// Maps to learn from.
        pub training: usize = 2;
        /// Maps to judge by.
        pub validation: usize = 1;
        /// Pixel size that the project file states, micrometres; 0.05 to 20 voxels.
        pub pixel_um: f64 = 1.2;
        /// Width and height of a map over width and height of the volume; each map is up to 6 %
        /// larger or smaller.
        pub width_fraction: f64 = 0.6, in [0.05 to 2];
        /// Smallest tilt against the slices, degrees.
        pub tilt_min_deg: f64 = 1.0, in [0 to 90];
        /// Largest tilt against the slices, degrees; no less than the smallest.
        pub tilt_max_deg: f64 = 6.0, in [0 to 90];
        /// Share of maps that show the plane from behind.
        pub mirrored: f64 = 0.3, in [0 to 1];
        /// Largest relative error of the stated pixel size, drawn for each axis.
        pub scale_error_max: f64 = 0.02, in [0 to 0.2];
        /// Share of the width by which a map is pushed out of the volume.
        pub outside_fraction: f64 = 0.0, in [0 to 0.9];
        /// Standard deviation of smooth displacement, each of both in-plane directions, voxels.
        pub displacement_vox: f64 = 0.45, in [0 to 20];
        /// The same out of the plane.
        pub bending_vox: f64 = 0.2, in [0 to 20];
        /// Correlation length of the displacement, micrometres; at least 1 voxel.
        pub displacement_length_um: f64 = 30.0;
        /// Rough rims: each pixel shows the class up to this far away, pixels.
        pub rim_roughness_px: f64 = 1.35, in [0 to 20];
        /// Share of solid pixels with a random mineral.
        pub mislabelled: f64 = 0.005, in [0 to 1];
        /// BSE grey of resin.
        pub bse_resin_grey: f64 = 17.5, in [0 to 255];
        /// Standard deviation of the BSE noise, grey values.
        pub bse_noise: f64 = 6.0, in [0 to 255];
        /// Standard deviation of the BSE point spread, pixels.
        pub bse_blur_px: f64 = 0.7, in [0 to 20];
    }
}
