// Sums over the voxels of each component, a run of one label in a row at a time.

#import shared/label_brick.wgsl

struct Window {
    // The component whose sums come first, counted from 1, and how many follow.
    first_id: u32,
    ids: u32,
    // Slice of the volume at which the brick starts.
    first_slice: u32,
    unused: u32,
}

// Words of a component: voxels, then sums of two words each, the low one first, of x, y, z, xx, yy,
// zz, xy, xz and yz, then the lowest x, y and z, each subtracted from 2^32 - 1, and the highest.
const WORDS: u32 = 25u;
// Coordinates of at most this many values have products that fit the sums.
const MOST: u32 = 65536u;

@group(0) @binding(0) var<uniform> brick: Brick;
@group(0) @binding(1) var<uniform> window: Window;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
// Zeros at first.
@group(0) @binding(3) var<storage, read_write> sums: array<atomic<u32>>;

// The product as two words, the low one first, from products of 16 bits.
fn product(a: u32, b: u32) -> vec2<u32> {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let one = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let other = (a & 0xffffu) * (b >> 16u) + (one & 0xffffu);
    let high = (a >> 16u) * (b >> 16u) + (one >> 16u) + (other >> 16u);
    return vec2(a * b, high);
}

fn plus(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2(low, a.y + b.y + u32(low < a.x));
}

fn add(at: u32, value: vec2<u32>) {
    let before = atomicAdd(&sums[at], value.x);
    let carry = u32(before + value.x < before);
    if value.y + carry != 0u {
        atomicAdd(&sums[at + 1u], value.y + carry);
    }
}

@compute @workgroup_size(TILE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = id.x;
    let y = id.y;
    if x >= brick.nx {
        return;
    }
    let row = (id.z * brick.ny + y) * brick.nx;
    let label = labels[row + x];
    let component = label - window.first_id;
    if label == 0u || component >= window.ids {
        return;
    }
    if x > 0u {
        if labels[row + x - 1u] == label {
            return;
        }
    }
    var end = x + 1u;
    while end < brick.nx {
        if labels[row + end] != label {
            break;
        }
        end++;
    }
    let z = window.first_slice + id.z;
    let n = end - x;
    // Sums of i and of i^2 for i below n; one factor of the latter is a multiple of 3.
    let i = n * (n - 1u) / 2u;
    let odd = 2u * n - 1u;
    var ii = product(i / 3u, odd);
    if odd % 3u == 0u {
        ii = product(i, odd / 3u);
    }
    let sum_x = n * x + i;
    let at = component * WORDS;
    atomicAdd(&sums[at], n);
    add(at + 1u, vec2(sum_x, 0u));
    add(at + 3u, product(n, y));
    add(at + 5u, product(n, z));
    add(at + 7u, plus(plus(product(n, x * x), product(2u * i, x)), ii));
    add(at + 9u, product(n, y * y));
    add(at + 11u, product(n, z * z));
    add(at + 13u, product(sum_x, y));
    add(at + 15u, product(sum_x, z));
    add(at + 17u, product(n, y * z));
    atomicMax(&sums[at + 19u], ~x);
    atomicMax(&sums[at + 20u], ~y);
    atomicMax(&sums[at + 21u], ~z);
    atomicMax(&sums[at + 22u], end - 1u);
    atomicMax(&sums[at + 23u], y);
    atomicMax(&sums[at + 24u], z);
}
