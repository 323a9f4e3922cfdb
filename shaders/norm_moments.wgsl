// Mean of every chunk of a channel, and the sum of the squares about it.

#import shared/norm.wgsl
#import shared/group_sum.wgsl

// Both may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
// [batch * channels, chunks, 2]
@group(0) @binding(1) var<storage, read_write> moments: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let base = group.y * params.voxels;
    let begin = group.x * params.chunk;
    let end = end_of_chunk(group.x);
    var sum = 0.0;
    for (var i = begin + index; i < end; i += GROUP) {
        sum += x[base + i];
    }
    let mean = sum_of_group(index, vec2<f32>(sum, 0.0)).x / f32(end - begin);
    var square = 0.0;
    for (var i = begin + index; i < end; i += GROUP) {
        let centred = x[base + i] - mean;
        square += centred * centred;
    }
    square = sum_of_group(index, vec2<f32>(square, 0.0)).x;
    if index == 0u {
        let to = (group.y * params.chunks + group.x) * 2u;
        moments[to] = mean;
        moments[to + 1u] = square;
    }
}
