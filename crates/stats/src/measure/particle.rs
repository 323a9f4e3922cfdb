//! What is known of one particle.

/// Everything measured on one particle of the 3D label volume.
///
/// Mineral vectors have one entry a row of the mineral list, so class labels index them; the
/// background entry of [`Particle::mineral_voxels`] counts the pores inside the particle.
#[derive(Debug, Clone, PartialEq)]
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
}
