// Distance transform, every further axis: which voxel of its column gives each voxel the least
// squared distance, that voxel's own plus the square of the way to it.
//
// All parabolas have one opening, so that the least one moves along the column as the voxel does:
// between two voxels whose site is known only the sites between theirs come into question (Aggarwal
// et al., Geometric applications of a matrix-searching algorithm, Algorithmica 2, 1987). A launch
// takes the voxels half way between those of the launches before. All launches together look at
// length * log2(length) sites of a column at most, however far away they are.

#import shared/distance_brick.wgsl

@group(0) @binding(0) var<storage, read> before: array<f32>;
// Place in its column of the site of each voxel, for every voxel that launches have reached.
@group(0) @binding(1) var<storage, read_write> sites: array<u32>;
@group(0) @binding(2) var<uniform> brick: Brick;

// Invocations along x and y take the columns, those along z the voxels at `gap`, 3 * `gap`,
// 5 * `gap`, ... of a column, counted from 1.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let columns = brick.nx * brick.ny * brick.nz / brick.length;
    let column = (brick.origin + id.y) * brick.nx + id.x;
    let nth = (2u * id.z + 1u) * brick.gap;
    if id.x >= brick.nx || column >= columns || nth > brick.length {
        return;
    }
    let start = column / brick.stride * brick.stride * brick.length + column % brick.stride;
    let at = nth - 1u;
    let here = start + at * brick.stride;
    let own = before[here];
    // No site is further away than the squared distance of the voxel itself.
    let reach = u32(min(sqrt(own / brick.step) + 1.0, f32(brick.length)));
    var first = max(at, reach) - reach;
    if nth > brick.gap {
        first = max(first, sites[here - brick.gap * brick.stride]);
    }
    var last = min(at + reach, brick.length - 1u);
    if nth + brick.gap <= brick.length {
        last = min(last, sites[here + brick.gap * brick.stride]);
    }
    // The first of equal ones, so that sites never cross.
    var site = first;
    var least = FAR;
    for (var k = first; k <= last; k++) {
        let way = f32(max(k, at) - min(k, at));
        let squared = before[start + k * brick.stride] + brick.step * way * way;
        if squared < least {
            least = squared;
            site = k;
        }
    }
    sites[here] = site;
}
