// Sums over the voxels of each component, a run of one label in a tile of a row at a time.
//
// A workgroup takes a column of tiles. Components are compact, so that it meets few of them: their
// runs are summed in workgroup memory, and the sums are added to those of the volume once. Without,
// every run of a large component would wait for the same line of memory.

#import shared/label_sums.wgsl

@group(0) @binding(0) var<storage, read> labels: array<u32>;
// Zeros at first.
@group(0) @binding(1) var<storage, read_write> sums: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> part: Part;

// Voxels of a tile.
const TILE: u32 = 128u;
// Tiles of a column: so many rows, and so many slices.
const ROWS: u32 = 8u;
const SLICES: u32 = 8u;
// Components that a workgroup sums by itself; what others have goes to the volume at once.
const SLOTS: u32 = 32u;
// Slots that are looked at for a component.
const PROBES: u32 = 4u;

// Label of each slot, 0 where it is free, and its sums.
var<workgroup> owners: array<atomic<u32>, SLOTS>;
var<workgroup> slots: array<atomic<u32>, 800>;

// The slot of a label, SLOTS where all that may be its own are taken.
fn slot_of(label: u32) -> u32 {
    for (var probe = 0u; probe < PROBES; probe++) {
        let slot = (label + probe) % SLOTS;
        let found = atomicCompareExchangeWeak(&owners[slot], 0u, label);
        // An exchange that failed for no reason costs a slot, no sum.
        if found.exchanged || found.old_value == label {
            return slot;
        }
    }
    return SLOTS;
}

fn add_to_slot(at: u32, value: vec2<u32>) {
    let before = atomicAdd(&slots[at], value.x);
    let carry = u32(before + value.x < before);
    if value.y + carry != 0u {
        atomicAdd(&slots[at + 1u], value.y + carry);
    }
}

fn add_to_volume(at: u32, value: vec2<u32>) {
    let before = atomicAdd(&sums[at], value.x);
    let carry = u32(before + value.x < before);
    if value.y + carry != 0u {
        atomicAdd(&sums[at + 1u], value.y + carry);
    }
}

fn add_run(label: u32, given: Run) {
    // A copy: only what can be written can be indexed.
    var run = given;
    let slot = slot_of(label);
    if slot < SLOTS {
        let at = slot * WORDS;
        atomicAdd(&slots[at], run.voxels);
        for (var i = 0u; i < WIDE; i++) {
            add_to_slot(at + 1u + 2u * i, run.wide[i]);
        }
        for (var i = 0u; i < 3u; i++) {
            atomicMax(&slots[at + LOWEST + i], ~run.lowest[i]);
            atomicMax(&slots[at + HIGHEST + i], run.highest[i]);
        }
        return;
    }
    let at = (label - part.first_id) * WORDS;
    atomicAdd(&sums[at], run.voxels);
    for (var i = 0u; i < WIDE; i++) {
        add_to_volume(at + 1u + 2u * i, run.wide[i]);
    }
    for (var i = 0u; i < 3u; i++) {
        atomicMax(&sums[at + LOWEST + i], ~run.lowest[i]);
        atomicMax(&sums[at + HIGHEST + i], run.highest[i]);
    }
}

@compute @workgroup_size(128)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    for (var i = local; i < SLOTS; i += TILE) {
        atomicStore(&owners[i], 0u);
    }
    for (var i = local; i < SLOTS * WORDS; i += TILE) {
        atomicStore(&slots[i], 0u);
    }
    workgroupBarrier();

    let x = group.x * TILE + local;
    let layer = part.origin + group.z;
    let tile_end = min((group.x + 1u) * TILE, part.nx);
    let last_row = min((group.y + 1u) * ROWS, part.ny);
    let last_slice = min((layer + 1u) * SLICES, part.nz);
    for (var z = layer * SLICES; z < last_slice; z++) {
        for (var y = group.y * ROWS; y < last_row; y++) {
            if x >= part.nx {
                continue;
            }
            let row = (z * part.ny + y) * part.nx;
            let label = labels[row + x];
            // Wraps where the label is below.
            if label == 0u || label - part.first_id >= part.ids {
                continue;
            }
            if local > 0u {
                if labels[row + x - 1u] == label {
                    continue;
                }
            }
            var end = x + 1u;
            while end < tile_end {
                if labels[row + end] != label {
                    break;
                }
                end++;
            }
            add_run(label, run_of(x, end, y, part.first_slice + z));
        }
    }
    workgroupBarrier();

    for (var i = local; i < SLOTS * WORDS; i += TILE) {
        let owner = atomicLoad(&owners[i / WORDS]);
        if owner == 0u {
            continue;
        }
        let word = i % WORDS;
        let value = atomicLoad(&slots[i]);
        let at = (owner - part.first_id) * WORDS + word;
        if word == 0u {
            atomicAdd(&sums[at], value);
        } else if word >= LOWEST {
            atomicMax(&sums[at], value);
        } else if word % 2u == 1u {
            add_to_volume(at, vec2(value, atomicLoad(&slots[i + 1u])));
        }
    }
}
