// Labelling, step 6: gives every voxel the number of its root, background 0.

#import shared/label_brick.wgsl

@group(0) @binding(0) var<storage, read> numbers: array<u32>;
@group(0) @binding(1) var<storage, read_write> labels: array<u32>;
@group(0) @binding(2) var<uniform> brick: Brick;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let voxels = brick.nx * brick.ny * brick.nz;
    let block = brick.origin + group.y * BLOCKS_X + group.x;
    for (var i = local; i < BLOCK; i += THREADS) {
        let voxel = block * BLOCK + i;
        if voxel >= voxels {
            break;
        }
        let root = labels[voxel];
        if root == NONE {
            labels[voxel] = 0u;
        } else {
            labels[voxel] = numbers[root];
        }
    }
}
