use corelith_core::{Minerals, Volume};

/// What the page shows of one particle.
#[derive(Debug, Clone, PartialEq)]
pub struct ParticleRow {
    /// Label in the particle volume.
    pub id: u32,
    /// Volume in cubic micrometres.
    pub volume_um3: f64,
    /// Diameter of the sphere of the same volume, micrometres.
    pub equivalent_diameter_um: f64,
    /// Largest Feret diameter, micrometres.
    pub feret_max_um: f64,
    /// 0 to 1.
    pub sphericity: f64,
    /// Intermediate over longest axis, 0 to 1.
    pub elongation: f64,
    /// Shortest over intermediate axis, 0 to 1.
    pub flatness: f64,
    /// Volume over that of the convex hull, 0 to 1.
    pub solidity: f64,
    /// Whether a face of the volume cuts it.
    pub touches_border: bool,
    /// Weight in statistics; 0 leaves it out.
    pub weight: f64,
    /// Share of the solid volume, percent, one entry a row of the mineral list.
    pub volume_pct: Vec<f64>,
    /// Share of the exposed surface, percent, one entry a row of the mineral list.
    pub surface_pct: Vec<f64>,
    /// Inclusive bounding box in voxels: lowest `(x, y, z)`, highest `(x, y, z)`.
    pub bounds_vox: [[u32; 3]; 2],
}

/// A particle cut out of the volume, to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ParticleModel {
    /// Label in the particle volume.
    pub id: u32,
    /// Class at each voxel of the particle, none elsewhere; a rim of empty voxels around.
    pub classes: Volume<Option<u8>>,
}

impl ParticleModel {
    /// Cuts a particle out.
    pub fn crop(phases: &Volume<u8>, particles: &Volume<u32>, row: &ParticleRow) -> Self {
        const RIM: usize = 3;
        let [low, high] = row.bounds_vox.map(|p| p.map(|c| c as usize));
        let size = |axis: usize| high[axis].saturating_sub(low[axis]) + 1 + 2 * RIM;
        let [nz, ny, nx] = particles.shape();
        let classes = Volume::from_fn(
            [size(2), size(1), size(0)],
            particles.spacing(),
            |x, y, z| {
                let at =
                    |i: usize, low: usize, n: usize| (i + low).checked_sub(RIM).filter(|&v| v < n);
                let (x, y, z) = (at(x, low[0], nx)?, at(y, low[1], ny)?, at(z, low[2], nz)?);
                (particles.at(x, y, z) == row.id).then(|| phases.at(x, y, z))
            },
        );
        Self {
            id: row.id,
            classes,
        }
    }
}

/// At most `limit` particles for the gallery: whole ones, spread evenly over the liberation of
/// the target, the freest, the most locked and the largest among them.
pub fn particle_models(
    rows: &[ParticleRow],
    phases: &Volume<u8>,
    particles: &Volume<u32>,
    minerals: &Minerals,
    target: u8,
    limit: usize,
) -> Vec<ParticleModel> {
    debug_assert!(usize::from(target) < minerals.len());
    let mut order: Vec<&ParticleRow> = rows.iter().filter(|r| !r.touches_border).collect();
    if order.is_empty() {
        order = rows.iter().collect();
    }
    let liberation = |r: &ParticleRow| r.volume_pct[usize::from(target)];
    order.sort_by(|a, b| {
        (liberation(a).total_cmp(&liberation(b))).then(a.volume_um3.total_cmp(&b.volume_um3))
    });
    let last = order.len().saturating_sub(1);
    let count = limit.min(order.len());
    (0..count)
        .map(|i| order[i * last / count.saturating_sub(1).max(1)])
        .map(|row| ParticleModel::crop(phases, particles, row))
        .collect()
}
