use corelith_core::settings;

settings! {
    /// How minerals are intergrown.
    pub struct TextureSettings {
        /// Share of particles that consist of one banded mineral alone. With the barren ones, 1 at
        /// most.
        pub liberated: f64 = 0.12, in [0 to 1];
        /// Share of particles without any banded mineral.
        pub barren: f64 = 0.12, in [0 to 1];
        /// Wavelength across bands, micrometres; at least half a voxel.
        pub band_um: f64 = 29.0;
        /// How much longer than thick bands are, at most.
        pub band_anisotropy_max: f64 = 4.0, in [1 to 100];
        /// Weight of the ragged second octave of bands.
        pub band_raggedness: f64 = 0.2, in [0 to 1];
        /// Wavelength of blobs, micrometres; at least half a voxel.
        pub blob_um: f64 = 18.0;
        /// How much longer than thick blobs are, at most.
        pub blob_anisotropy_max: f64 = 2.5, in [1 to 100];
        /// Radius of specks (as metal), smallest and largest, micrometres.
        pub speck_radius_um: [f64; 2] = [0.9, 2.9], in [0 to 1000000];
        /// Pores in 1000 voxels of particle.
        pub pores_per_1000_vox: f64 = 1.1, in [0 to 100];
        /// Radius of pores, smallest and largest, micrometres.
        pub pore_radius_um: [f64; 2] = [0.9, 2.0], in [0 to 1000000];
        /// Shares of the minerals, in their order, in particles: each particle takes one at random,
        /// its most common mineral being the host, whatever the habits. Empty: composed by habit.
        pub compositions: Vec<Vec<f64>> = Vec::new();
    }
}
