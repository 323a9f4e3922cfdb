// Mean and inverse standard deviation of every channel from the moments of its chunks, added up as
// by Chan, Golub and LeVeque (1983). One workgroup a channel.

#import shared/norm.wgsl
#import shared/group_sum.wgsl

// Both may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> moments: array<f32>;
// [batch * channels, 2]
@group(0) @binding(1) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let start = group.x * params.chunks * 2u;
    let all = f32(params.voxels);
    var sum = 0.0;
    for (var chunk = index; chunk < params.chunks; chunk += GROUP) {
        let share = f32(end_of_chunk(chunk) - chunk * params.chunk) / all;
        sum += moments[start + chunk * 2u] * share;
    }
    let mean = sum_of_group(index, vec2<f32>(sum, 0.0)).x;
    sum = 0.0;
    for (var chunk = index; chunk < params.chunks; chunk += GROUP) {
        let share = f32(end_of_chunk(chunk) - chunk * params.chunk) / all;
        let centred = moments[start + chunk * 2u] - mean;
        sum += centred * centred * share + moments[start + chunk * 2u + 1u] / all;
    }
    let variance = sum_of_group(index, vec2<f32>(sum, 0.0)).x;
    if index == 0u {
        statistics[group.x * 2u] = mean;
        statistics[group.x * 2u + 1u] = 1.0 / sqrt(variance + EPSILON);
    }
}
