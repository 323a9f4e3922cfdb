// Probability of every class at every voxel of a slice, 0 to 255.

#import shared/layer.wgsl

struct Params {
    // Voxels of a slice.
    area: u32,
    classes: u32,
    // The slice.
    slice: u32,
    // Words of a class.
    words: u32,
}

// Both may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> layer: array<f32>;
// Of four voxels a word, [classes, words].
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.words {
        return;
    }
    let c = id.y;
    var word = 0u;
    for (var i = 0u; i < 4u; i += 1u) {
        let voxel = 4u * id.x + i;
        if voxel < params.area {
            let sum = layer[of_layer(params.slice, c, params.area, voxel)];
            let weight = layer[of_layer(params.slice, params.classes, params.area, voxel)];
            word |= u32(floor(255.0 * sum / weight + 0.5)) << (8u * i);
        }
    }
    out[c * params.words + id.x] = word;
}
