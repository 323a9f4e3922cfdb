use std::ops::Range;

use corelith_core::Volume;
use rayon::prelude::*;

use crate::ct::grey_range::GreyRange;

/// Block means of a CT volume: voxel `i` is the mean of the voxels `factor * i ..` of the full
/// volume, which puts its centre at `factor * i + (factor - 1) / 2`.
#[derive(Debug)]
pub(crate) struct CoarseVolume {
    pub data: Vec<f32>,
    pub shape: [usize; 3],
    pub factor: usize,
}

impl CoarseVolume {
    /// Block means of `ct` as fractions of its grey range, clipped to 0..=1.
    pub fn new(ct: &Volume<u16>, factor: usize, range: GreyRange) -> Self {
        let shape = ct.shape().map(|n| n / factor);
        let [_, cy, cx] = shape;
        let nx = ct.shape()[2];
        let voxels = (factor * factor * factor) as f32;
        let mut data = vec![0.0; shape.iter().product()];
        data.par_chunks_mut(cy * cx)
            .enumerate()
            .for_each(|(z, plane)| {
                let mut sums = vec![0u64; cx];
                for y in 0..cy {
                    sums.fill(0);
                    for dz in 0..factor {
                        let slice = ct.slice(z * factor + dz);
                        for dy in 0..factor {
                            let row = &slice[(y * factor + dy) * nx..][..cx * factor];
                            for (sum, block) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                                *sum += block.iter().map(|&g| u64::from(g)).sum::<u64>();
                            }
                        }
                    }
                    for (mean, &sum) in plane[y * cx..][..cx].iter_mut().zip(&sums) {
                        *mean = range.fraction(sum as f32 / voxels).clamp(0.0, 1.0);
                    }
                }
            });
        Self {
            data,
            shape,
            factor,
        }
    }

    /// A box of it, given as ranges along x, y and z.
    pub fn cropped(&self, [x, y, z]: [Range<usize>; 3]) -> Self {
        let [_, ny, nx] = self.shape;
        let shape = [z.len(), y.len(), x.len()];
        let rows = z.flat_map(|z| y.clone().map(move |y| (z * ny + y) * nx));
        Self {
            data: rows
                .flat_map(|row| &self.data[row + x.start..row + x.end])
                .copied()
                .collect(),
            shape,
            factor: self.factor,
        }
    }

    /// Coarse index of a position in the full volume, along any axis.
    pub fn coarse_from_full(&self, at: f64) -> f64 {
        (at - (self.factor as f64 - 1.0) / 2.0) / self.factor as f64
    }

    /// Position in the full volume of coarse index `i` along any axis, in voxels.
    pub fn full_from_coarse(&self, i: f64) -> f64 {
        self.factor as f64 * i + (self.factor as f64 - 1.0) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::Spacing;

    #[test]
    fn coarse_voxels_are_block_means() {
        let ct = Volume::from_fn([4, 4, 6], Spacing::isotropic(1.0), |x, _, _| 100 * x as u16);
        let coarse = CoarseVolume::new(&ct, 2, GreyRange::of(&ct));
        assert_eq!(coarse.shape, [2, 2, 3]);
        let range = GreyRange::of(&ct);
        assert!((coarse.data[1] - range.fraction(250.0)).abs() < 1e-6);
        assert_eq!(coarse.full_from_coarse(1.0), 2.5);
        assert_eq!(coarse.coarse_from_full(2.5), 1.0);
        let piece = coarse.cropped([1..3, 0..1, 1..2]);
        assert_eq!(piece.shape, [1, 1, 2]);
        assert_eq!(piece.data, coarse.data[7..9]);
    }
}
