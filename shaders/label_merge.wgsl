// Labelling, step 2: joins runs that touch, across tiles and between rows.
//
// Of the many pairs of touching voxels of two runs only the first is joined: a pair is left to
// the voxels one to the left where these are of the same runs.

#import shared/label_brick.wgsl
#import shared/label_values.wgsl
#import shared/label_sets.wgsl

@group(0) @binding(1) var<storage, read_write> labels: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> brick: Brick;

fn join_row(x: u32, here: u32, there: u32, with_corners: bool) {
    let value = value_of(here);
    var has_left = false;
    var is_left = false;
    if x > 0u {
        is_left = value_of(here - 1u) == value;
        has_left = value_of(there - 1u) == value;
    }
    if value_of(there) == value {
        if !(is_left && has_left) {
            join(here, there);
        }
        return;
    }
    if !with_corners {
        return;
    }
    if has_left && !is_left {
        join(here, there - 1u);
    }
    if x + 1u < brick.nx {
        if value_of(there + 1u) == value && value_of(here + 1u) != value {
            join(here, there + 1u);
        }
    }
}

@compute @workgroup_size(TILE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = id.x;
    let y = id.y;
    let z = brick.origin + id.z;
    if x >= brick.nx {
        return;
    }
    let area = brick.nx * brick.ny;
    let here = (z * brick.ny + y) * brick.nx + x;
    let value = value_of(here);
    if value == 0u {
        return;
    }
    if x > 0u && x % TILE == 0u {
        if value_of(here - 1u) == value {
            join(here, here - 1u);
        }
    }
    let edges = brick.reach >= 2u;
    let corners = brick.reach >= 3u;
    if y > 0u {
        join_row(x, here, here - brick.nx, edges);
    }
    if z > 0u {
        join_row(x, here, here - area, edges);
        if edges && y > 0u {
            join_row(x, here, here - area - brick.nx, corners);
        }
        if edges && y + 1u < brick.ny {
            join_row(x, here, here - area + brick.nx, corners);
        }
    }
}
