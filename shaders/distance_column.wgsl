// Distance transform, every further axis, once `distance_site` has found all sites: puts the squared
// distances to them in their place.

#import shared/distance_brick.wgsl

@group(0) @binding(0) var<storage, read> before: array<f32>;
// Sites at first, bits of the squared distances then.
@group(0) @binding(1) var<storage, read_write> after: array<u32>;
@group(0) @binding(2) var<uniform> brick: Brick;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= brick.nx {
        return;
    }
    let voxel = ((brick.origin + id.z) * brick.ny + id.y) * brick.nx + id.x;
    let at = voxel / brick.stride % brick.length;
    let site = after[voxel];
    let way = f32(max(site, at) - min(site, at));
    let nearest = before[voxel - at * brick.stride + site * brick.stride];
    after[voxel] = bitcast<u32>(nearest + brick.step * way * way);
}
