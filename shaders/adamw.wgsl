// A step of AdamW (Loshchilov and Hutter 2019, algorithm 2) for one parameter, with the norm of all
// gradients together clipped, and the running mean of the parameter.

#import shared/group_sum.wgsl

const GROUP: u32 = 256u;
const BETA1: f32 = 0.9;
const BETA2: f32 = 0.99;
const EPSILON: f32 = 1e-8;

struct Params {
    // Values of the parameter.
    count: u32,
    // Parts of the sum of the squares of all gradients.
    parts: u32,
    // Largest norm of all gradients together.
    gradient_norm: f32,
    learning_rate: f32,
    // What the decay of weights leaves.
    kept: f32,
    // One less the powers of BETA1 and BETA2 by the steps so far.
    first_share: f32,
    second_share: f32,
    mean_decay: f32,
}

// All may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
// [3, count]: first and second moments, running mean.
@group(0) @binding(2) var<storage, read_write> moments: array<f32>;
// [parts]
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;
@group(0) @binding(4) var<storage, read_write> parameter_out: array<f32>;
// [3, count]
@group(0) @binding(5) var<storage, read_write> moments_out: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    var sum = 0.0;
    for (var part = index; part < params.parts; part += GROUP) {
        sum += squares[part];
    }
    let norm = sqrt(sum_of_group(index, vec2<f32>(sum, 0.0)).x);
    let scale = min(params.gradient_norm / (norm + 1e-6), 1.0);
    let i = group.x * GROUP + index;
    let count = params.count;
    if i >= count {
        return;
    }
    let g = gradient[i] * scale;
    let first = moments[i] * BETA1 + g * (1.0 - BETA1);
    let second = moments[count + i] * BETA2 + g * g * (1.0 - BETA2);
    let direction = (first / params.first_share)
        / (sqrt(second / params.second_share) + EPSILON);
    let stepped = parameter[i] * params.kept - direction * params.learning_rate;
    parameter_out[i] = stepped;
    moments_out[i] = first;
    moments_out[count + i] = second;
    moments_out[2u * count + i] = moments[2u * count + i] * params.mean_decay
        + stepped * (1.0 - params.mean_decay);
}
