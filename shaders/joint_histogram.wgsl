// Joint histograms of map classes and CT grey values for a batch of poses.
//
// Each sample is a map pixel with its class. A pose takes it into the volume, where the grey value
// is interpolated trilinearly and shared between its two nearest bins (a linear Parzen window:
// Mattes et al., IEEE TMI 22, 2003). All arithmetic is on integers, so that counts do not depend
// on the device or on the order of additions.

// Fraction bits of positions.
const POSITION_BITS: u32 = 14u;
// Bits of a position's fraction that weigh the eight voxels around it.
const FRACTION_BITS: u32 = 4u;
// Bits of a packed column or row; the bias makes it positive.
const COORDINATE_BITS: u32 = 14u;
const COORDINATE_BIAS: i32 = 8192;
const CLASS_SHIFT: u32 = 28u;
const CLASSES: u32 = 16u;
const GREY_BINS: u32 = 32u;
// Eight grey levels between the centres of neighbouring bins.
const GREY_MAX: u32 = 248u;
// What one sample adds to the counts.
const SAMPLE_WEIGHT: u32 = 256u;
// From grey level times voxel weight to bin times sample weight.
const WEIGHT_SHIFT: u32 = 7u;

struct Params {
    // Voxels of the brick along x, y, z.
    shape: vec4<i32>,
    // Position of the brick in the volume.
    origin: vec4<i32>,
    samples: u32,
    samples_per_group: u32,
    first_pose: u32,
    padding: u32,
}

// Four voxels a word, x fastest.
@group(0) @binding(0) var<storage, read> volume: array<u32>;
@group(0) @binding(1) var<storage, read> samples: array<u32>;
// du, dv, origin: three words each, then three unused.
@group(0) @binding(2) var<storage, read> poses: array<i32>;
@group(0) @binding(3) var<storage, read_write> histograms: array<atomic<u32>>;
@group(0) @binding(4) var<uniform> params: Params;

const GROUP: u32 = 128u;
const BINS: u32 = 512u;

var<workgroup> counts: array<atomic<u32>, 512>;

fn voxel(index: u32) -> u32 {
    return (volume[index >> 2u] >> ((index & 3u) * 8u)) & 255u;
}

@compute @workgroup_size(128)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    for (var bin = local; bin < BINS; bin += GROUP) {
        atomicStore(&counts[bin], 0u);
    }
    workgroupBarrier();

    let pose = (params.first_pose + group.y) * 12u;
    let du = vec3<i32>(poses[pose], poses[pose + 1u], poses[pose + 2u]);
    let dv = vec3<i32>(poses[pose + 3u], poses[pose + 4u], poses[pose + 5u]);
    let start = vec3<i32>(poses[pose + 6u], poses[pose + 7u], poses[pose + 8u]);
    let mask = (1u << COORDINATE_BITS) - 1u;
    let row_stride = u32(params.shape.x);
    let slice_stride = row_stride * u32(params.shape.y);
    let first = group.x * params.samples_per_group;
    let end = min(first + params.samples_per_group, params.samples);
    for (var i = first + local; i < end; i += GROUP) {
        let packed = samples[i];
        let col = i32(packed & mask) - COORDINATE_BIAS;
        let row = i32((packed >> COORDINATE_BITS) & mask) - COORDINATE_BIAS;
        let position = start + col * du + row * dv;
        let base = (position >> vec3<u32>(POSITION_BITS)) - params.origin.xyz;
        if any(base < vec3<i32>(0)) || any(base >= params.shape.xyz - vec3<i32>(1)) {
            continue;
        }
        let one = 1u << FRACTION_BITS;
        let b = vec3<u32>((position >> vec3<u32>(POSITION_BITS - FRACTION_BITS)) & vec3<i32>(i32(one) - 1));
        let a = vec3<u32>(one) - b;
        let near = u32(base.x) + u32(base.y) * row_stride + u32(base.z) * slice_stride;
        let far = near + slice_stride;
        let near_grey = a.y * (a.x * voxel(near) + b.x * voxel(near + 1u))
            + b.y * (a.x * voxel(near + row_stride) + b.x * voxel(near + row_stride + 1u));
        let far_grey = a.y * (a.x * voxel(far) + b.x * voxel(far + 1u))
            + b.y * (a.x * voxel(far + row_stride) + b.x * voxel(far + row_stride + 1u));
        let scaled = (a.z * near_grey + b.z * far_grey) >> WEIGHT_SHIFT;
        let bin = (packed >> CLASS_SHIFT) * GREY_BINS + (scaled / SAMPLE_WEIGHT);
        let upper = scaled % SAMPLE_WEIGHT;
        atomicAdd(&counts[bin], SAMPLE_WEIGHT - upper);
        if upper > 0u {
            atomicAdd(&counts[bin + 1u], upper);
        }
    }
    workgroupBarrier();

    let output = (params.first_pose + group.y) * BINS;
    for (var bin = local; bin < BINS; bin += GROUP) {
        let count = atomicLoad(&counts[bin]);
        if count > 0u {
            atomicAdd(&histograms[output + bin], count);
        }
    }
}
