use corelith_gpu::shaders::label_statistics::WORDS;
use serde::{Deserialize, Serialize};

/// Sums over the voxels of one label, exact whatever the order of the voxels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moments {
    pub(crate) voxels: u64,
    /// Sums of x, y, z.
    first: [u64; 3],
    /// Sums of xx, yy, zz, xy, xz, yz.
    second: [u64; 6],
    /// Inclusive bounds: lowest and highest `(x, y, z)`.
    pub(crate) bounds_vox: [[u32; 3]; 2],
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            voxels: 0,
            first: [0; 3],
            second: [0; 6],
            bounds_vox: [[u32::MAX; 3], [0; 3]],
        }
    }
}

impl Moments {
    /// From the sums of one component that `label_statistics.wgsl` leaves.
    pub(super) fn from_words(words: &[u32; WORDS as usize]) -> Self {
        let wide = |at: usize| u64::from(words[at]) | u64::from(words[at + 1]) << 32;
        Self {
            voxels: u64::from(words[0]),
            first: std::array::from_fn(|i| wide(1 + 2 * i)),
            second: std::array::from_fn(|i| wide(7 + 2 * i)),
            bounds_vox: [
                std::array::from_fn(|axis| !words[19 + axis]),
                std::array::from_fn(|axis| words[22 + axis]),
            ],
        }
    }

    /// Adds the voxels `start..end` of row `(y, z)`.
    #[inline]
    pub(crate) fn add_run(&mut self, start: u32, end: u32, y: u32, z: u32) {
        let (s, e) = (u64::from(start), u64::from(end));
        let (row, slice) = (u64::from(y), u64::from(z));
        let n = e - s;
        // Sums of k and of k^2 for k below e, less those below s.
        let x = n * (s + e - 1) / 2;
        let squares_below = |k: u64| k * k.saturating_sub(1) / 2 * (2 * k).saturating_sub(1) / 3;
        let xx = squares_below(e) - squares_below(s);
        self.voxels += n;
        self.first[0] += x;
        self.first[1] += n * row;
        self.first[2] += n * slice;
        self.second[0] += xx;
        self.second[1] += n * row * row;
        self.second[2] += n * slice * slice;
        self.second[3] += x * row;
        self.second[4] += x * slice;
        self.second[5] += n * row * slice;
        let [low, high] = &mut self.bounds_vox;
        *low = [low[0].min(start), low[1].min(y), low[2].min(z)];
        *high = [high[0].max(end - 1), high[1].max(y), high[2].max(z)];
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.voxels += other.voxels;
        for (a, b) in self.first.iter_mut().zip(other.first) {
            *a += b;
        }
        for (a, b) in self.second.iter_mut().zip(other.second) {
            *a += b;
        }
        for axis in 0..3 {
            let [low, high] = &mut self.bounds_vox;
            low[axis] = low[axis].min(other.bounds_vox[0][axis]);
            high[axis] = high[axis].max(other.bounds_vox[1][axis]);
        }
    }

    /// Mean of `(x, y, z)` in voxels.
    pub(crate) fn centroid_vox(&self) -> [f64; 3] {
        self.first.map(|sum| sum as f64 / self.voxels as f64)
    }

    /// Covariance of the voxel centres in square voxels: xx, yy, zz, xy, xz, yz.
    pub(crate) fn covariance_vox2(&self) -> [f64; 6] {
        const PAIRS: [(usize, usize); 6] = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)];
        let n = i128::from(self.voxels);
        std::array::from_fn(|i| {
            let (a, b) = PAIRS[i];
            // Exact in integers: the difference of two large sums would lose its digits.
            let centred = n * i128::from(self.second[i])
                - i128::from(self.first[a]) * i128::from(self.first[b]);
            centred as f64 / (n as f64 * n as f64)
        })
    }

    /// Whether a voxel lies on a face of a volume of this shape.
    pub(crate) fn touches_border(&self, [nz, ny, nx]: [usize; 3]) -> bool {
        let [low, high] = self.bounds_vox;
        low.contains(&0)
            || [nx, ny, nz]
                .iter()
                .zip(high)
                .any(|(&n, high)| high as usize + 1 == n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_sum_like_voxels() {
        let (mut by_run, mut by_voxel) = (Moments::default(), Moments::default());
        for (start, end, y, z) in [(0, 1, 3, 2), (5, 17, 4, 2), (2, 4, 4, 9)] {
            by_run.add_run(start, end, y, z);
            for x in start..end {
                by_voxel.add_run(x, x + 1, y, z);
            }
        }
        assert_eq!(by_run, by_voxel);
    }

    #[test]
    fn a_box_has_the_covariance_of_a_box() {
        let mut m = Moments::default();
        for z in 100..103 {
            for y in 7..11 {
                m.add_run(20, 30, y, z);
            }
        }
        assert_eq!(m.centroid_vox(), [24.5, 8.5, 101.0]);
        let expected = [99.0 / 12.0, 15.0 / 12.0, 8.0 / 12.0, 0.0, 0.0, 0.0];
        for (found, expected) in m.covariance_vox2().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12);
        }
    }
}
