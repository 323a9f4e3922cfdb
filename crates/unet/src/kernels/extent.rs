/// Size of one channel, in voxels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Slices.
    pub depth: usize,
    /// Rows a slice.
    pub height: usize,
    /// Voxels a row.
    pub width: usize,
}

impl Extent {
    /// From `[depth, height, width]`.
    pub fn new([depth, height, width]: [usize; 3]) -> Self {
        Self {
            depth,
            height,
            width,
        }
    }

    /// Voxels of one channel.
    pub fn voxels(self) -> usize {
        self.depth * self.height * self.width
    }
}
