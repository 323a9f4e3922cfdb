use serde::{Deserialize, Serialize};

use super::{DepthNetwork, SeparationError};

/// How touching particles are taken apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The network whose depth is given beside the mask.
    pub network: DepthNetwork,
    /// How likely two parts of what is solid must be one particle to be taken for one, 0 to 1.
    /// Smaller values join more.
    pub join_from: f32,
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
            join_from: 0.5,
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
        if !(0.0..=1.0).contains(&self.join_from) {
            return Err(SeparationError::Setting {
                setting: "join_from",
                found: self.join_from,
                expected: "0 to 1",
            });
        }
        Ok(())
    }
}
