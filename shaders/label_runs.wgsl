// Labelling, step 1: points every voxel to the start of its run of one value within a tile of its
// row.

#import shared/label_brick.wgsl
#import shared/label_values.wgsl

@group(0) @binding(1) var<storage, read_write> labels: array<u32>;
@group(0) @binding(2) var<uniform> brick: Brick;

// Start of the run that reaches each voxel, so far; positions in the tile.
var<workgroup> starts: array<u32, TILE>;

@compute @workgroup_size(TILE)
fn main(
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let x = group.x * TILE + local.x;
    let row = (brick.origin + group.z) * brick.ny + group.y;
    let place = row * brick.pitch + x;
    let inside = x < brick.nx;
    var value = 0u;
    if inside {
        value = value_at(place);
    }
    var start = 0u;
    if inside && local.x > 0u {
        if value_at(place - 1u) != value {
            start = local.x;
        }
    }
    // The largest start at or before each voxel: an inclusive scan (Hillis and Steele 1986).
    starts[local.x] = start;
    workgroupBarrier();
    for (var step = 1u; step < TILE; step *= 2u) {
        var before = 0u;
        if local.x >= step {
            before = starts[local.x - step];
        }
        workgroupBarrier();
        starts[local.x] = max(starts[local.x], before);
        workgroupBarrier();
    }
    if inside {
        let first = row * brick.nx;
        labels[first + x] = select(first + group.x * TILE + starts[local.x], NONE, value == 0u);
    }
}
