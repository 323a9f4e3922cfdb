// Distance transform, every further axis: the least of the squared distances of a column, each plus
// the square of the way to it. The search goes outwards and ends where the way alone is longer than
// the least so far, so that it takes as many steps as the distance that it finds.

#import shared/distance_brick.wgsl

@group(0) @binding(0) var<uniform> brick: Brick;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read_write> after: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= brick.nx {
        return;
    }
    let voxel = (id.z * brick.ny + id.y) * brick.nx + id.x;
    let at = voxel / brick.stride % brick.length;
    var least = before[voxel];
    for (var way = 1u; way < brick.length; way++) {
        let squared = brick.step * f32(way) * f32(way);
        if squared >= least {
            break;
        }
        if at >= way {
            least = min(least, before[voxel - way * brick.stride] + squared);
        }
        if at + way < brick.length {
            least = min(least, before[voxel + way * brick.stride] + squared);
        }
    }
    after[voxel] = least;
}
