// Distance transform, first axis: the squared distance, in voxels, to the nearest background of the
// same row. One workgroup a row.

#import shared/distance_brick.wgsl

// One byte a voxel, 0 is background.
@group(0) @binding(0) var<storage, read> mask: array<u32>;
@group(0) @binding(1) var<storage, read_write> distance: array<f32>;
@group(0) @binding(2) var<uniform> brick: Brick;

const TILE: u32 = 128u;

var<workgroup> nearest: array<u32, TILE>;

fn is_background(voxel: u32) -> bool {
    return ((mask[voxel / 4u] >> (8u * (voxel % 4u))) & 0xffu) == 0u;
}

// The largest value of the invocations up to this one (Hillis and Steele 1986).
fn largest_so_far(local: u32, own: u32) -> u32 {
    nearest[local] = own;
    workgroupBarrier();
    for (var step = 1u; step < TILE; step *= 2u) {
        var before = 0u;
        if local >= step {
            before = nearest[local - step];
        }
        workgroupBarrier();
        nearest[local] = max(nearest[local], before);
        workgroupBarrier();
    }
    return nearest[local];
}

// Distance from position `at` to the background found, 1 more than its position; 0 is none.
fn distance_to(at: u32, found: u32) -> f32 {
    return select(f32(at + 1u - found), FAR, found == 0u);
}

@compute @workgroup_size(TILE)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let row = ((brick.origin + group.z) * brick.ny + group.y) * brick.nx;
    var before = 0u;
    for (var first = 0u; first < brick.nx; first += TILE) {
        let x = first + local;
        var own = 0u;
        if x < brick.nx {
            own = select(0u, x + 1u, is_background(row + x));
        }
        let found = max(before, largest_so_far(local, own));
        if x < brick.nx {
            distance[row + x] = distance_to(x, found);
        }
        before = max(before, nearest[TILE - 1u]);
        workgroupBarrier();
    }
    storageBarrier();
    // The same from the other end: `at` counts from there.
    before = 0u;
    for (var first = 0u; first < brick.nx; first += TILE) {
        let at = first + local;
        let voxel = row + brick.nx - 1u - min(at, brick.nx - 1u);
        var own = 0u;
        if at < brick.nx {
            own = select(0u, at + 1u, is_background(voxel));
        }
        let found = max(before, largest_so_far(local, own));
        if at < brick.nx {
            let d = min(distance[voxel], distance_to(at, found));
            if d == FAR {
                distance[voxel] = FAR;
            } else {
                distance[voxel] = d * d;
            }
        }
        before = max(before, nearest[TILE - 1u]);
        workgroupBarrier();
    }
}
