// Gradient of the weights of conv3d: part of the sums over the voxels.
//
// A workgroup makes all taps of INPUTS input by OUTPUTS output channels, and sums up the tiles
// `split`, `split + splits`, ...: split_sum adds the splits. Tiles go to workgroup memory;
// an invocation has the nine taps of one slice, input channel and four output channels.

const TILE_X: u32 = 16u;
const TILE_Y: u32 = 2u;
const TILE_Z: u32 = 2u;
const INPUTS: u32 = 8u;
const OUTPUTS: u32 = 16u;

const TAPS: u32 = 27u;
const GROUP: u32 = 96u;
const PITCH: u32 = 18u;
const SLICE: u32 = 72u;
const BLOCK: u32 = 288u;
// Blocks lie one further apart than they are long, so that the channels are in different banks.
const STRIDE: u32 = 289u;
const VOXELS: u32 = 64u;

struct Params {
    // Voxels along x, y, z.
    shape: vec3<u32>,
    batch: u32,
    inputs: u32,
    outputs: u32,
    splits: u32,
}

// All may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> grad: array<f32>;
// [splits, outputs, inputs, 3, 3, 3]
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> voxels: array<f32, 2312>;
// Of each voxel, sixteen output channels.
var<workgroup> gradients: array<vec4<f32>, 256>;

fn gradient_of(sample: u32, output: u32, at: vec3<u32>) -> f32 {
    if output >= params.outputs || any(at >= params.shape) {
        return 0.0;
    }
    return grad[((sample * params.outputs + output) * params.shape.z + at.z)
        * params.shape.y * params.shape.x + at.y * params.shape.x + at.x];
}

@compute @workgroup_size(4, 3, 8)
fn main(
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let shape = params.shape;
    let tiles = (shape + vec3<u32>(TILE_X, TILE_Y, TILE_Z) - 1u)
        / vec3<u32>(TILE_X, TILE_Y, TILE_Z);
    let tiles_a_sample = tiles.x * tiles.y * tiles.z;
    let first_input = group.y * INPUTS;
    let first_output = group.z * OUTPUTS;
    let input = first_input + local.z;

    // Taps by row and column.
    var a00 = vec4<f32>();
    var a01 = vec4<f32>();
    var a02 = vec4<f32>();
    var a10 = vec4<f32>();
    var a11 = vec4<f32>();
    var a12 = vec4<f32>();
    var a20 = vec4<f32>();
    var a21 = vec4<f32>();
    var a22 = vec4<f32>();
    for (var tile = group.x; tile < params.batch * tiles_a_sample; tile += params.splits) {
        let sample = tile / tiles_a_sample;
        let inside = tile % tiles_a_sample;
        let corner = vec3<u32>(TILE_X, TILE_Y, TILE_Z) * vec3<u32>(
            inside % tiles.x,
            inside / tiles.x % tiles.y,
            inside / (tiles.x * tiles.y),
        );
        workgroupBarrier();
        for (var i = index; i < INPUTS * BLOCK; i += GROUP) {
            let c = i / BLOCK;
            let k = i % BLOCK;
            // 0 - 1 wraps to a position outside.
            let at = corner - 1u + vec3<u32>(k % PITCH, k % SLICE / PITCH, k / SLICE);
            var value = 0.0;
            if first_input + c < params.inputs && all(at < shape) {
                value = x[((sample * params.inputs + first_input + c) * shape.z + at.z)
                    * shape.y * shape.x + at.y * shape.x + at.x];
            }
            voxels[c * STRIDE + k] = value;
        }
        for (var i = index; i < VOXELS * OUTPUTS / 4u; i += GROUP) {
            let voxel = i % VOXELS;
            let quad = i / VOXELS;
            let at = corner + vec3<u32>(
                voxel % TILE_X,
                voxel / TILE_X % TILE_Y,
                voxel / (TILE_X * TILE_Y),
            );
            let o = first_output + quad * 4u;
            gradients[voxel * 4u + quad] = vec4<f32>(
                gradient_of(sample, o, at),
                gradient_of(sample, o + 1u, at),
                gradient_of(sample, o + 2u, at),
                gradient_of(sample, o + 3u, at),
            );
        }
        workgroupBarrier();
        if input < params.inputs {
            for (var line = 0u; line < TILE_Y * TILE_Z; line += 1u) {
                let start = local.z * STRIDE + (line / TILE_Y + local.y) * SLICE
                    + line % TILE_Y * PITCH;
                // Three rows at the left, in the middle, and at the right of a voxel.
                var left = vec3<f32>(voxels[start], voxels[start + PITCH], voxels[start + 2u * PITCH]);
                var middle = vec3<f32>(
                    voxels[start + 1u],
                    voxels[start + PITCH + 1u],
                    voxels[start + 2u * PITCH + 1u],
                );
                for (var k = 0u; k < TILE_X; k += 1u) {
                    let right = vec3<f32>(
                        voxels[start + k + 2u],
                        voxels[start + PITCH + k + 2u],
                        voxels[start + 2u * PITCH + k + 2u],
                    );
                    let g = gradients[(line * TILE_X + k) * 4u + local.x];
                    a00 += left.x * g;
                    a10 += left.y * g;
                    a20 += left.z * g;
                    a01 += middle.x * g;
                    a11 += middle.y * g;
                    a21 += middle.z * g;
                    a02 += right.x * g;
                    a12 += right.y * g;
                    a22 += right.z * g;
                    left = middle;
                    middle = right;
                }
            }
        }
    }

    if input >= params.inputs {
        return;
    }
    var taps = array<vec4<f32>, 9>(a00, a01, a02, a10, a11, a12, a20, a21, a22);
    for (var k = 0u; k < 4u; k += 1u) {
        let output = first_output + local.x * 4u + k;
        if output >= params.outputs {
            return;
        }
        let to = ((group.x * params.outputs + output) * params.inputs + input) * TAPS
            + local.y * 9u;
        for (var tap = 0u; tap < 9u; tap += 1u) {
            partial[to + tap] = taps[tap][k];
        }
    }
}
