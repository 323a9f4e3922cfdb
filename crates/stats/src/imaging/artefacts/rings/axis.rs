//! Where the axis of rings is, and what they add at each distance from it.

use rayon::prelude::*;

use super::residuals::{Pixel, Residuals};

/// Distance of the places that are tried first, voxels: rings are some voxels wide, and alike on an
/// axis that is off by less than that.
const STEP_VOX: f64 = 4.0;

/// How far outside of the volume an axis is looked for, as a share of its side.
const OUTSIDE: f64 = 0.25;

/// About as many columns are looked at for every place that is tried.
const PIXELS: usize = 20_000;

/// As many of the best places are looked at more closely, down to this distance, voxels.
const CLOSER: usize = 8;
const LEAST_STEP_VOX: f64 = 0.125;

/// The axis that the columns speak most for, `[y, x]`; none without columns, and where they would
/// rather have it further outside.
pub(super) fn axis_of(residuals: &Residuals) -> Option<[f64; 2]> {
    let step = residuals.pixels.len().div_ceil(PIXELS).max(1);
    let some: Vec<Pixel> = residuals.pixels.iter().step_by(step).copied().collect();
    let along = |n: usize| {
        let n = n as f64;
        let count = ((1.0 + 2.0 * OUTSIDE) * n / STEP_VOX).ceil() as usize;
        (0..=count)
            .map(move |i| i as f64 * STEP_VOX - OUTSIDE * n)
            .collect::<Vec<_>>()
    };
    let [ys, xs] = residuals.shape.map(along);
    let mut tried: Vec<(f64, [f64; 2])> = ys
        .par_iter()
        .flat_map_iter(|&y| xs.iter().map(move |&x| [y, x]))
        .map(|axis| (Profiles::about(axis, &some).energy(), axis))
        .collect();
    tried.sort_by(|a, b| b.0.total_cmp(&a.0));
    tried.truncate(CLOSER);
    // Straight stripes lead an axis ever further away.
    let is_near = |axis: &[f64; 2], margin: f64| {
        (0..2).all(|i| {
            let n = residuals.shape[i] as f64;
            (margin - OUTSIDE * n..=(1.0 + OUTSIDE) * n - margin).contains(&axis[i])
        })
    };
    let closer = tried.into_par_iter().map(|(energy, axis)| {
        let mut best = (energy, axis);
        let mut step = 0.5 * STEP_VOX;
        while step >= LEAST_STEP_VOX {
            let around = (0..9).filter(|&i| i != 4).map(|i| {
                let [dy, dx] = [i / 3, i % 3].map(|d| (f64::from(d) - 1.0) * step);
                [best.1[0] + dy, best.1[1] + dx]
            });
            let found = around
                .filter(|axis| is_near(axis, 0.0))
                .map(|axis| (Profiles::about(axis, &some).energy(), axis))
                .fold(best, |a, b| if b.0 > a.0 { b } else { a });
            if found.0 > best.0 {
                best = found;
            } else {
                step *= 0.5;
            }
        }
        best
    });
    let closer: Vec<_> = closer.collect();
    closer
        .into_iter()
        .reduce(|a, b| if b.0 > a.0 { b } else { a })
        .map(|(_, axis)| axis)
        .filter(|axis| is_near(axis, STEP_VOX))
}

/// Sums and voxels at one distance from the axis, in either set of octants.
#[derive(Debug, Clone, Copy, Default)]
struct Ring {
    sums: [f64; 2],
    voxels: [f64; 2],
}

/// What columns differ by at distances from an axis of 0, 1, ... voxels.
pub(super) struct Profiles(Vec<Ring>);

/// How two sets of octants agree.
pub(super) struct Agreement {
    /// Their correlation.
    pub correlation: f64,
    /// Variance of what rings add.
    variance: f64,
    /// Variance of what a ring differs by in one set, times its voxels.
    noise: f64,
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
                ring.sums[set] += share * pixel.sum;
                ring.voxels[set] += share * pixel.voxels;
            }
        }
        Self(rings)
    }

    /// Voxels times what both sets have in common.
    pub fn energy(&self) -> f64 {
        self.in_both().map(|(weight, [a, b])| weight * a * b).sum()
    }

    /// Weight and mean in either set, of the rings that both show.
    fn in_both(&self) -> impl Iterator<Item = (f64, [f64; 2])> + '_ {
        let shown = |ring: &&Ring| ring.voxels.iter().all(|&voxels| voxels >= 1.0);
        self.0.iter().filter(shown).map(|ring| {
            let [a, b] = ring.voxels;
            let mean = |set: usize| ring.sums[set] / ring.voxels[set];
            (a * b / (a + b), [mean(0), mean(1)])
        })
    }

    /// How alike both sets are; none where they share no rings.
    pub fn agreement(&self) -> Option<Agreement> {
        let (mut total, mut rings, mut off) = (0.0, 0.0, 0.0);
        let [mut aa, mut ab, mut bb] = [0.0; 3];
        for (weight, [a, b]) in self.in_both() {
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
            let voxels: f64 = ring.voxels.iter().sum();
            let mean = ring.sums.iter().sum::<f64>() / voxels.max(1e-9);
            let trust = agreement.variance * voxels;
            mean * trust / (trust + agreement.noise).max(1e-12)
        };
        self.0.iter().map(ring).collect()
    }

    /// Root of the mean square of what is added, over all voxels.
    pub fn strength(&self, added: &[f64]) -> f64 {
        let voxels = |ring: &Ring| ring.voxels.iter().sum::<f64>();
        let total: f64 = self.0.iter().map(voxels).sum();
        let squares = self.0.iter().zip(added).map(|(r, a)| voxels(r) * a * a);
        (squares.sum::<f64>() / total.max(1e-9)).sqrt()
    }
}
