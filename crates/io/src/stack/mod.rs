//! Stacks of TIFF slices: one file a slice, or one file with many pages.

mod contiguous;
mod imagej;
mod lzw_tiles;
mod page;
mod read;
mod sample;
mod source;
mod stored;
mod write;

pub use read::{Slices, TiffStack, read_ct_stack, read_volume};
pub use sample::{Depth, Sample};
pub use write::{Compression, StackLayout, StackWriter, write_slice, write_volume};
