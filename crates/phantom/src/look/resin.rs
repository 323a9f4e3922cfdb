use corelith_core::Volume;

use super::{LAG, stride_of};

/// Resin voxels below which noise is not measured.
const FEWEST_RESIN_VOXELS: usize = 2000;

/// How far towards the threshold means of voxels may lie in resin: what a rim reaches is left out.
const DEPTH: f64 = 0.35;

/// Resin away from particles, in grey values.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResinLook {
    pub grey: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Correlation of the noise of neighbouring voxels.
    pub correlation: f64,
    /// Standard deviation of ring artefacts.
    pub rings: f64,
}

impl ResinLook {
    /// From differences between voxels deep in resin: slow shading drops out of them, and along
    /// z, the rotation axis, rings do. None where there is too little resin to tell.
    ///
    /// `resin_grey` is about that of resin; particles lie above `threshold`.
    pub fn measure(ct: &Volume<u16>, resin_grey: f64, threshold: f64) -> Option<Self> {
        let limit = resin_grey + DEPTH * (threshold - resin_grey);
        let [nz, ny, nx] = ct.shape();
        let stride = stride_of(ct);
        let at = |x: usize, y: usize, z: usize| f64::from(ct.at(x, y, z));
        let (mut grey, mut near, mut along, mut across) = (0.0, 0.0, 0.0, 0.0);
        let mut voxels = 0usize;
        for z in (LAG..nz.saturating_sub(LAG)).step_by(stride) {
            for y in (LAG..ny.saturating_sub(LAG)).step_by(stride) {
                for x in (LAG..nx.saturating_sub(LAG)).step_by(stride) {
                    if !is_deep(ct, [x, y, z], limit) {
                        continue;
                    }
                    let here = at(x, y, z);
                    grey += here;
                    near += (here - at(x, y, z + 1)).powi(2);
                    along += (here - at(x, y, z + LAG)).powi(2);
                    across += 0.5 * (here - at(x + LAG, y, z)).powi(2);
                    across += 0.5 * (here - at(x, y + LAG, z)).powi(2);
                    voxels += 1;
                }
            }
        }
        if voxels < FEWEST_RESIN_VOXELS || along == 0.0 {
            return None;
        }
        // The mean squared difference at distance k is 2 variance (1 - rho^k).
        let [near, along, across] = [near, along, across].map(|sum| 0.5 * sum / voxels as f64);
        let mut correlation: f64 = 0.0;
        for _ in 0..20 {
            let variance = along / (1.0 - correlation.powi(LAG as i32));
            correlation = (1.0 - near / variance).clamp(0.0, 0.9);
        }
        let rest = 1.0 - correlation.powi(LAG as i32);
        let rings = (across - along).max(0.0).sqrt();
        Some(Self {
            grey: grey / voxels as f64,
            noise: (along / rest).sqrt(),
            correlation,
            rings,
        })
    }
}

/// Whether all is resin as far off as [`LAG`]: by means of 27 voxels, as noise alone takes single
/// ones above a threshold that lies near the grey value of resin.
fn is_deep(ct: &Volume<u16>, centre: [usize; 3], limit: f64) -> bool {
    const STEPS: [usize; 3] = [0, 2, 4];
    let low = centre.map(|p| p - LAG);
    let is_resin = |[x, y, z]: [usize; 3]| {
        let cube = (0..27).map(|i| ct.at(x + i % 3, y + i / 3 % 3, z + i / 9));
        cube.map(u32::from).sum::<u32>() as f64 <= 27.0 * limit
    };
    STEPS.iter().all(|dz| {
        STEPS.iter().all(|dy| {
            STEPS
                .iter()
                .all(|dx| is_resin([low[0] + dx, low[1] + dy, low[2] + dz]))
        })
    })
}
