// A brick of a distance transform; voxels are numbered x fastest.
struct Brick {
    nx: u32,
    ny: u32,
    nz: u32,
    // Voxels from one of a column to the next, and voxels of a column.
    stride: u32,
    length: u32,
    // Square of the distance of neighbours in a column.
    step: f32,
    // Every how many voxels of a column the nearest sites are known; a power of two.
    gap: u32,
    // First slice, or row of columns, of this launch.
    origin: u32,
}

// Stands for the squared distance where there is no background: infinity is no WGSL constant.
const FAR: f32 = 3.0e38;
