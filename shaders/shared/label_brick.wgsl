// A brick of whole slices that is being labelled. Voxels are numbered x fastest.
struct Brick {
    nx: u32,
    ny: u32,
    nz: u32,
    // In how many coordinates neighbours may differ: 1, 2 or 3 for 6, 18 or 26 neighbours.
    reach: u32,
    // Bits of a value: 1, 8, 16 or 32.
    value_bits: u32,
    // Values from the start of a row to that of the next.
    pitch: u32,
    // First slice, or block of voxels, of this launch.
    origin: u32,
}

// Label of background while components are joined.
const NONE: u32 = 0xffffffffu;
// Voxels of a row whose runs `label_runs` finds together.
const TILE: u32 = 128u;
// Voxels whose roots are counted together.
const BLOCK: u32 = 1024u;
// Invocations that work on a block.
const THREADS: u32 = 256u;
// Blocks along x of a dispatch; more go along y.
const BLOCKS_X: u32 = 32768u;
