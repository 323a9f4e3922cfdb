// Labelling, step 5: numbers the roots in the order of their voxels, from 1.

#import shared/label_brick.wgsl

@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read> block_roots: array<u32>;
// Number of each root; other voxels are not written.
@group(0) @binding(2) var<storage, read_write> numbers: array<u32>;
@group(0) @binding(3) var<uniform> brick: Brick;

const OWN: u32 = BLOCK / THREADS;

var<workgroup> sums: array<u32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let voxels = brick.nx * brick.ny * brick.nz;
    let block = brick.origin + group.y * BLOCKS_X + group.x;
    let first = block * BLOCK + local * OWN;
    var own = 0u;
    for (var i = 0u; i < OWN; i++) {
        if first + i < voxels {
            own += u32(labels[first + i] == first + i);
        }
    }
    sums[local] = own;
    workgroupBarrier();
    for (var step = 1u; step < THREADS; step *= 2u) {
        var left = 0u;
        if local >= step {
            left = sums[local - step];
        }
        workgroupBarrier();
        sums[local] += left;
        workgroupBarrier();
    }
    if first >= voxels {
        return;
    }
    var number = block_roots[block] + sums[local] - own;
    for (var i = 0u; i < OWN; i++) {
        let voxel = first + i;
        if voxel < voxels {
            if labels[voxel] == voxel {
                number += 1u;
                numbers[voxel] = number;
            }
        }
    }
}
