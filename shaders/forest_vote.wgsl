// Votes of the trees of a forest on samples: the probability of every class, a byte each.
//
// An invocation leads one sample through the trees, one after the other. Nodes are read at random, but
// those of a tree stay in the cache while all samples walk through it.

// Most classes.
const CLASSES: u32 = 16u;
// Trees after which a clear vote ends the asking.
const ASKED_AT_ONCE: u32 = 15u;
// Mean share of one class from which on a vote is clear.
const CLEAR: f32 = 0.985;

struct Params {
    // Bins of a sample.
    width: u32,
    classes: u32,
    trees: u32,
    samples: u32,
    // First sample of this launch.
    origin: u32,
}

// First node of each tree.
@group(0) @binding(0) var<storage, read> roots: array<u32>;
// Of a split: the node that follows on the right, then feature and cut, 16 bits each. A sample whose bin
// is below the cut goes left, to the next node. Of a leaf: its own number, then that of its shares.
@group(0) @binding(1) var<storage, read> nodes: array<vec2<u32>>;
// [leaves, classes]
@group(0) @binding(2) var<storage, read> shares: array<f32>;
// Bytes, [samples, width].
@group(0) @binding(3) var<storage, read> bins: array<u32>;
// Bytes, [samples, classes], of which each sample begins with a word.
@group(0) @binding(4) var<storage, read_write> votes: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

fn leaf_of(tree: u32, first_bin: u32) -> u32 {
    var at = roots[tree];
    var node = nodes[at];
    while node.x != at {
        let bin = first_bin + (node.y & 0xffffu);
        let value = bins[bin / 4u] >> (bin % 4u * 8u) & 0xffu;
        let cut = node.y >> 16u;
        at = select(node.x, at + 1u, value < cut);
        node = nodes[at];
    }
    return node.y;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let sample = params.origin + id.x;
    if sample >= params.samples {
        return;
    }
    var sums = array<f32, CLASSES>();
    var asked = 0u;
    while asked < params.trees {
        let leaf = leaf_of(asked, sample * params.width) * params.classes;
        for (var c = 0u; c < params.classes; c += 1u) {
            sums[c] += shares[leaf + c];
        }
        asked += 1u;
        if asked % ASKED_AT_ONCE == 0u {
            var most = 0.0;
            for (var c = 0u; c < params.classes; c += 1u) {
                most = max(most, sums[c]);
            }
            if most >= CLEAR * f32(asked) {
                break;
            }
        }
    }
    let words = (params.classes + 3u) / 4u;
    for (var i = 0u; i < words; i += 1u) {
        var word = 0u;
        for (var c = 4u * i; c < min(4u * i + 4u, params.classes); c += 1u) {
            let step = u32(floor(255.0 * (sums[c] / f32(asked)) + 0.5));
            word |= step << (c % 4u * 8u);
        }
        votes[sample * words + i] = word;
    }
}
