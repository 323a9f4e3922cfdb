use corelith_core::settings;

settings! {
    /// Random changes of a training patch. Grey values are in units of the contrast between resin
    /// and particles.
    pub struct Augmentation {
        /// Mirror along each axis, half of the time.
        pub mirror: bool = true;
        /// Swap axes at random; with mirrors these are all 48 symmetries of the grid.
        pub swap_axes: bool = true;
        /// Largest turn about each axis of one patch in eight, degrees.
        pub rotation_deg: f64 = 15.0, in [0 to 45];
        /// Largest logarithm of the scale of that patch.
        pub scale: f64 = 0.1, in [0 to 0.5];
        /// Largest change of the contrast, as a share.
        pub gain: f64 = 0.03, in [0 to 0.9];
        /// Largest shift of the grey values.
        pub offset: f64 = 0.03, in [0 or more];
        /// Largest logarithm of the gamma of one patch in eight.
        pub gamma: f64 = 0.05, in [0 to 1];
        /// Largest standard deviation of added noise.
        pub noise: f64 = 0.05, in [0 or more];
        /// Largest sigma of the blur that one patch in four gets, in voxels.
        pub blur_vox: f64 = 0.6, in [0 to 3];
        /// How much coarser than its voxels one patch in eight is at most, as a share.
        pub coarseness: f64 = 0.4, in [0 to 2];
    }
}

impl Augmentation {
    /// Changes of grey values and resolution `factor` times as strong, within their ranges.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Self {
            gain: (factor * self.gain).min(0.9),
            offset: factor * self.offset,
            gamma: (factor * self.gamma).min(1.0),
            noise: factor * self.noise,
            blur_vox: (factor * self.blur_vox).min(3.0),
            coarseness: (factor * self.coarseness).min(2.0),
            ..self.clone()
        }
    }
}
