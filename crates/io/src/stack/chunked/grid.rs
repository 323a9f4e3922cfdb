//! How the chunks of an array make a volume.

use std::fmt::Debug;
use std::path::PathBuf;

use super::axes::Roles;
use super::codec::Chain;
use crate::Error;
use crate::stack::sample::Depth;

/// More axes than this are no image.
pub(in crate::stack) const AXES_MAX: usize = 12;

/// Bytes of a chunk beyond this are a header that cannot be true.
const CHUNK_BYTES_MAX: u64 = 1 << 40;

/// The bytes of a chunk, as far as its source leaves them packed.
pub(in crate::stack) struct Packed {
    pub bytes: Vec<u8>,
    /// Bit `i` is set where step `i` of packing was left out.
    pub left_out: u32,
}

/// Where packed chunks come from.
pub(in crate::stack) trait ChunkSource: Debug + Send + Sync {
    /// A chunk by its numbers along the axes of the array; `None` where it was never written.
    ///
    /// # Errors
    /// When it cannot be read.
    fn packed(&self, chunk: &[u64]) -> Result<Option<Packed>, Error>;

    /// The file in which a chunk is.
    fn file_of(&self, chunk: &[u64]) -> PathBuf;
}

/// An array in chunks of one size.
#[derive(Debug, Clone)]
pub(in crate::stack) struct Grid {
    pub shape: Vec<u64>,
    pub chunk_shape: Vec<u64>,
    pub depth: Depth,
    /// The bytes of a voxel of a chunk that was never written, in the order of bytes of chunks.
    pub fill: Vec<u8>,
    pub chain: Chain,
}

/// Sizes as `4 x 5 x 6`.
pub(in crate::stack) fn product_text(sizes: &[u64]) -> String {
    let sizes: Vec<String> = sizes.iter().take(AXES_MAX).map(u64::to_string).collect();
    sizes.join(" x ")
}

impl Grid {
    /// Checks that sizes can be true.
    ///
    /// # Errors
    /// In words.
    pub(in crate::stack) fn check(&self) -> Result<(), String> {
        let bytes = |shape: &[u64]| {
            let start = self.depth.bytes() as u64;
            shape.iter().try_fold(start, |n, &m| n.checked_mul(m))
        };
        if self.shape.is_empty() || self.shape.len() > AXES_MAX || bytes(&self.shape) == Some(0) {
            return Err(format!(
                "its array has the shape {}, expected three axes with voxels along each",
                product_text(&self.shape)
            ));
        }
        let fits = bytes(&self.chunk_shape).is_some_and(|n| (1..=CHUNK_BYTES_MAX).contains(&n));
        match self.chunk_shape.len() == self.shape.len() && fits {
            true => Ok(()),
            false => Err(format!(
                "its chunks of {} voxels cannot be those of an array of {}",
                product_text(&self.chunk_shape),
                product_text(&self.shape)
            )),
        }
    }

    /// Bytes of a chunk that is not packed.
    pub(in crate::stack) fn chunk_bytes(&self) -> usize {
        // Checked when it was opened.
        self.chunk_shape.iter().product::<u64>() as usize * self.depth.bytes()
    }

    /// Distance of neighbours along an axis of the array within a chunk, in voxels.
    pub(super) fn stride(&self, axis: usize) -> usize {
        let order = &self.chain.order;
        let faster = order.iter().rev().take_while(|&&a| a != axis);
        faster.map(|&a| self.chunk_shape[a] as usize).product()
    }

    /// Whether the array has a chunk of these numbers, and the volume at `place` needs it.
    pub(in crate::stack) fn is_wanted(&self, chunk: &[u64], roles: &Roles, place: &[u64]) -> bool {
        chunk.len() == self.shape.len()
            && chunk.iter().enumerate().all(|(axis, &n)| {
                let size = self.chunk_shape[axis];
                n < self.shape[axis].div_ceil(size)
                    && (roles.zyx.contains(&Some(axis)) || n == place[axis] / size)
            })
    }

    /// Voxels along z, y and x.
    pub(in crate::stack) fn volume_shape(&self, roles: &Roles) -> [usize; 3] {
        roles
            .zyx
            .map(|axis| axis.map_or(1, |axis| self.shape[axis] as usize))
    }

    /// Chunks of the volume.
    pub(in crate::stack) fn chunks(&self, roles: &Roles) -> u64 {
        let along = roles.zyx.iter().flatten();
        let along = along.map(|&axis| self.shape[axis].div_ceil(self.chunk_shape[axis]));
        along.fold(1, u64::saturating_mul)
    }

    /// Bytes of the volume.
    pub(in crate::stack) fn volume_bytes(&self, roles: &Roles) -> u64 {
        let start = self.depth.bytes() as u64;
        let shape = self.volume_shape(roles);
        shape.iter().fold(start, |n, &m| n.saturating_mul(m as u64))
    }
}
