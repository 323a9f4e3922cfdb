//! Balls of minerals in resin, with noise, for tests.

use corelith_core::{Spacing, Volume};

/// `[nz, ny, nx]`.
pub(super) const SHAPE: [usize; 3] = [60, 80, 96];

const RESIN: f64 = 9000.0;
const MINERALS: [f64; 3] = [18_000.0, 24_000.0, 36_000.0];
const BALLS: usize = 140;

/// Numbers from 0 to 1 (splitmix64, Steele, Lea and Flood 2014).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}

pub(super) fn balls(seed: u64) -> Volume<u16> {
    let mut numbers = Numbers(seed);
    let [nz, ny, nx] = SHAPE;
    let mut greys = vec![RESIN; nz * ny * nx];
    for ball in 0..BALLS {
        let [x0, y0, z0] = [nx, ny, nz].map(|n| numbers.next() * n as f64);
        let radius = 4.0 + 5.0 * numbers.next();
        for z in 0..nz {
            for y in 0..ny {
                let from_axis = (y as f64 - y0).hypot(z as f64 - z0);
                if from_axis > radius {
                    continue;
                }
                for x in 0..nx {
                    if from_axis.hypot(x as f64 - x0) <= radius {
                        greys[(z * ny + y) * nx + x] = MINERALS[ball % MINERALS.len()];
                    }
                }
            }
        }
    }
    let noisy = greys.iter().map(|grey| {
        let noise: f64 = (0..6).map(|_| numbers.next() - 0.5).sum();
        (grey + 1200.0 * noise) as u16
    });
    Volume::new(noisy.collect(), SHAPE, Spacing::isotropic(1.0)).unwrap()
}
