// Gradients of the weights and the bias of pointwise: part of the sums over the voxels.
//
// A workgroup makes SIDE output by SIDE input channels, and sums up the tiles of VOXELS voxels
// `split`, `split + splits`, ...: split_sum adds the splits. The bias is the weight of one more
// input channel, which is one everywhere. An invocation has four by four channels.

const VOXELS: u32 = 32u;
const SIDE: u32 = 32u;

const GROUP: u32 = 64u;
// Channels lie one further apart than there are voxels, so that they are in different banks.
const PITCH: u32 = 33u;

struct Params {
    // Voxels of a channel.
    voxels: u32,
    batch: u32,
    inputs: u32,
    outputs: u32,
    splits: u32,
}

// All may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> grad: array<f32>;
// Of every split the weights, [outputs, inputs], then the bias, [outputs].
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

// Of every four channels, the voxels of a tile.
var<workgroup> values: array<vec4<f32>, 264>;
var<workgroup> gradients: array<vec4<f32>, 264>;

fn value_of(sample: u32, input: u32, voxel: u32) -> f32 {
    if voxel >= params.voxels || input > params.inputs {
        return 0.0;
    }
    if input == params.inputs {
        return 1.0;
    }
    return x[(sample * params.inputs + input) * params.voxels + voxel];
}

fn gradient_of(sample: u32, output: u32, voxel: u32) -> f32 {
    if voxel >= params.voxels || output >= params.outputs {
        return 0.0;
    }
    return grad[(sample * params.outputs + output) * params.voxels + voxel];
}

@compute @workgroup_size(8, 8)
fn main(
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let tiles = (params.voxels + VOXELS - 1u) / VOXELS;
    let first_input = group.y * SIDE;
    let first_output = group.z * SIDE;
    // Four inputs of each of four outputs.
    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    for (var tile = group.x; tile < params.batch * tiles; tile += params.splits) {
        let sample = tile / tiles;
        let corner = tile % tiles * VOXELS;
        workgroupBarrier();
        for (var i = index; i < SIDE / 4u * VOXELS; i += GROUP) {
            let voxel = corner + i % VOXELS;
            let to = i / VOXELS * PITCH + i % VOXELS;
            let input = first_input + i / VOXELS * 4u;
            values[to] = vec4<f32>(
                value_of(sample, input, voxel),
                value_of(sample, input + 1u, voxel),
                value_of(sample, input + 2u, voxel),
                value_of(sample, input + 3u, voxel),
            );
            let output = first_output + i / VOXELS * 4u;
            gradients[to] = vec4<f32>(
                gradient_of(sample, output, voxel),
                gradient_of(sample, output + 1u, voxel),
                gradient_of(sample, output + 2u, voxel),
                gradient_of(sample, output + 3u, voxel),
            );
        }
        workgroupBarrier();
        for (var k = 0u; k < VOXELS; k += 1u) {
            let v = values[local.x * PITCH + k];
            let g = gradients[local.y * PITCH + k];
            a0 += g.x * v;
            a1 += g.y * v;
            a2 += g.z * v;
            a3 += g.w * v;
        }
    }

    var sums = array<vec4<f32>, 4>(a0, a1, a2, a3);
    let weights = params.outputs * params.inputs;
    let base = group.x * (weights + params.outputs);
    for (var j = 0u; j < 4u; j += 1u) {
        let output = first_output + local.y * 4u + j;
        if output >= params.outputs {
            return;
        }
        for (var i = 0u; i < 4u; i += 1u) {
            let input = first_input + local.x * 4u + i;
            if input < params.inputs {
                partial[base + output * params.inputs + input] = sums[j][i];
            } else if input == params.inputs {
                partial[base + weights + output] = sums[j][i];
            }
        }
    }
}
