use corelith_core::settings;

settings! {
    /// The CT image.
    pub struct CtSettings {
        /// Grey value of resin.
        pub resin_grey: f64 = 9660.0, in [0 to 65535];
        /// Standard deviation of the noise, over the contrast between host mineral and resin.
        pub noise: f64 = 0.0585, in [0 to 10];
        /// Correlation of the noise of neighbouring voxels.
        pub noise_correlation: f64 = 0.166, in [0 to 0.6];
        /// Standard deviation of the point spread, voxels.
        pub blur_vox: f64 = 0.84, in [0 to 4];
        /// Standard deviation of ring artefacts, over the same contrast.
        pub rings: f64 = 0.023, in [0 to 10];
        /// Amplitude of slow shading, over the same contrast.
        pub shading: f64 = 0.002, in [0 to 10];
        /// Standard deviation of a particle's grey, as a share of it.
        pub particle_variation: f64 = 0.0125, in [0 to 0.3];
        /// Share of grey that beam hardening takes at the rotation axis.
        pub cupping: f64 = 0.0, in [0 to 0.5];
        /// Strength of phase-contrast fringes: share of the difference to a wider blur that is added
        /// at edges.
        pub fringes: f64 = 0.0, in [0 to 2];
        /// Bits of a grey value. Below 16 their steps cover four times the largest contrast.
        pub bits: u32 = 16, in [8 to 16];
    }
}
