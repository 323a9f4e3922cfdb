// Values of voxels, several a word: as they are in the file, or a bit that tells foreground.
@group(0) @binding(0) var<storage, read> values: array<u32>;

// The value at a place, 0 for background.
fn value_at(place: u32) -> u32 {
    let bits = brick.value_bits;
    let places = 32u / bits;
    let word = values[place / places];
    return (word >> (place % places * bits)) & (0xffffffffu >> (32u - bits));
}
