use corelith_core::settings;

settings! {
    /// Size, shape and packing of the particles.
    pub struct ParticleSettings {
        /// Smallest diameter of the sphere of equal volume, micrometres; at least 4 voxels.
        pub diameter_min_um: f64 = 56.0;
        /// Largest such diameter, micrometres; no less than the smallest.
        pub diameter_max_um: f64 = 86.0, in [0 to 1000000];
        /// By which power of the diameter the number of particles falls (Gates 1915, Schuhmann 1940):
        /// 0 as many of every diameter, 1 of every factor; at 3 every factor fills the same volume.
        pub size_exponent: f64 = 0.0, in [0 to 4];
        /// Share of the volume that particles fill. About 0.35 hardly touching, 0.53 touching
        /// everywhere, 0.66 densely packed.
        pub solid_fraction: f64 = 0.35, in [0.02 to 0.8];
        /// How far apart centres are pushed, in sums of equal-volume radii. Below 1 neighbours
        /// grow into each other, above 1.15 they hardly touch.
        pub separation: f64 = 1.0, in [0 to 1.5];
        /// Longest over shortest axis, at most.
        pub elongation_max: f64 = 2.0, in [1 to 4];
        /// Flat faces of a particle, fewest and most.
        pub faces: [usize; 2] = [10, 16], in [6 to 40];
        /// Radius that rounds the edges between faces, voxels.
        pub rounding_vox: f64 = 0.4, in [0.05 to 10];
        /// Roughness of the faces, peak, voxels.
        pub roughness_vox: f64 = 0.5, in [0 to 4];
        /// Wavelength of that roughness, voxels.
        pub roughness_wavelength_vox: f64 = 6.0, in [1 to 1000];
    }
}
