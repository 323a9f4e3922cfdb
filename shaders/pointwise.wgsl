// Convolution with weights of one voxel, and a bias; or the gradient of its input.
//
// A workgroup makes CHANNELS output channels of VOXELS voxels. It takes CHUNK input channels at a
// time, whose weights go to workgroup memory; an invocation sums up two voxels in registers.

const VOXELS: u32 = 128u;
const CHANNELS: u32 = 16u;

const CHUNK: u32 = 32u;
const GROUP: u32 = 64u;

struct Params {
    // Voxels of a channel.
    voxels: u32,
    inputs: u32,
    outputs: u32,
    // 0: weights are [outputs, inputs], and the bias is added. 1: the gradient of the input; weights
    // are [inputs, outputs] here, and there is no bias.
    mirrored: u32,
}

// All may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// Of each input channel, sixteen output channels.
var<workgroup> weights: array<vec4<f32>, 128>;

fn weight_of(output: u32, input: u32) -> f32 {
    if output >= params.outputs {
        return 0.0;
    }
    if params.mirrored == 1u {
        return weight[input * params.outputs + output];
    }
    return weight[output * params.inputs + input];
}

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let channel = group.y * CHANNELS;
    let voxel = group.x * VOXELS + index;
    // What lies behind the last voxel is computed from it, and dropped.
    let last = params.voxels - 1u;
    let at0 = min(voxel, last);
    let at1 = min(voxel + GROUP, last);
    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    var b0 = vec4<f32>();
    var b1 = vec4<f32>();
    var b2 = vec4<f32>();
    var b3 = vec4<f32>();
    for (var first = 0u; first < params.inputs; first += CHUNK) {
        let here = min(CHUNK, params.inputs - first);
        workgroupBarrier();
        for (var i = index; i < here * 4u; i += GROUP) {
            let c = first + i / 4u;
            let o = channel + i % 4u * 4u;
            weights[i] = vec4<f32>(
                weight_of(o, c),
                weight_of(o + 1u, c),
                weight_of(o + 2u, c),
                weight_of(o + 3u, c),
            );
        }
        workgroupBarrier();
        var base = (group.z * params.inputs + first) * params.voxels;
        for (var c = 0u; c < here; c += 1u) {
            let x0 = x[base + at0];
            let x1 = x[base + at1];
            base += params.voxels;
            let w0 = weights[c * 4u];
            let w1 = weights[c * 4u + 1u];
            let w2 = weights[c * 4u + 2u];
            let w3 = weights[c * 4u + 3u];
            a0 += x0 * w0;
            a1 += x0 * w1;
            a2 += x0 * w2;
            a3 += x0 * w3;
            b0 += x1 * w0;
            b1 += x1 * w1;
            b2 += x1 * w2;
            b3 += x1 * w3;
        }
    }

    var near = array<vec4<f32>, 4>(a0, a1, a2, a3);
    var far = array<vec4<f32>, 4>(b0, b1, b2, b3);
    for (var k = 0u; k < min(CHANNELS, params.outputs - channel); k += 1u) {
        var offset = 0.0;
        if params.mirrored == 0u {
            offset = bias[channel + k];
        }
        let base = (group.z * params.outputs + channel + k) * params.voxels;
        if voxel < params.voxels {
            out[base + voxel] = near[k / 4u][k & 3u] + offset;
        }
        if voxel + GROUP < params.voxels {
            out[base + voxel + GROUP] = far[k / 4u][k & 3u] + offset;
        }
    }
}
