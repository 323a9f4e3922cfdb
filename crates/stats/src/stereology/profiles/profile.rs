use serde::{Deserialize, Serialize};

/// The section of one particle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The section that it lies on.
    pub section: u32,
    /// The particle of the 3D result that it belongs to, 0 for none.
    pub particle: u32,
    /// Area by class in square micrometres, one entry a row of the mineral list; that of the
    /// background is 0, as pores do not count.
    pub mineral_area_um2: Vec<f64>,
    /// Whether the edge of the section cuts it.
    pub is_cut: bool,
    /// 1 over the chance that a profile of this bounding box lies wholly on the section
    /// (Miles 1974, Lantuejoul 1980); 0 for one that is cut.
    pub frame_weight: f64,
}

impl Profile {
    /// Area of all solid minerals.
    pub fn area_um2(&self) -> f64 {
        self.mineral_area_um2.iter().sum()
    }

    /// Diameter of the circle of the same area.
    pub fn equivalent_diameter_um(&self) -> f64 {
        2.0 * (self.area_um2() / std::f64::consts::PI).sqrt()
    }
}
