use super::cuboid::Cuboid;

/// Probability of every class in a slice of a box.
#[derive(Debug, Clone)]
pub(super) struct SliceVotes {
    classes: usize,
    corner: [usize; 2],
    shape: [usize; 2],
    /// 0 to 255, `[classes, y, x]`.
    values: Vec<u8>,
}

impl SliceVotes {
    /// Zeros in every slice of a box.
    pub fn none(cuboid: &Cuboid, classes: usize) -> Vec<Self> {
        let ([depth, height, width], [_, y, x]) = (cuboid.shape, cuboid.corner);
        let slice = Self {
            classes,
            corner: [y, x],
            shape: [height, width],
            values: vec![0; classes * height * width],
        };
        vec![slice; depth]
    }

    /// Lets slices, of which the first lies at `from`, take what was `found` in a block inside: probabilities
    /// of 0 to 1, voxel by voxel.
    pub fn put<'a>(
        slices: impl IntoIterator<Item = &'a mut Self>,
        from: usize,
        block: &Cuboid,
        found: &[f32],
    ) {
        let slices = slices.into_iter().skip(block.corner[0] - from);
        let of_slice = found.len() / block.shape[0];
        for (slice, found) in slices.zip(found.chunks_exact(of_slice)) {
            slice.put_slice(block, found);
        }
    }

    fn put_slice(&mut self, block: &Cuboid, found: &[f32]) {
        let [height, width] = self.shape;
        let columns = block.shape[2];
        for (i, row) in found.chunks_exact(columns * self.classes).enumerate() {
            let [y, x] = [
                block.corner[1] + i - self.corner[0],
                block.corner[2] - self.corner[1],
            ];
            for (column, found) in row.chunks_exact(self.classes).enumerate() {
                for (class, p) in found.iter().enumerate() {
                    let at = (class * height + y) * width + x + column;
                    self.values[at] = (255.0 * p).round() as u8;
                }
            }
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
            SliceVotes::put(&mut slices, 4, &block, &found);
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
