// Mean and inverse standard deviation of every channel from the moments of its chunks, added up as
// by Chan, Golub and LeVeque (1983).

#import shared/norm.wgsl

// Both may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> moments: array<f32>;
// [batch * channels, 2]
@group(0) @binding(1) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) global: vec3<u32>) {
    if global.x >= params.batch * params.channels {
        return;
    }
    let start = global.x * params.chunks * 2u;
    let all = f32(params.voxels);
    var mean = 0.0;
    for (var chunk = 0u; chunk < params.chunks; chunk += 1u) {
        let share = f32(end_of_chunk(chunk) - chunk * params.chunk) / all;
        mean += moments[start + chunk * 2u] * share;
    }
    var variance = 0.0;
    for (var chunk = 0u; chunk < params.chunks; chunk += 1u) {
        let share = f32(end_of_chunk(chunk) - chunk * params.chunk) / all;
        let centred = moments[start + chunk * 2u] - mean;
        variance += centred * centred * share + moments[start + chunk * 2u + 1u] / all;
    }
    statistics[global.x * 2u] = mean;
    statistics[global.x * 2u + 1u] = 1.0 / sqrt(variance + EPSILON);
}
