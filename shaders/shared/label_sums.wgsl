// Sums over the voxels of components, as `label_statistics` keeps them.

// A brick of whole slices, and the components that are summed now.
struct Part {
    nx: u32,
    ny: u32,
    nz: u32,
    // Slice of the volume at which the brick starts.
    first_slice: u32,
    // The component whose sums come first, counted from 1, and how many follow.
    first_id: u32,
    ids: u32,
    // First layer of SLICES slices of this launch.
    origin: u32,
}

// Words of a component: voxels, then sums of two words each, the low one first, of x, y, z, xx, yy,
// zz, xy, xz and yz, then the lowest x, y and z, each subtracted from 2^32 - 1, and the highest.
const WORDS: u32 = 25u;
// Sums of two words.
const WIDE: u32 = 9u;
const LOWEST: u32 = 19u;
const HIGHEST: u32 = 22u;
// Coordinates of at most this many values have products that fit the sums.
const MOST: u32 = 65536u;

struct Run {
    voxels: u32,
    wide: array<vec2<u32>, WIDE>,
    lowest: array<u32, 3>,
    highest: array<u32, 3>,
}

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

// What the voxels from x to before `end` of a row add.
fn run_of(x: u32, end: u32, y: u32, z: u32) -> Run {
    let n = end - x;
    // Sums of i and of i^2 for i below n; one factor of the latter is a multiple of 3.
    let i = n * (n - 1u) / 2u;
    let odd = 2u * n - 1u;
    var ii = product(i / 3u, odd);
    if odd % 3u == 0u {
        ii = product(i, odd / 3u);
    }
    let sum_x = n * x + i;
    return Run(
        n,
        array(
            vec2(sum_x, 0u),
            product(n, y),
            product(n, z),
            plus(plus(product(n, x * x), product(2u * i, x)), ii),
            product(n, y * y),
            product(n, z * z),
            product(sum_x, y),
            product(sum_x, z),
            product(n, y * z),
        ),
        array(x, y, z),
        array(end - 1u, y, z),
    );
}
