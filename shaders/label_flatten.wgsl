// Labelling, step 3: points every voxel to the root of its component, and counts the roots of
// each block.

#import shared/label_brick.wgsl
#import shared/label_sets.wgsl

@group(0) @binding(0) var<storage, read_write> labels: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read_write> block_roots: array<u32>;
@group(0) @binding(2) var<uniform> brick: Brick;

var<workgroup> roots: atomic<u32>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    if local == 0u {
        atomicStore(&roots, 0u);
    }
    workgroupBarrier();
    let voxels = brick.nx * brick.ny * brick.nz;
    let block = brick.origin + group.y * BLOCKS_X + group.x;
    for (var i = local; i < BLOCK; i += THREADS) {
        let voxel = block * BLOCK + i;
        if voxel >= voxels {
            break;
        }
        let label = atomicLoad(&labels[voxel]);
        if label == NONE {
            continue;
        }
        let root = root_of(label);
        atomicStore(&labels[voxel], root);
        if root == voxel {
            atomicAdd(&roots, 1u);
        }
    }
    workgroupBarrier();
    if local == 0u && block * BLOCK < voxels {
        block_roots[block] = atomicLoad(&roots);
    }
}
