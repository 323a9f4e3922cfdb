// Sums of the gradients of scale and shift over every chunk of a channel.

#import shared/norm.wgsl
#import shared/group_sum.wgsl
#import shared/norm_gradient.wgsl

// All may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> grad: array<f32>;
// [batch * channels, chunks, 2]
@group(0) @binding(5) var<storage, read_write> partial: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let channel = channel_of(group.y);
    let base = group.y * params.voxels;
    let end = end_of_chunk(group.x);
    var sum = vec2<f32>();
    for (var i = group.x * params.chunk + index; i < end; i += GROUP) {
        let value = normalised(channel, x[base + i]);
        let before = grad[base + i] * slope(channel, value);
        sum += vec2<f32>(before * value, before);
    }
    sum = sum_of_group(index, sum);
    if index == 0u {
        let to = (group.y * params.chunks + group.x) * 2u;
        partial[to] = sum.x;
        partial[to + 1u] = sum.y;
    }
}
