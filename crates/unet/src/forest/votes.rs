use super::cuboid::Cuboid;

/// Probability of every class in a slice of a box.
#[derive(Debug, Clone)]
pub(super) struct SliceVotes {
    corner: [usize; 2],
    shape: [usize; 2],
    /// 0 to 255, `[classes, y, x]`.
    values: Vec<u8>,
}

/// Probability of every class in a block, 0 to 255, `[z, classes, y, x]`.
pub(super) struct BlockVotes(Vec<u8>);

impl BlockVotes {
    /// From probabilities of 0 to 1, voxel by voxel.
    pub fn new(found: &[f32], block: &Cuboid, classes: usize) -> Self {
        let steps: Vec<u8> = found.iter().map(|p| (255.0 * p).round() as u8).collect();
        Self::from_samples(&steps, block, classes)
    }

    /// From probabilities of 0 to 255, voxel by voxel, of which each has as many bytes as there are classes,
    /// or some more.
    pub fn from_samples(found: &[u8], block: &Cuboid, classes: usize) -> Self {
        let [depth, height, width] = block.shape;
        let area = height * width;
        let of_voxel = found.len() / block.voxels();
        let mut votes = vec![0; depth * classes * area];
        for (slice, found) in votes
            .chunks_exact_mut(classes * area)
            .zip(found.chunks_exact(area * of_voxel))
        {
            for (i, found) in found.chunks_exact(of_voxel).enumerate() {
                for (class, &step) in found[..classes].iter().enumerate() {
                    slice[class * area + i] = step;
                }
            }
        }
        Self(votes)
    }
}

impl SliceVotes {
    /// Zeros in every slice of a box.
    pub fn none(cuboid: &Cuboid, classes: usize) -> Vec<Self> {
        let ([depth, height, width], [_, y, x]) = (cuboid.shape, cuboid.corner);
        let slice = Self {
            corner: [y, x],
            shape: [height, width],
            values: vec![0; classes * height * width],
        };
        vec![slice; depth]
    }

    /// Lets slices, of which the first lies at `from`, take the votes on a block inside.
    pub fn put<'a>(
        slices: impl IntoIterator<Item = &'a mut Self>,
        from: usize,
        block: &Cuboid,
        votes: &BlockVotes,
    ) {
        let slices = slices.into_iter().skip(block.corner[0] - from);
        let of_slice = votes.0.len() / block.shape[0];
        for (slice, votes) in slices.zip(votes.0.chunks_exact(of_slice)) {
            slice.put_slice(block, votes);
        }
    }

    fn put_slice(&mut self, block: &Cuboid, votes: &[u8]) {
        let [height, width] = self.shape;
        let [_, rows, columns] = block.shape;
        let [y, x] = [
            block.corner[1] - self.corner[0],
            block.corner[2] - self.corner[1],
        ];
        for (i, votes) in votes.chunks_exact(columns).enumerate() {
            let (class, row) = (i / rows, i % rows);
            let at = (class * height + y + row) * width + x;
            self.values[at..][..columns].copy_from_slice(votes);
        }
    }

    /// 0 to 255, `[classes, y, x]`.
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    fn row(&self, class: usize, y: usize, x: usize) -> &[u8] {
        let [height, width] = self.shape;
        let row = (class * height + y - self.corner[0]) * width;
        &self.values[row + x - self.corner[1]..]
    }

    /// Probabilities in a box, 0 to 1, one class after the other, from the slices that it lies in.
    pub fn cut<'a>(inner: &Cuboid, classes: usize, slice: impl Fn(usize) -> &'a Self) -> Vec<f32> {
        let ([depth, height, width], [first_z, first_y, x]) = (inner.shape, inner.corner);
        let mut out = Vec::with_capacity(classes * inner.voxels());
        for class in 0..classes {
            for z in first_z..first_z + depth {
                for y in first_y..first_y + height {
                    let row = &slice(z).row(class, y, x)[..width];
                    out.extend(row.iter().map(|&p| f32::from(p) / 255.0));
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blocks_put_is_cut_out_again() {
        let cuboid = Cuboid {
            corner: [4, 10, 20],
            shape: [3, 5, 7],
        };
        let p = |[z, y, x]: [usize; 3], class: usize| {
            ((z * 31 + y * 17 + x) % 51 + class) as f32 / 51.0
        };
        let mut slices = SliceVotes::none(&cuboid, 2);
        for block in cuboid.blocks([2, 2, 4]) {
            let [_, height, width] = block.shape;
            let found: Vec<f32> = (0..block.voxels())
                .flat_map(|i| {
                    let off = [i / (height * width), i / width % height, i % width];
                    let place = std::array::from_fn(|axis| block.corner[axis] + off[axis]);
                    [p(place, 0), p(place, 1)]
                })
                .collect();
            let votes = BlockVotes::new(&found, &block, 2);
            SliceVotes::put(&mut slices, 4, &block, &votes);
        }
        let inner = Cuboid {
            corner: [5, 11, 22],
            shape: [2, 3, 4],
        };
        let cut = SliceVotes::cut(&inner, 2, |z| &slices[z - 4]);
        for (i, found) in cut.iter().enumerate() {
            let place = [5 + i % 24 / 12, 11 + i % 12 / 4, 22 + i % 4];
            let expected = p(place, i / 24);
            assert!((found - expected).abs() < 2e-3, "{found} {expected}");
        }
    }
}
