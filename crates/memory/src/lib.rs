#![doc = include_str!("../README.md")]

mod available;
mod kept;
mod mapped;
mod spilling;

pub use available::available_bytes;
pub use kept::keep_buffers;
pub use spilling::{LARGE_BYTES, Spilling};
