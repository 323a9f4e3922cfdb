// What the kernels of instance norm share. A channel of a sample is cut into chunks; a workgroup
// takes one.

const EPSILON: f32 = 1e-5;
// Of the leaky ReLU below zero.
const SLOPE: f32 = 0.01;
const GROUP: u32 = 256u;

struct Params {
    // Voxels of a channel.
    voxels: u32,
    channels: u32,
    batch: u32,
    // Voxels of a chunk; the last has fewer.
    chunk: u32,
    chunks: u32,
    padding: u32,
}

fn end_of_chunk(chunk: u32) -> u32 {
    return min((chunk + 1u) * params.chunk, params.voxels);
}
