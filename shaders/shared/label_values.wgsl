// Values of voxels as they are in the file: of 8, 16 or 32 bits, several a word.
@group(0) @binding(0) var<storage, read> values: array<u32>;

// Value of a voxel, 0 for background; 1 for all else where no more is asked.
fn value_of(voxel: u32) -> u32 {
    let bits = brick.value_bits;
    let places = 32u / bits;
    let word = values[voxel / places];
    let value = (word >> (voxel % places * bits)) & (0xffffffffu >> (32u - bits));
    return select(value, min(value, 1u), brick.binary == 1u);
}
