// 3 x 3 x 3 convolution with zero padding and stride 1, or the gradient of its input.
//
// A workgroup makes TILE_X x TILE_Y x TILE_Z voxels of CHANNELS output channels. It takes one input
// channel at a time: its voxels with a rim, and the weights, go to workgroup memory, from where each
// value is used 27 times. An invocation sums up ROWS rows of all the output channels in registers:
// 192 products for 34 values from workgroup memory. What the next channel needs is on its way meanwhile.

const TILE_X: u32 = 16u;
const TILE_Y: u32 = 16u;
const TILE_Z: u32 = 4u;
const CHANNELS: u32 = 8u;

const ROWS: u32 = 8u;
const TAPS: u32 = 27u;
const GROUP: u32 = 128u;
// Eight rows further is in other banks: the two rows that neighbouring invocations read at a time.
const PITCH: u32 = 18u;
const SLICE: u32 = 324u;
const BLOCK: u32 = 1944u;
// Where a voxel lies beyond the volume.
const OUTSIDE: u32 = 0xffffffffu;

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

// BLOCK values, and room for what the last invocations would add.
var<workgroup> voxels: array<f32, 2048>;
// Of each tap, eight output channels.
var<workgroup> weights: array<vec4<f32>, 54>;

fn weight_of(output: u32, input: u32, tap: u32) -> f32 {
    if output >= params.outputs {
        return 0.0;
    }
    if params.mirrored == 1u {
        return weight[(input * params.outputs + output) * TAPS + TAPS - 1u - tap];
    }
    return weight[(output * params.inputs + input) * TAPS + tap];
}

// Where in a channel the `i`-th voxel of the block lies.
fn offset_of(corner: vec3<u32>, i: u32) -> u32 {
    // 0 - 1 wraps to a position outside.
    let at = corner - 1u + vec3<u32>(i % PITCH, i % SLICE / PITCH, i / SLICE);
    let offset = (at.z * params.shape.y + at.y) * params.shape.x + at.x;
    return select(OUTSIDE, offset, i < BLOCK && all(at < params.shape));
}

fn offsets_of(corner: vec3<u32>, i: u32) -> vec4<u32> {
    return vec4<u32>(
        offset_of(corner, i),
        offset_of(corner, i + GROUP),
        offset_of(corner, i + 2u * GROUP),
        offset_of(corner, i + 3u * GROUP),
    );
}

fn value_of(channel: u32, offset: u32) -> f32 {
    if offset == OUTSIDE {
        return 0.0;
    }
    return x[channel + offset];
}

fn values_of(channel: u32, offsets: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(
        value_of(channel, offsets.x),
        value_of(channel, offsets.y),
        value_of(channel, offsets.z),
        value_of(channel, offsets.w),
    );
}

fn keep(i: u32, values: vec4<f32>) {
    voxels[i] = values.x;
    voxels[i + GROUP] = values.y;
    voxels[i + 2u * GROUP] = values.z;
    voxels[i + 3u * GROUP] = values.w;
}

fn weights_of(channel: u32, input: u32, i: u32) -> vec4<f32> {
    let tap = i / 2u;
    let o = channel + i % 2u * 4u;
    return vec4<f32>(
        weight_of(o, input, tap),
        weight_of(o + 1u, input, tap),
        weight_of(o + 2u, input, tap),
        weight_of(o + 3u, input, tap),
    );
}

// Writes a voxel of four channels, `place` being that of the first.
fn write(place: u32, channel: u32, values: vec4<f32>) {
    let size = params.shape.x * params.shape.y * params.shape.z;
    if channel < params.outputs {
        out[place] = values.x;
    }
    if channel + 1u < params.outputs {
        out[place + size] = values.y;
    }
    if channel + 2u < params.outputs {
        out[place + 2u * size] = values.z;
    }
    if channel + 3u < params.outputs {
        out[place + 3u * size] = values.w;
    }
}

