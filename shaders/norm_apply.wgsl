// Normalises every channel, scales and shifts it, and applies the leaky ReLU.

#import shared/norm.wgsl

// All may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let channel = group.y % params.channels;
    let scale = gamma[channel] * statistics[group.y * 2u + 1u];
    let shift = beta[channel] - statistics[group.y * 2u] * scale;
    let base = group.y * params.voxels;
    let end = end_of_chunk(group.x);
    for (var i = group.x * params.chunk + index; i < end; i += GROUP) {
        let value = x[base + i] * scale + shift;
        out[base + i] = max(value, SLOPE * value);
    }
}
