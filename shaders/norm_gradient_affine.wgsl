// Adds up the chunks that norm_gradient_sums made: for every channel of a sample, and over the
// batch, which is the gradient of scale and shift. One workgroup a channel.

#import shared/norm.wgsl
#import shared/group_sum.wgsl

// All may be written: see conv3d.
// [batch * channels, chunks, 2]
@group(0) @binding(0) var<storage, read_write> partial: array<f32>;
// [batch * channels, 2]
@group(0) @binding(1) var<storage, read_write> channel_sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> grad_gamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> grad_beta: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    var all = vec2<f32>();
    for (var row = group.x; row < params.batch * params.channels; row += params.channels) {
        var sum = vec2<f32>();
        for (var chunk = index; chunk < params.chunks; chunk += GROUP) {
            let start = (row * params.chunks + chunk) * 2u;
            sum += vec2<f32>(partial[start], partial[start + 1u]);
        }
        sum = sum_of_group(index, sum);
        if index == 0u {
            channel_sums[row * 2u] = sum.x;
            channel_sums[row * 2u + 1u] = sum.y;
        }
        all += sum;
    }
    if index == 0u {
        grad_gamma[group.x] = all.x;
        grad_beta[group.x] = all.y;
    }
}
