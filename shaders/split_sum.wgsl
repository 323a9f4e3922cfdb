// Adds up the splits of a sum over voxels: part of each is the sum of one output.
//
// A workgroup makes WIDTH sums; for each of them LANES invocations go through the splits.

const WIDTH: u32 = 32u;
const LANES: u32 = 8u;

struct Params {
    // Sums that are made.
    count: u32,
    splits: u32,
    // Sums that a split holds, and where in it those that are made begin.
    pitch: u32,
    first: u32,
}

// Both may be written: see conv3d.
// [splits, pitch]
@group(0) @binding(0) var<storage, read_write> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(32, 8)
fn main(
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let at = group.x * WIDTH + local.x;
    var sum = 0.0;
    if at < params.count {
        for (var split = local.y; split < params.splits; split += LANES) {
            sum += partial[split * params.pitch + params.first + at];
        }
    }
    sums[index] = sum;
    workgroupBarrier();
    if local.y > 0u || at >= params.count {
        return;
    }
    for (var lane = 1u; lane < LANES; lane += 1u) {
        sum += sums[lane * WIDTH + local.x];
    }
    out[at] = sum;
}
