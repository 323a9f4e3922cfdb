// Adds the probabilities of a tile to a layer, weighted by their place in the tile.

#import shared/layer.wgsl

struct Params {
    // Size of the tile along x, y, z.
    tile: vec3<u32>,
    classes: u32,
    // Size of the layer's slices.
    width: u32,
    height: u32,
    // Where the tile begins in them.
    x: u32,
    y: u32,
    // Where the slices here lie in the layer, a ring of as many slices as the tile has, whose first
    // slice lies at `first`.
    begin: u32,
    first: u32,
}

// All may be written: see conv3d.
// [classes, z, y, x]
@group(0) @binding(0) var<storage, read_write> tile: array<f32>;
// Weights along z, then y, then x.
@group(0) @binding(1) var<storage, read_write> axes: array<f32>;
@group(0) @binding(2) var<storage, read_write> layer: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = params.tile;
    let at = vec2<u32>(params.x, params.y) + id.xy;
    if id.x >= size.x || at.x >= params.width || at.y >= params.height {
        return;
    }
    let z = (params.begin + id.z + size.z - params.first) % size.z;
    let area = params.width * params.height;
    let voxel = at.y * params.width + at.x;
    let weight = axes[z] * axes[size.z + id.y] * axes[size.z + size.y + id.x];
    for (var c = 0u; c < params.classes; c += 1u) {
        let p = tile[((c * size.z + z) * size.y + id.y) * size.x + id.x];
        layer[of_layer(id.z, c, area, voxel)] += weight * p;
    }
    layer[of_layer(id.z, params.classes, area, voxel)] += weight;
}
