// Labelling, step 6: gives every voxel the number of its root, background 0, and lists those of the
// runs, from which the host writes the labels: few numbers go back.

#import shared/label_brick.wgsl

@group(0) @binding(0) var<storage, read> numbers: array<u32>;
// Bits of the voxels that start a run, a row in pairs of words.
@group(0) @binding(1) var<storage, read> starts: array<vec2<u32>>;
// Runs that start before each pair of words.
@group(0) @binding(2) var<storage, read> before: array<u32>;
@group(0) @binding(3) var<storage, read_write> labels: array<u32>;
// Of every run, in the order of their first voxels.
@group(0) @binding(4) var<storage, read_write> runs: array<u32>;
@group(0) @binding(5) var<uniform> brick: Brick;

const PAIR: u32 = 64u;

// Bits below one of a word.
fn below(bit: u32) -> u32 {
    return (1u << bit) - 1u;
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let voxels = brick.nx * brick.ny * brick.nz;
    let pairs = (brick.nx + PAIR - 1u) / PAIR;
    let block = brick.origin + group.y * BLOCKS_X + group.x;
    for (var i = local; i < BLOCK; i += THREADS) {
        let voxel = block * BLOCK + i;
        if voxel >= voxels {
            break;
        }
        let root = labels[voxel];
        if root == NONE {
            labels[voxel] = 0u;
            continue;
        }
        let number = numbers[root];
        labels[voxel] = number;
        let x = voxel % brick.nx;
        let pair = voxel / brick.nx * pairs + x / PAIR;
        let word = starts[pair];
        let bit = x % 32u;
        if x % PAIR < 32u {
            if (word.x >> bit & 1u) == 1u {
                runs[before[pair] + countOneBits(word.x & below(bit))] = number;
            }
        } else if (word.y >> bit & 1u) == 1u {
            runs[before[pair] + countOneBits(word.x) + countOneBits(word.y & below(bit))] = number;
        }
    }
}
