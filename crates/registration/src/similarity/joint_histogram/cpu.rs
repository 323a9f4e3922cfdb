use rayon::prelude::*;

use super::cells::Cells;
use super::instructions::Instructions;
use super::{BINS, FixedPose};
use crate::ct::quantised_volume::QuantisedVolume;
use crate::similarity::samples::Samples;

/// A quantised volume as the CPU reads it.
pub struct CpuVolume {
    cells: Cells,
}

impl CpuVolume {
    /// Rearranges `volume` on all threads, into four bytes a voxel.
    ///
    /// # Panics
    /// When it has more than `u32::MAX` voxels.
    pub fn new(volume: &QuantisedVolume) -> Self {
        Self {
            cells: Cells::new(volume),
        }
    }

    /// Joint histograms on all threads; see [`Scorer::histograms`](super::Scorer::histograms).
    pub fn histograms(&self, samples: &Samples, poses: &[FixedPose]) -> Vec<u32> {
        let mut counts = vec![0u32; poses.len() * BINS];
        if self.cells.shape().iter().any(|&n| n < 2) {
            return counts;
        }
        let instructions = Instructions::widest();
        counts
            .par_chunks_mut(BINS)
            .zip(poses)
            .for_each(|(counts, pose)| {
                instructions.fill(&self.cells, &samples.packed, pose, counts)
            });
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_volume_counts_nothing() {
        let samples = Samples::pack(0, 0, (0..300).map(|i| (i % 5, i / 50, 3)));
        for shape in [
            [1, 8, 8],
            [8, 1, 8],
            [8, 8, 1],
            [0, 8, 8],
            [8, 0, 8],
            [8, 8, 0],
        ] {
            let data = vec![100; shape.iter().product()];
            let volume = QuantisedVolume::from_bytes(data, shape, 1).unwrap();
            let counts = CpuVolume::new(&volume).histograms(&samples, &[FixedPose([0; 12])]);
            assert_eq!(counts, vec![0; BINS]);
        }
    }
}
