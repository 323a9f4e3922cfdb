//! Connected component labelling of volumes.
//!
//! Ids are 32 bit, run from 1 without gaps and follow the first voxel of each component in
//! storage order, so the native path, the GPU path and every slab size give the same volume.

mod bit_rows;
mod contacts;
mod cpu;
mod device;
mod error;
mod flags;
mod gpu;
mod moments;
mod runs;
mod seams;
mod slab;
mod statistics;
mod union_find;
mod voxel;
mod write;

pub use cpu::label;
pub use device::{label_on, label_with_statistics_on};
pub use error::ComponentsError;
pub use gpu::{label_gpu, label_gpu_in_slabs, label_with_statistics_gpu};
pub use statistics::{Component, component_table, statistics};
pub use voxel::Voxel;

pub(crate) use flags::for_each_set;
pub(crate) use moments::Moments;
pub(crate) use runs::Runs;
pub(crate) use statistics::for_each_run;
pub(crate) use voxel::{both_foreground, differing};

use corelith_core::Volume;

/// Which neighbours of a voxel belong to its component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connectivity {
    /// The 6 voxels that share a face.
    Six,
    /// The 18 voxels that share a face or an edge.
    Eighteen,
    /// The 26 voxels that share a face, an edge or a corner.
    TwentySix,
}

impl Connectivity {
    /// Rows that precede a row and hold neighbours of it: `(dy, dz, diagonal)`; neighbours differ
    /// by 1 in x where `diagonal` says so, else not at all. The row above comes first.
    fn preceding_rows(self) -> &'static [(isize, isize, bool)] {
        match self {
            Self::Six => &[(0, -1, false), (-1, 0, false)],
            Self::Eighteen => &[
                (0, -1, true),
                (-1, 0, true),
                (-1, -1, false),
                (1, -1, false),
            ],
            Self::TwentySix => &[(0, -1, true), (-1, 0, true), (-1, -1, true), (1, -1, true)],
        }
    }
}

/// What makes two neighbours of one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Both are not zero.
    Binary,
    /// Both are not zero and equal.
    Multi,
}

/// A labelled volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// 0 where the input is zero, else the id of the component, from 1.
    pub labels: Volume<u32>,
    /// Number of components: the largest id.
    pub count: u32,
}
