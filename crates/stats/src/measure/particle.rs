//! What is known of one particle.

use serde::{Deserialize, Serialize};

/// Everything measured on one particle of the 3D label volume.
///
/// Mineral vectors have one entry a row of the mineral list, so class labels index them; the
/// background entry of [`Particle::mineral_voxels`] counts the pores inside the particle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Particle {
    /// Label in the particle volume, from 1.
    pub id: u32,
    /// Centroid `(x, y, z)` in micrometres from the centre of voxel (0, 0, 0).
    pub centroid_um: [f64; 3],
    /// Inclusive bounding box in voxels: lowest `(x, y, z)`, highest `(x, y, z)`.
    pub bounds_vox: [[u32; 3]; 2],
    /// Voxels with this label, pores included.
    pub voxels: u64,
    /// Volume of those voxels.
    pub volume_um3: f64,
    /// Diameter of the sphere of the same volume.
    pub equivalent_diameter_um: f64,
    /// Outer surface, contact with touching particles included.
    pub surface_um2: f64,
    /// Surface of the sphere of the same volume over the surface (Wadell 1932), at most 1.
    pub sphericity: f64,
    /// Largest distance between two parallel tangent planes.
    pub feret_max_um: f64,
    /// Smallest distance between two parallel tangent planes.
    pub feret_min_um: f64,
    /// Intermediate over longest principal axis, 0 to 1.
    pub elongation: f64,
    /// Shortest over intermediate principal axis, 0 to 1.
    pub flatness: f64,
    /// Volume over that of the convex hull, 0 to 1.
    pub solidity: f64,
    /// Whether a voxel lies on a face of the volume.
    pub touches_border: bool,
    /// Whether a slightly different threshold would join it with others or part it
    /// ([`crate::imaging::separation::Separated::doubtful`]), as far as that is known.
    pub doubtful: bool,
    /// Miles-Lantuejoul weight: 1 over the probability that a particle of this bounding box
    /// lies wholly inside; 0 for particles that touch the border.
    pub edge_weight: f64,
    /// Voxels of each class.
    pub mineral_voxels: Vec<u64>,
    /// Exposed surface of each class, in square micrometres (contact with the background
    /// outside the particle).
    pub mineral_surface_um2: Vec<f64>,
    /// Interface area between classes inside the particle, square micrometres, row-major
    /// `classes x classes`, symmetric, diagonal 0.
    pub interface_um2: Vec<f64>,
}

/// Variance of the number of points of a cubic lattice in a body of random place, for each lattice
/// face of its surface: 0.08 to 0.10 in 400 balls each of 6, 10 and 15 voxels radius.
const POINTS_PER_FACE: f64 = 0.085;

impl Particle {
    /// Voxels of solid minerals: every class but `background`.
    pub fn solid_voxels(&self, background: u8) -> u64 {
        self.mineral_voxels
            .iter()
            .enumerate()
            .filter(|&(class, _)| class != usize::from(background))
            .map(|(_, n)| n)
            .sum()
    }

    /// Share of a mineral in the solid volume, in percent; NaN where nothing is solid.
    pub fn volume_pct(&self, class: u8, background: u8) -> f64 {
        let voxels = self.mineral_voxels[usize::from(class)];
        percent(voxels as f64, self.solid_voxels(background) as f64)
    }

    /// How far the share of a mineral in the solid volume may be off because voxels are counted, in
    /// percentage points: two standard deviations.
    ///
    /// The number of lattice points in a body of random place varies with its surface (Matheron
    /// 1965, Les variables regionalisees et leur estimation): by `POINTS_PER_FACE` a lattice face.
    /// The surface is that of the mineral: what is exposed of it, and its interfaces inside the
    /// particle. Flat interfaces along the lattice may be off by more.
    pub fn volume_resolution_points(&self, class: u8, background: u8) -> f64 {
        let classes = self.mineral_voxels.len();
        let row = usize::from(class) * classes;
        let inside: f64 = self.interface_um2[row..row + classes].iter().sum();
        let surface_um2 = self.mineral_surface_um2[usize::from(class)] + inside;
        let face_um2 = (self.volume_um3 / self.voxels as f64).powf(2.0 / 3.0);
        let deviation = (POINTS_PER_FACE * surface_um2 / face_um2).sqrt();
        percent(2.0 * deviation, self.solid_voxels(background) as f64)
    }

    /// Share of a mineral in the exposed surface of the solid, in percent; NaN where none is
    /// exposed.
    pub fn surface_pct(&self, class: u8, background: u8) -> f64 {
        let exposed: f64 = self
            .mineral_surface_um2
            .iter()
            .enumerate()
            .filter(|&(class, _)| class != usize::from(background))
            .map(|(_, um2)| um2)
            .sum();
        percent(self.mineral_surface_um2[usize::from(class)], exposed)
    }
}

/// `part` of `whole` in percent; NaN of nothing.
pub(super) fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        100.0 * part / whole
    } else {
        f64::NAN
    }
}
