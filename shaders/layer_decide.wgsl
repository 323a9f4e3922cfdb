// Class of every voxel of a slice, and how much speaks for its mineral; then clears the slice.
//
// First resin against all minerals together, then the mineral of the largest probability times its
// weight.

#import shared/layer.wgsl

struct Params {
    // Voxels of a slice.
    area: u32,
    classes: u32,
    background: u32,
    // The slice.
    slice: u32,
    // Nats that a step of the evidence stands for.
    step_nats: f32,
}

// Both may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> layer: array<f32>;
// Of every class.
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
// Of two voxels a word: class and evidence, a byte each.
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn decision(voxel: u32) -> u32 {
    var solid = 0.0;
    var best = params.background;
    var most = 0.0;
    var second = 0.0;
    var resin = 0.0;
    for (var c = 0u; c < params.classes; c += 1u) {
        let p = layer[of_layer(params.slice, c, params.area, voxel)];
        if c == params.background {
            resin = p;
        } else {
            solid += p;
            let weighted = weights[c] * p;
            // Of equal ones the first, and the first of all even where it is 0.
            if weighted > most || best == params.background {
                second = most;
                most = weighted;
                best = c;
            } else {
                second = max(weighted, second);
            }
        }
    }
    var steps = 0.0;
    if most > 0.0 {
        steps = 255.0;
        if second > 0.0 {
            steps = min(floor(log(most / second) / params.step_nats + 0.5), 255.0);
        }
    }
    return select(params.background, best, solid > resin) | (u32(steps) << 8u);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = 2u * id.x;
    if first >= params.area {
        return;
    }
    var word = decision(first);
    if first + 1u < params.area {
        word |= decision(first + 1u) << 16u;
    }
    out[id.x] = word;
    for (var c = 0u; c <= params.classes; c += 1u) {
        for (var voxel = first; voxel < min(first + 2u, params.area); voxel += 1u) {
            layer[of_layer(params.slice, c, params.area, voxel)] = 0.0;
        }
    }
}
