use rayon::prelude::*;

use crate::ct::quantised_volume::QuantisedVolume;

/// A quantised volume with the voxels that are interpolated together stored together: the eight
/// around a position come with one load from one cache line, not with four from four.
pub(super) struct Cells {
    /// For each voxel, the bytes at `(y, z)`, `(y + 1, z)`, `(y, z + 1)` and `(y + 1, z + 1)`,
    /// lowest first, x fastest; the border stands for what lies past it.
    words: Vec<u32>,
    shape: [u32; 3],
}

impl Cells {
    /// # Panics
    /// When the volume has more than `u32::MAX` voxels.
    pub fn new(volume: &QuantisedVolume) -> Self {
        let data = volume.data();
        u32::try_from(data.len()).expect("a quantised volume has at most u32::MAX voxels");
        let [nz, ny, nx] = volume.shape();
        let mut words = vec![0; data.len()];
        let row = |z: usize, y: usize| &data[(z.min(nz - 1) * ny + y.min(ny - 1)) * nx..][..nx];
        words
            .par_chunks_mut(nx.max(1))
            .enumerate()
            .for_each(|(i, words)| {
                let (z, y) = (i / ny, i % ny);
                let rows = [row(z, y), row(z, y + 1), row(z + 1, y), row(z + 1, y + 1)];
                for (x, word) in words.iter_mut().enumerate() {
                    *word = u32::from_le_bytes(rows.map(|row| row[x]));
                }
            });
        Self {
            words,
            shape: volume.shape().map(|n| n as u32),
        }
    }

    /// `[nz, ny, nx]`.
    pub fn shape(&self) -> [u32; 3] {
        self.shape
    }

    /// The words of voxel `i` and, above it, of its neighbour along x.
    #[inline(always)]
    pub fn eight(&self, i: u32) -> u64 {
        let i = i as usize;
        match self.words.get(i..i + 2) {
            Some(&[near, far]) => u64::from(near) | u64::from(far) << 32,
            _ => 0,
        }
    }
}
