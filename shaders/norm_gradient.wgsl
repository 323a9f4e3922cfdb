// Gradient of the input of instance norm with leaky ReLU.

#import shared/norm.wgsl
#import shared/norm_gradient.wgsl

// All may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> grad: array<f32>;
// [batch * channels, 2]
@group(0) @binding(5) var<storage, read_write> channel_sums: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let channel = channel_of(group.y);
    let mean_gamma = channel_sums[group.y * 2u] / f32(params.voxels);
    let mean_beta = channel_sums[group.y * 2u + 1u] / f32(params.voxels);
    let scale = channel.gamma * channel.inverse;
    let base = group.y * params.voxels;
    let end = end_of_chunk(group.x);
    for (var i = group.x * params.chunk + index; i < end; i += GROUP) {
        let value = normalised(channel, x[base + i]);
        let before = grad[base + i] * slope(channel, value);
        out[base + i] = scale * (before - mean_beta - value * mean_gamma);
    }
}
