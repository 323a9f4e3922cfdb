use corelith_core::{Minerals, Volume};
use corelith_stats::Particle;

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
    pub fn crop(phases: &Volume<u8>, particles: &Volume<u32>, particle: &Particle) -> Self {
        const RIM: usize = 3;
        let [low, high] = particle.bounds_vox.map(|p| p.map(|c| c as usize));
        let size = |axis: usize| high[axis].saturating_sub(low[axis]) + 1 + 2 * RIM;
        let [nz, ny, nx] = particles.shape();
        let classes = Volume::from_fn(
            [size(2), size(1), size(0)],
            particles.spacing(),
            |x, y, z| {
                let at =
                    |i: usize, low: usize, n: usize| (i + low).checked_sub(RIM).filter(|&v| v < n);
                let (x, y, z) = (at(x, low[0], nx)?, at(y, low[1], ny)?, at(z, low[2], nz)?);
                (particles.at(x, y, z) == particle.id).then(|| phases.at(x, y, z))
            },
        );
        Self {
            id: particle.id,
            classes,
        }
    }
}

/// At most `limit` particles for the gallery: whole ones, spread evenly over the liberation of
/// the target, the freest, the most locked and the largest among them.
pub fn particle_models(
    found: &[Particle],
    phases: &Volume<u8>,
    particles: &Volume<u32>,
    minerals: &Minerals,
    target: u8,
    limit: usize,
) -> Vec<ParticleModel> {
    debug_assert!(usize::from(target) < minerals.len());
    let liberation = |p: &Particle| p.volume_pct(target, minerals.background());
    let solid = || found.iter().filter(|p| liberation(p).is_finite());
    let mut order: Vec<&Particle> = solid().filter(|p| !p.touches_border).collect();
    if order.is_empty() {
        order = solid().collect();
    }
    order.sort_by(|a, b| {
        (liberation(a).total_cmp(&liberation(b))).then(a.volume_um3.total_cmp(&b.volume_um3))
    });
    let last = order.len().saturating_sub(1);
    let count = limit.min(order.len());
    (0..count)
        .map(|i| order[i * last / count.saturating_sub(1).max(1)])
        .map(|particle| ParticleModel::crop(phases, particles, particle))
        .collect()
}
