//! Between voxels of one channel and an eighth of the voxels in eight channels, on the CPU.

use rayon::prelude::*;

use super::Extent;
use super::simd::vectorize;

/// Rows of a channel, and where their even voxels lie among its eight parts; the odd ones lie
/// behind, a part further.
#[derive(Clone, Copy)]
struct Rows {
    extent: Extent,
    part: usize,
}

impl Rows {
    /// Of a channel whose sides are even.
    fn new(extent: Extent) -> Self {
        let Extent {
            depth,
            height,
            width,
        } = extent;
        assert!([depth, height, width].iter().all(|n| n.is_multiple_of(2)));
        Self {
            extent,
            part: extent.voxels() / 8,
        }
    }

    fn even_voxels(self, row: usize) -> usize {
        let Extent { height, width, .. } = self.extent;
        let (z, y) = (row / height, row % height);
        let part = (z % 2 * 2 + y % 2) * 2;
        part * self.part + (z / 2 * (height / 2) + y / 2) * (width / 2)
    }
}

/// Every 2 x 2 x 2 voxels of `x`, `[channels, depth, height, width]`, become one voxel of eight
/// channels of `out`.
pub fn gather(x: &[f32], extent: Extent, out: &mut [f32]) {
    let rows = Rows::new(extent);
    x.par_chunks_exact(extent.voxels())
        .zip(out.par_chunks_exact_mut(extent.voxels()))
        .for_each(|(x, out)| {
            vectorize(|| {
                for (row, x) in x.chunks_exact(extent.width).enumerate() {
                    let (even, odd) = out[rows.even_voxels(row)..].split_at_mut(rows.part);
                    for ((x, even), odd) in x.as_chunks::<2>().0.iter().zip(even).zip(odd) {
                        [*even, *odd] = *x;
                    }
                }
            });
        });
}

/// The reverse of [`gather`]: `extent` is that of `out`.
pub fn spread(x: &[f32], extent: Extent, out: &mut [f32]) {
    let rows = Rows::new(extent);
    x.par_chunks_exact(extent.voxels())
        .zip(out.par_chunks_exact_mut(extent.voxels()))
        .for_each(|(x, out)| {
            vectorize(|| {
                for (row, out) in out.chunks_exact_mut(extent.width).enumerate() {
                    let (even, odd) = x[rows.even_voxels(row)..].split_at(rows.part);
                    for ((out, &even), &odd) in
                        out.as_chunks_mut::<2>().0.iter_mut().zip(even).zip(odd)
                    {
                        *out = [even, odd];
                    }
                }
            });
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voxel_goes_to_its_place_and_back() {
        let extent = Extent::new([4, 6, 10]);
        let voxels = extent.voxels();
        let x: Vec<f32> = (0..2 * voxels).map(|i| i as f32).collect();
        let mut gathered = vec![f32::NAN; x.len()];
        gather(&x, extent, &mut gathered);
        for (i, &value) in gathered.iter().enumerate() {
            let (channel, part, at) = (i / voxels, i % voxels / 30, i % 30);
            let (z, y, x) = (
                at / 15 * 2 + part / 4,
                at / 5 % 3 * 2 + part / 2 % 2,
                at % 5 * 2 + part % 2,
            );
            assert_eq!(value as usize, channel * voxels + (z * 6 + y) * 10 + x);
        }
        let mut back = vec![f32::NAN; x.len()];
        spread(&gathered, extent, &mut back);
        assert_eq!(back, x);
    }
}