@compute @workgroup_size(16, 2, 4)
fn main(
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let shape = params.shape;
    let size = shape.x * shape.y * shape.z;
    let tiles = (shape.z + TILE_Z - 1u) / TILE_Z;
    let channel_groups = (params.outputs + CHANNELS - 1u) / CHANNELS;
    let sample = group.z / (tiles * channel_groups);
    let channel = group.z / tiles % channel_groups * CHANNELS;
    let corner = vec3<u32>(group.x * TILE_X, group.y * TILE_Y, group.z % tiles * TILE_Z);
    let offsets0 = offsets_of(corner, index);
    let offsets1 = offsets_of(corner, index + 4u * GROUP);
    let offsets2 = offsets_of(corner, index + 8u * GROUP);
    let offsets3 = offsets_of(corner, index + 12u * GROUP);
    let has_weights = index < 2u * TAPS;

    // Rows 0 to 7, channels 0 to 3 and 4 to 7.
    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    var a4 = vec4<f32>();
    var a5 = vec4<f32>();
    var a6 = vec4<f32>();
    var a7 = vec4<f32>();
    var b0 = vec4<f32>();
    var b1 = vec4<f32>();
    var b2 = vec4<f32>();
    var b3 = vec4<f32>();
    var b4 = vec4<f32>();
    var b5 = vec4<f32>();
    var b6 = vec4<f32>();
    var b7 = vec4<f32>();

    // What the next channel needs.
    var first = sample * params.inputs * size;
    var next0 = values_of(first, offsets0);
    var next1 = values_of(first, offsets1);
    var next2 = values_of(first, offsets2);
    var next3 = values_of(first, offsets3);
    var next_weights = vec4<f32>();
    if has_weights {
        next_weights = weights_of(channel, 0u, index);
    }
    for (var c = 0u; c < params.inputs; c += 1u) {
        workgroupBarrier();
        keep(index, next0);
        keep(index + 4u * GROUP, next1);
        keep(index + 8u * GROUP, next2);
        keep(index + 12u * GROUP, next3);
        if has_weights {
            weights[index] = next_weights;
        }
        workgroupBarrier();
        if c + 1u < params.inputs {
            first += size;
            next0 = values_of(first, offsets0);
            next1 = values_of(first, offsets1);
            next2 = values_of(first, offsets2);
            next3 = values_of(first, offsets3);
            if has_weights {
                next_weights = weights_of(channel, c + 1u, index);
            }
        }
        for (var dz = 0u; dz < 3u; dz += 1u) {
            for (var dx = 0u; dx < 3u; dx += 1u) {
                let start = (local.z + dz) * SLICE + local.y * ROWS * PITCH + local.x + dx;
                let x0 = voxels[start];
                let x1 = voxels[start + PITCH];
                let x2 = voxels[start + 2u * PITCH];
                let x3 = voxels[start + 3u * PITCH];
                let x4 = voxels[start + 4u * PITCH];
                let x5 = voxels[start + 5u * PITCH];
                let x6 = voxels[start + 6u * PITCH];
                let x7 = voxels[start + 7u * PITCH];
                let x8 = voxels[start + 8u * PITCH];
                let x9 = voxels[start + 9u * PITCH];
                // Taps follow each other along x, so that the next row is three further.
                let tap = (dz * 9u + dx) * 2u;
                var w = weights[tap];
                a0 += x0 * w;
                a1 += x1 * w;
                a2 += x2 * w;
                a3 += x3 * w;
                a4 += x4 * w;
                a5 += x5 * w;
                a6 += x6 * w;
                a7 += x7 * w;
                w = weights[tap + 1u];
                b0 += x0 * w;
                b1 += x1 * w;
                b2 += x2 * w;
                b3 += x3 * w;
                b4 += x4 * w;
                b5 += x5 * w;
                b6 += x6 * w;
                b7 += x7 * w;
                w = weights[tap + 6u];
                a0 += x1 * w;
                a1 += x2 * w;
                a2 += x3 * w;
                a3 += x4 * w;
                a4 += x5 * w;
                a5 += x6 * w;
                a6 += x7 * w;
                a7 += x8 * w;
                w = weights[tap + 7u];
                b0 += x1 * w;
                b1 += x2 * w;
                b2 += x3 * w;
                b3 += x4 * w;
                b4 += x5 * w;
                b5 += x6 * w;
                b6 += x7 * w;
                b7 += x8 * w;
                w = weights[tap + 12u];
                a0 += x2 * w;
                a1 += x3 * w;
                a2 += x4 * w;
                a3 += x5 * w;
                a4 += x6 * w;
                a5 += x7 * w;
                a6 += x8 * w;
                a7 += x9 * w;
                w = weights[tap + 13u];
                b0 += x2 * w;
                b1 += x3 * w;
                b2 += x4 * w;
                b3 += x5 * w;
                b4 += x6 * w;
                b5 += x7 * w;
                b6 += x8 * w;
                b7 += x9 * w;
            }
        }
    }

    let at = corner + vec3<u32>(local.x, local.y * ROWS, local.z);
    if at.x >= shape.x || at.z >= shape.z {
        return;
    }
    let low = ((sample * params.outputs + channel) * shape.z + at.z) * shape.y * shape.x
        + at.y * shape.x + at.x;
    let high = low + 4u * size;
    if at.y < shape.y {
        write(low, channel, a0);
        write(high, channel + 4u, b0);
    }
    if at.y + 1u < shape.y {
        write(low + shape.x, channel, a1);
        write(high + shape.x, channel + 4u, b1);
    }
    if at.y + 2u < shape.y {
        write(low + 2u * shape.x, channel, a2);
        write(high + 2u * shape.x, channel + 4u, b2);
    }
    if at.y + 3u < shape.y {
        write(low + 3u * shape.x, channel, a3);
        write(high + 3u * shape.x, channel + 4u, b3);
    }
    if at.y + 4u < shape.y {
        write(low + 4u * shape.x, channel, a4);
        write(high + 4u * shape.x, channel + 4u, b4);
    }
    if at.y + 5u < shape.y {
        write(low + 5u * shape.x, channel, a5);
        write(high + 5u * shape.x, channel + 4u, b5);
    }
    if at.y + 6u < shape.y {
        write(low + 6u * shape.x, channel, a6);
        write(high + 6u * shape.x, channel + 4u, b6);
    }
    if at.y + 7u < shape.y {
        write(low + 7u * shape.x, channel, a7);
        write(high + 7u * shape.x, channel + 4u, b7);
    }
}
