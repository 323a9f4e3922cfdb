// Sum of the squares of an array, in PARTS parts: a workgroup makes one.

#import shared/group_sum.wgsl

const GROUP: u32 = 256u;
const PARTS: u32 = 16u;

struct Params {
    // Values of the array.
    count: u32,
    // Where the parts go.
    first: u32,
}

// Both may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> squares: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    var sum = 0.0;
    for (var i = group.x * GROUP + index; i < params.count; i += PARTS * GROUP) {
        sum += x[i] * x[i];
    }
    sum = sum_of_group(index, vec2<f32>(sum, 0.0)).x;
    if index == 0u {
        squares[params.first + group.x] = sum;
    }
}
