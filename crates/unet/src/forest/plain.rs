use corelith_core::{Cancelled, Progress};
use rayon::prelude::*;

use super::Forest;
use super::cuboid::{Cuboid, WIDE_VOX};
use crate::network::Scan;

/// What the plain trees of a forest find in a box.
pub(super) struct PlainProbabilities {
    cuboid: Cuboid,
    classes: usize,
    /// 0 to 255, one class after the other.
    values: Vec<u8>,
}

impl PlainProbabilities {
    /// Those of a large box, on all threads.
    pub fn of(
        forest: &Forest,
        scan: &Scan<'_>,
        cuboid: Cuboid,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut all = Self::none(forest, cuboid);
        // A few blocks at a time, so that features do not fill the memory.
        for some in cuboid
            .blocks(WIDE_VOX)
            .chunks(4 * rayon::current_num_threads())
        {
            progress.check()?;
            let found: Vec<Vec<f32>> = some
                .par_iter()
                .map(|block| forest.vote_plain(scan, block))
                .collect();
            for (block, found) in some.iter().zip(found) {
                all.put(block, &found);
            }
        }
        Ok(all)
    }

    /// Those of a small box, on this thread.
    pub fn within(forest: &Forest, scan: &Scan<'_>, cuboid: Cuboid) -> Self {
        let mut all = Self::none(forest, cuboid);
        let found = forest.vote_plain(scan, &cuboid);
        all.put(&cuboid, &found);
        all
    }

    fn none(forest: &Forest, cuboid: Cuboid) -> Self {
        let classes = forest.classes.count();
        Self {
            cuboid,
            classes,
            values: vec![0; classes * cuboid.voxels()],
        }
    }

    fn put(&mut self, block: &Cuboid, found: &[f32]) {
        let voxels = self.cuboid.voxels();
        let [_, height, width] = block.shape;
        for (i, row) in found.chunks_exact(width * self.classes).enumerate() {
            let [z, y] = [block.corner[0] + i / height, block.corner[1] + i % height];
            let first = self.cuboid.index([z, y, block.corner[2]]);
            for (column, found) in row.chunks_exact(self.classes).enumerate() {
                for (class, p) in found.iter().enumerate() {
                    self.values[class * voxels + first + column] = (255.0 * p).round() as u8;
                }
            }
        }
    }

    /// Those of a box inside, 0 to 1, one class after the other.
    pub fn cut(&self, inner: &Cuboid) -> Vec<f32> {
        let [depth, height, width] = inner.shape;
        let mut out = Vec::with_capacity(self.classes * inner.voxels());
        for class in self.values.chunks_exact(self.cuboid.voxels()) {
            for row in 0..depth * height {
                let [z, y] = [
                    inner.corner[0] + row / height,
                    inner.corner[1] + row % height,
                ];
                let first = self.cuboid.index([z, y, inner.corner[2]]);
                out.extend(
                    class[first..][..width]
                        .iter()
                        .map(|&p| f32::from(p) / 255.0),
                );
            }
        }
        out
    }
}
