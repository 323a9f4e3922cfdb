//! Interpolation of samples in blocks: each step is a loop over fixed arrays without branches, so
//! that the compiler makes vectors of it, and only the loads of voxels go one by one.

use super::FixedPose;
use super::cells::Cells;
use crate::similarity::shader::{
    CLASS_SHIFT, CLASSES, COORDINATE_BIAS, COORDINATE_BITS, FRACTION_BITS, GREY_BINS,
    POSITION_BITS, SAMPLE_WEIGHT, WEIGHT_SHIFT,
};

/// Samples of a block.
pub(super) const BLOCK: usize = 128;
/// Where samples outside the volume are counted: a category that no sample has.
pub(super) const OUTSIDE: u32 = CLASSES;

/// What a category adds to the place of a sample.
const CATEGORY_STRIDE: u32 = GREY_BINS * SAMPLE_WEIGHT;

/// A pose as a block reads it: the origin moved so that columns and rows count from 0, not from
/// the bias of packed samples. Wraps as the kernel does.
#[derive(Clone, Copy)]
pub(super) struct Plane {
    du: [i32; 3],
    dv: [i32; 3],
    start: [i32; 3],
}

impl Plane {
    pub fn new(pose: &FixedPose) -> Self {
        let [du_x, du_y, du_z, dv_x, dv_y, dv_z, x, y, z, ..] = pose.0;
        let (du, dv, mut start) = ([du_x, du_y, du_z], [dv_x, dv_y, dv_z], [x, y, z]);
        for axis in 0..3 {
            start[axis] = start[axis]
                .wrapping_sub(COORDINATE_BIAS.wrapping_mul(du[axis]))
                .wrapping_sub(COORDINATE_BIAS.wrapping_mul(dv[axis]));
        }
        Self { du, dv, start }
    }
}

/// What is known of the samples of a block, step by step. Reused from block to block.
pub(super) struct Block {
    /// Near corner of the cell that a sample falls into; any where it is outside.
    voxel: [u32; BLOCK],
    /// [`OUTSIDE`] or the category.
    category: [u32; BLOCK],
    /// Weight of the far voxels along x, y and z, of `1 << FRACTION_BITS`.
    far_weight: [[u32; BLOCK]; 3],
    /// The voxels around it, see [`Cells::eight`].
    eight: [u64; BLOCK],
    places: [u32; BLOCK],
}

impl Block {
    pub fn new() -> Self {
        Self {
            voxel: [0; BLOCK],
            category: [0; BLOCK],
            far_weight: [[0; BLOCK]; 3],
            eight: [0; BLOCK],
            places: [0; BLOCK],
        }
    }

    /// Where samples fall: `category * GREY_BINS * SAMPLE_WEIGHT` plus the grey value in bins
    /// times [`SAMPLE_WEIGHT`].
    #[inline(always)]
    pub fn places(&mut self, cells: &Cells, plane: &Plane, packed: &[u32; BLOCK]) -> &[u32; BLOCK] {
        self.locate(cells.shape(), plane, packed);
        for (eight, &voxel) in self.eight.iter_mut().zip(&self.voxel) {
            *eight = cells.eight(voxel);
        }
        self.interpolate();
        &self.places
    }

    /// The places of fewer samples than a block; the rest is [`OUTSIDE`].
    #[inline(always)]
    pub fn places_of_rest(&mut self, cells: &Cells, plane: &Plane, rest: &[u32]) -> &[u32; BLOCK] {
        let mut packed = [0; BLOCK];
        packed[..rest.len()].copy_from_slice(rest);
        self.places(cells, plane, &packed);
        self.places[rest.len()..].fill(OUTSIDE * CATEGORY_STRIDE);
        &self.places
    }

    #[inline(always)]
    fn locate(&mut self, [nz, ny, nx]: [u32; 3], plane: &Plane, packed: &[u32; BLOCK]) {
        let mask = (1u32 << COORDINATE_BITS) - 1;
        let fraction_mask = (1u32 << FRACTION_BITS) - 1;
        for i in 0..BLOCK {
            let col = (packed[i] & mask) as i32;
            let row = ((packed[i] >> COORDINATE_BITS) & mask) as i32;
            let position = [0, 1, 2].map(|axis| {
                plane.start[axis]
                    .wrapping_add(col.wrapping_mul(plane.du[axis]))
                    .wrapping_add(row.wrapping_mul(plane.dv[axis]))
            });
            for axis in 0..3 {
                self.far_weight[axis][i] =
                    (position[axis] >> (POSITION_BITS - FRACTION_BITS)) as u32 & fraction_mask;
            }
            // What is negative becomes larger than any side.
            let [x, y, z] = position.map(|p| (p >> POSITION_BITS) as u32);
            let inside = (x < nx - 1) & (y < ny - 1) & (z < nz - 1);
            let near = z
                .wrapping_mul(ny)
                .wrapping_add(y)
                .wrapping_mul(nx)
                .wrapping_add(x);
            self.voxel[i] = if inside { near } else { 0 };
            self.category[i] = if inside {
                packed[i] >> CLASS_SHIFT
            } else {
                OUTSIDE
            };
        }
    }

    #[inline(always)]
    fn interpolate(&mut self) {
        // A word holds two sums of 16 bits, `z` below `z + 1`; GREY_MAX * 16 * 16 still fits.
        const LOW_BYTES: u32 = 0x00ff_00ff;
        let between = |near: u32, far: u32, far_weight: u32| {
            (near << FRACTION_BITS).wrapping_add(far_weight.wrapping_mul(far.wrapping_sub(near)))
        };
        for i in 0..BLOCK {
            let (near, far) = (self.eight[i] as u32, (self.eight[i] >> 32) as u32);
            let [wx, wy, wz] = self.far_weight.each_ref().map(|weights| weights[i]);
            let near_y = between(near & LOW_BYTES, far & LOW_BYTES, wx);
            let far_y = between((near >> 8) & LOW_BYTES, (far >> 8) & LOW_BYTES, wx);
            let both = between(near_y, far_y, wy);
            let grey = between(both & 0xffff, both >> 16, wz);
            self.places[i] = self.category[i] * CATEGORY_STRIDE + (grey >> WEIGHT_SHIFT);
        }
    }
}
