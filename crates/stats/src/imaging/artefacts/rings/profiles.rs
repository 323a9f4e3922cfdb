use super::residuals::Pixel;

/// Sums and voxels at one distance from the axis, in the lower and the upper part of the volume, in
/// either set of octants.
#[derive(Debug, Clone, Copy, Default)]
struct Ring {
    sums: [[f64; 2]; 2],
    voxels: [[f64; 2]; 2],
}

/// What columns differ by at distances from an axis of 0, 1, ... voxels.
pub(super) struct Profiles(Vec<Ring>);

/// How two parts of the volume agree.
pub(super) struct Agreement {
    /// Their correlation.
    pub correlation: f64,
    /// Variance of what rings add.
    variance: f64,
    /// Variance of what a ring differs by in one part, times its voxels.
    noise: f64,
}

impl Ring {
    fn all(&self) -> [f64; 2] {
        [self.sums, self.voxels].map(|of| of.iter().flatten().sum())
    }
}

impl Profiles {
    /// Of columns about an axis. A column counts for the two distances that it lies between.
    pub fn about([y, x]: [f64; 2], pixels: &[Pixel]) -> Self {
        let mut rings: Vec<Ring> = Vec::new();
        for pixel in pixels {
            let [dy, dx] = [pixel.place[0] - y, pixel.place[1] - x];
            let radius = dy.hypot(dx);
            let set = usize::from((dy > 0.0) ^ (dx > 0.0) ^ (dy.abs() > dx.abs()));
            let (below, share) = (radius as usize, radius.fract());
            if rings.len() < below + 2 {
                rings.resize(below + 2, Ring::default());
            }
            for (ring, share) in rings[below..].iter_mut().zip([1.0 - share, share]) {
                for part in 0..2 {
                    ring.sums[part][set] += share * pixel.sums[part];
                    ring.voxels[part][set] += share * pixel.voxels[part];
                }
            }
        }
        Self(rings)
    }

    /// Voxels times what both sets of octants have in common in one part of the volume.
    pub fn in_octants(&self, part: usize) -> f64 {
        let of = |ring: &Ring| pair(ring.sums[part], ring.voxels[part]);
        energy(self.0.iter().filter_map(of))
    }

    /// Voxels times what both parts of the volume have in common.
    pub fn in_parts(&self) -> f64 {
        energy(self.parts())
    }

    /// Weight and mean in either part, of the rings that both show.
    fn parts(&self) -> impl Iterator<Item = (f64, [f64; 2])> + '_ {
        self.0.iter().filter_map(|ring| {
            let both = |of: [f64; 2]| of.iter().sum();
            pair(ring.sums.map(both), ring.voxels.map(both))
        })
    }

    /// How alike both parts are; none where they share no rings.
    pub fn agreement(&self) -> Option<Agreement> {
        let (mut total, mut rings, mut off) = (0.0, 0.0, 0.0);
        let [mut aa, mut ab, mut bb] = [0.0; 3];
        for (weight, [a, b]) in self.parts() {
            total += weight;
            rings += 1.0;
            off += weight * (a - b).powi(2);
            (aa, ab, bb) = (
                aa + weight * a * a,
                ab + weight * a * b,
                bb + weight * b * b,
            );
        }
        let correlation = ab / (aa * bb).sqrt();
        correlation.is_finite().then(|| Agreement {
            correlation,
            variance: (ab / total).max(0.0),
            // The difference of two means has a variance of `noise (1 / a + 1 / b)`.
            noise: off / rings,
        })
    }

    /// What each ring adds, drawn to zero as far as it is noise.
    pub fn shrunk(&self, agreement: &Agreement) -> Vec<f64> {
        let ring = |ring: &Ring| {
            let [sum, voxels] = ring.all();
            let trust = agreement.variance * voxels;
            sum / voxels.max(1e-9) * trust / (trust + agreement.noise).max(1e-12)
        };
        self.0.iter().map(ring).collect()
    }

    /// Root of the mean square of what is added, over all voxels.
    pub fn strength(&self, added: &[f64]) -> f64 {
        let voxels = self.0.iter().map(|ring| ring.all()[1]);
        let total: f64 = voxels.clone().sum();
        let squares = voxels.zip(added).map(|(voxels, a)| voxels * a * a);
        (squares.sum::<f64>() / total.max(1e-9)).sqrt()
    }
}

/// Weight and means of two samples; none where one is empty.
fn pair(sums: [f64; 2], voxels: [f64; 2]) -> Option<(f64, [f64; 2])> {
    let [a, b] = voxels;
    let mean = |i: usize| sums[i] / voxels[i];
    (a >= 1.0 && b >= 1.0).then(|| (a * b / (a + b), [mean(0), mean(1)]))
}

fn energy(pairs: impl Iterator<Item = (f64, [f64; 2])>) -> f64 {
    pairs.map(|(weight, [a, b])| weight * a * b).sum()
}
