// Adds up the splits that conv3d_weight made.

struct Params {
    weights: u32,
    splits: u32,
}

// Both may be written: see conv3d.
@group(0) @binding(0) var<storage, read_write> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) global: vec3<u32>) {
    if global.x >= params.weights {
        return;
    }
    var sum = 0.0;
    for (var split = 0u; split < params.splits; split += 1u) {
        sum += partial[split * params.weights + global.x];
    }
    out[global.x] = sum;
}
