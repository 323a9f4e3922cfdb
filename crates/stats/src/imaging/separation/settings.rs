use corelith_core::settings;

use super::DepthNetwork;

settings! {
    /// How touching particles are taken apart.
    pub struct Settings {
        /// The network whose depth is given beside the mask.
        pub network: DepthNetwork = DepthNetwork::default();
        /// Radius of a neck over the inscribed radius of the smaller of the two particles that it
        /// joins from which both are one particle. Smaller values join more.
        pub neck_ratio: f32 = 0.95, in [0 to 1];
        /// How much the shape speaks with: that much times the share of its convex hull that the
        /// joined particle fills, less that of the worse part, is added to the ratio of the neck.
        /// 0 for particles that are far from convex.
        pub convexity_weight: f32 = 1.0, in [0 to 4];
        /// The same with a network that tells the depth in the own particle: a border that it sees
        /// is a neck too.
        pub depth_ratio: f32 = 0.9, in [0 to 1];
        /// Particles of fewer voxels than this join the neighbour that they share most faces with,
        /// or vanish when they touch none.
        pub smallest_voxels: u64 = 64;
        /// Cavities of at most this many voxels do not take a particle apart. Those that lie in one
        /// particle alone become its pores.
        pub largest_cavity_voxels: u64 = 100;
    }
}
