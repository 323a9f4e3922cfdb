use serde::{Deserialize, Serialize};

/// On what the liberation of a particle is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// Share of the particle's solid volume.
    #[serde(rename = "volume_3d")]
    Volume3d,
    /// Share of the particle's exposed surface, weighted by mineral volume.
    #[serde(rename = "surface_3d")]
    Surface3d,
    /// Share of the section area, on the measured maps.
    #[serde(rename = "area_2d_maps")]
    Area2dMaps,
    /// Share of the section area, on the 3D result cut at the planes of the maps.
    #[serde(rename = "area_2d_virtual")]
    Area2dVirtual,
    /// Share of the section area, on the 3D result cut at many random planes.
    #[serde(rename = "area_2d_random")]
    Area2dRandom,
}

impl Basis {
    /// All bases, in the order of the tables.
    pub const ALL: [Self; 5] = [
        Self::Volume3d,
        Self::Surface3d,
        Self::Area2dMaps,
        Self::Area2dVirtual,
        Self::Area2dRandom,
    ];

    /// Name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Volume3d => "volume_3d",
            Self::Surface3d => "surface_3d",
            Self::Area2dMaps => "area_2d_maps",
            Self::Area2dVirtual => "area_2d_virtual",
            Self::Area2dRandom => "area_2d_random",
        }
    }

    /// Its place in [`Basis::ALL`].
    pub(super) fn position(self) -> usize {
        Self::ALL
            .iter()
            .position(|&basis| basis == self)
            .expect("ALL names every basis")
    }
}
