// Labelling, step 4: replaces the number of roots of each block by the number of roots before it;
// the total follows at the end. One workgroup.

#import shared/label_brick.wgsl

@group(0) @binding(0) var<storage, read_write> block_roots: array<u32>;
@group(0) @binding(1) var<uniform> brick: Brick;

var<workgroup> sums: array<u32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) local: u32) {
    let voxels = brick.nx * brick.ny * brick.nz;
    let blocks = (voxels + BLOCK - 1u) / BLOCK;
    var before = 0u;
    for (var first = 0u; first < blocks; first += THREADS) {
        let block = first + local;
        var own = 0u;
        if block < blocks {
            own = block_roots[block];
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
        if block < blocks {
            block_roots[block] = before + sums[local] - own;
        }
        before += sums[THREADS - 1u];
        workgroupBarrier();
    }
    if local == 0u {
        block_roots[blocks] = before;
    }
}
