//! The joint histogram one sample after the other, in the words of the kernel: what vector code
//! must count.

use super::FixedPose;
use crate::ct::quantised_volume::QuantisedVolume;
use crate::similarity::samples::Samples;
use crate::similarity::shader::{
    CLASS_SHIFT, COORDINATE_BIAS, COORDINATE_BITS, FRACTION_BITS, GREY_BINS, POSITION_BITS,
    SAMPLE_WEIGHT, WEIGHT_SHIFT,
};

/// Adds the samples of one pose.
pub(super) fn fill(
    volume: &QuantisedVolume,
    samples: &Samples,
    pose: &FixedPose,
    counts: &mut [u32],
) {
    let [nz, ny, nx] = volume.shape();
    let data = volume.data();
    let slice_stride = nx * ny;
    let mask = (1u32 << COORDINATE_BITS) - 1;
    let one = 1i32 << FRACTION_BITS;
    let [du_x, du_y, du_z, dv_x, dv_y, dv_z, x0, y0, z0, ..] = pose.0;
    let inside = |base: i32, n: usize| base >= 0 && (base as usize) < n - 1;
    for &packed in &samples.packed {
        let col = (packed & mask) as i32 - COORDINATE_BIAS;
        let row = ((packed >> COORDINATE_BITS) & mask) as i32 - COORDINATE_BIAS;
        let at = |start: i32, du: i32, dv: i32| {
            start
                .wrapping_add(col.wrapping_mul(du))
                .wrapping_add(row.wrapping_mul(dv))
        };
        let (x, y, z) = (at(x0, du_x, dv_x), at(y0, du_y, dv_y), at(z0, du_z, dv_z));
        let (bx, by, bz) = (x >> POSITION_BITS, y >> POSITION_BITS, z >> POSITION_BITS);
        if !inside(bx, nx) || !inside(by, ny) || !inside(bz, nz) {
            continue;
        }
        let far_weight =
            |position: i32| ((position >> (POSITION_BITS - FRACTION_BITS)) & (one - 1)) as u32;
        let (wx, wy, wz) = (far_weight(x), far_weight(y), far_weight(z));
        let one = one as u32;
        let near = bz as usize * slice_stride + by as usize * nx + bx as usize;
        let pair = |i: usize| (one - wx) * u32::from(data[i]) + wx * u32::from(data[i + 1]);
        let quad = |i: usize| (one - wy) * pair(i) + wy * pair(i + nx);
        let grey = (one - wz) * quad(near) + wz * quad(near + slice_stride);
        let scaled = grey >> WEIGHT_SHIFT;
        let bin = ((packed >> CLASS_SHIFT) * GREY_BINS + scaled / SAMPLE_WEIGHT) as usize;
        let upper = scaled % SAMPLE_WEIGHT;
        counts[bin] += SAMPLE_WEIGHT - upper;
        if upper > 0 {
            counts[bin + 1] += upper;
        }
    }
}
