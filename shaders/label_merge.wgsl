// Labelling, step 2: joins runs that touch, across tiles and between rows.
//
// Of the many pairs of touching voxels of two runs only the first is joined: a pair is left to
// the voxels one to the left where these are of the same runs.

#import shared/label_brick.wgsl
#import shared/label_values.wgsl
#import shared/label_sets.wgsl

@group(0) @binding(1) var<storage, read_write> labels: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> brick: Brick;

// A voxel: its number, and the place of its value.
struct Voxel {
    number: u32,
    place: u32,
}

// The voxel so many rows before.
fn rows_before(voxel: Voxel, rows: u32) -> Voxel {
    return Voxel(voxel.number - rows * brick.nx, voxel.place - rows * brick.pitch);
}

fn join_row(x: u32, here: Voxel, there: Voxel, with_corners: bool) {
    let value = value_at(here.place);
    var has_left = false;
    var is_left = false;
    if x > 0u {
        is_left = value_at(here.place - 1u) == value;
        has_left = value_at(there.place - 1u) == value;
    }
    if value_at(there.place) == value {
        if !(is_left && has_left) {
            join(here.number, there.number);
        }
        return;
    }
    if !with_corners {
        return;
    }
    if has_left && !is_left {
        join(here.number, there.number - 1u);
    }
    if x + 1u < brick.nx {
        if value_at(there.place + 1u) == value && value_at(here.place + 1u) != value {
            join(here.number, there.number + 1u);
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
    let row = z * brick.ny + y;
    let here = Voxel(row * brick.nx + x, row * brick.pitch + x);
    let value = value_at(here.place);
    if value == 0u {
        return;
    }
    if x > 0u && x % TILE == 0u {
        if value_at(here.place - 1u) == value {
            join(here.number, here.number - 1u);
        }
    }
    let edges = brick.reach >= 2u;
    let corners = brick.reach >= 3u;
    if y > 0u {
        join_row(x, here, rows_before(here, 1u), edges);
    }
    if z > 0u {
        join_row(x, here, rows_before(here, brick.ny), edges);
        if edges && y > 0u {
            join_row(x, here, rows_before(here, brick.ny + 1u), corners);
        }
        if edges && y + 1u < brick.ny {
            join_row(x, here, rows_before(here, brick.ny - 1u), corners);
        }
    }
}
