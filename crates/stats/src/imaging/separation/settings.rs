use serde::{Deserialize, Serialize};

use super::{DepthNetwork, SeparationError};

/// How touching particles are taken apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The network whose depth is given beside the mask.
    pub network: DepthNetwork,
    /// Radius of a neck over the inscribed radius of the smaller of the two particles that it
    /// joins, 0 to 1, from which both are one particle. Smaller values join more.
    pub neck_ratio: f32,
    /// How much the shape speaks with, 0 to 4: that much times the share of its convex hull that
    /// the joined particle fills, less that of the worse part, is added to the ratio of the neck.
    /// 0 for particles that are far from convex.
    pub convexity_weight: f32,
    /// The same with a network that tells the depth in the own particle, 0 to 1: a border that it
    /// sees is a neck too.
    pub depth_ratio: f32,
    /// Particles of fewer voxels than this join the neighbour that they share most faces with,
    /// or vanish when they touch none.
    pub smallest_voxels: u64,
    /// Cavities of at most this many voxels do not take a particle apart. Those that lie in one
    /// particle alone become its pores.
    pub largest_cavity_voxels: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            network: DepthNetwork::default(),
            neck_ratio: 0.95,
            convexity_weight: 1.0,
            depth_ratio: 0.75,
            smallest_voxels: 64,
            largest_cavity_voxels: 100,
        }
    }
}

impl Settings {
    /// Fails on the first value out of its range.
    ///
    /// # Errors
    /// [`SeparationError::Setting`].
    pub fn check(&self) -> Result<(), SeparationError> {
        for (setting, found, most, expected) in [
            ("neck_ratio", self.neck_ratio, 1.0, "0 to 1"),
            ("convexity_weight", self.convexity_weight, 4.0, "0 to 4"),
            ("depth_ratio", self.depth_ratio, 1.0, "0 to 1"),
        ] {
            if !(0.0..=most).contains(&found) {
                return Err(SeparationError::Setting {
                    setting,
                    found,
                    expected,
                });
            }
        }
        Ok(())
    }
}
