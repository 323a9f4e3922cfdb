// 3 x 3 x 3 convolution with zero padding and stride 1, or the gradient of its input.
//
// A workgroup makes TILE_X x TILE_Y x TILE_Z voxels of CHANNELS output channels. It takes CHUNK
// input channels at a time: their voxels with a rim, and the weights, go to workgroup memory, from
// where each value is used 27 times. An invocation sums up ROWS rows of all the output channels in
// registers.

const TILE_X: u32 = 16u;
const TILE_Y: u32 = 8u;
const TILE_Z: u32 = 4u;
const CHANNELS: u32 = 8u;

const CHUNK: u32 = 2u;
const ROWS: u32 = 4u;
const TAPS: u32 = 27u;
const GROUP: u32 = 128u;
// Rows of the tile lie 20 apart, not 18: so the two rows that neighbouring invocations read at a
// time are in different banks.
const PITCH: u32 = 20u;
const SLICE: u32 = 200u;
const BLOCK: u32 = 1200u;

struct Params {
    // Voxels along x, y, z.
    shape: vec3<u32>,
    inputs: u32,
    outputs: u32,
    // 0: weights are [outputs, inputs, 3, 3, 3]. 1: the gradient of the input, which is the
    // convolution with the weights, [inputs, outputs, 3, 3, 3] here, mirrored.
    mirrored: u32,
}

// All may be written: tensors are slices of shared buffers, and a launch may bind a buffer for
// reading alone or for writing, not for both.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> voxels: array<f32, 2400>;
// Of each input channel and tap, eight output channels.
var<workgroup> weights: array<vec4<f32>, 108>;

fn weight_of(output: u32, input: u32, tap: u32) -> f32 {
    if output >= params.outputs {
        return 0.0;
    }
    if params.mirrored == 1u {
        return weight[(input * params.outputs + output) * TAPS + TAPS - 1u - tap];
    }
    return weight[(output * params.inputs + input) * TAPS + tap];
}

@compute @workgroup_size(16, 2, 4)
fn main(
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let shape = params.shape;
    let tiles = (shape.z + TILE_Z - 1u) / TILE_Z;
    let channel_groups = (params.outputs + CHANNELS - 1u) / CHANNELS;
    let sample = group.z / (tiles * channel_groups);
    let channel = group.z / tiles % channel_groups * CHANNELS;
    let corner = vec3<u32>(group.x * TILE_X, group.y * TILE_Y, group.z % tiles * TILE_Z);
    let slice = shape.x * shape.y;

    // Rows 0 to 3, channels 0 to 3 and 4 to 7.
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
        for (var i = index; i < here * BLOCK; i += GROUP) {
            let c = first + i / BLOCK;
            let inside = i % BLOCK;
            // 0 - 1 wraps to a position outside.
            let at = corner - 1u
                + vec3<u32>(inside % PITCH, inside % SLICE / PITCH, inside / SLICE);
            var value = 0.0;
            if all(at < shape) {
                value = x[((sample * params.inputs + c) * shape.z + at.z) * slice
                    + at.y * shape.x + at.x];
            }
            voxels[i] = value;
        }
        for (var i = index; i < here * TAPS * 2u; i += GROUP) {
            let c = first + i / (TAPS * 2u);
            let tap = i / 2u % TAPS;
            let o = channel + i % 2u * 4u;
            weights[i] = vec4<f32>(
                weight_of(o, c, tap),
                weight_of(o + 1u, c, tap),
                weight_of(o + 2u, c, tap),
                weight_of(o + 3u, c, tap),
            );
        }
        workgroupBarrier();
        for (var c = 0u; c < here; c += 1u) {
            for (var dz = 0u; dz < 3u; dz += 1u) {
                for (var dx = 0u; dx < 3u; dx += 1u) {
                    let start = c * BLOCK + (local.z + dz) * SLICE + local.y * ROWS * PITCH
                        + local.x + dx;
                    let x0 = voxels[start];
                    let x1 = voxels[start + PITCH];
                    let x2 = voxels[start + 2u * PITCH];
                    let x3 = voxels[start + 3u * PITCH];
                    let x4 = voxels[start + 4u * PITCH];
                    let x5 = voxels[start + 5u * PITCH];
                    // Taps follow each other along x, so that the next row is three further.
                    let tap = (c * TAPS + dz * 9u + dx) * 2u;
                    var w = weights[tap];
                    a0 += x0 * w;
                    a1 += x1 * w;
                    a2 += x2 * w;
                    a3 += x3 * w;
                    w = weights[tap + 1u];
                    b0 += x0 * w;
                    b1 += x1 * w;
                    b2 += x2 * w;
                    b3 += x3 * w;
                    w = weights[tap + 6u];
                    a0 += x1 * w;
                    a1 += x2 * w;
                    a2 += x3 * w;
                    a3 += x4 * w;
                    w = weights[tap + 7u];
                    b0 += x1 * w;
                    b1 += x2 * w;
                    b2 += x3 * w;
                    b3 += x4 * w;
                    w = weights[tap + 12u];
                    a0 += x2 * w;
                    a1 += x3 * w;
                    a2 += x4 * w;
                    a3 += x5 * w;
                    w = weights[tap + 13u];
                    b0 += x2 * w;
                    b1 += x3 * w;
                    b2 += x4 * w;
                    b3 += x5 * w;
                }
            }
        }
    }

    var low = array<vec4<f32>, 4>(a0, a1, a2, a3);
    var high = array<vec4<f32>, 4>(b0, b1, b2, b3);
    for (var row = 0u; row < ROWS; row += 1u) {
        let at = corner + vec3<u32>(local.x, local.y * ROWS + row, local.z);
        if any(at >= shape) {
            continue;
        }
        for (var k = 0u; k < min(CHANNELS, params.outputs - channel); k += 1u) {
            let value = select(low[row][k & 3u], high[row][k & 3u], k > 3u);
            out[((sample * params.outputs + channel + k) * shape.z + at.z) * slice
                + at.y * shape.x + at.x] = value;
        }
    }
}
