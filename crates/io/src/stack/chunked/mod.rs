//! Volumes that lie in chunks, each packed by itself, whatever file or folder holds these.

mod axes;
mod back_reference;
mod bit_shuffle;
mod blosc;
mod blosc_lz;
mod codec;
mod fletcher;
mod grid;
mod lzf;
mod slabs;

pub(super) use axes::{Axis, Roles, named_roles, unnamed_roles};
pub(super) use bit_shuffle::BlockPacking;
pub(super) use codec::{Chain, Packing, most_bytes};
pub(super) use grid::{ChunkSource, Grid, Packed, product_text};
pub(super) use slabs::ChunkedSlices;
