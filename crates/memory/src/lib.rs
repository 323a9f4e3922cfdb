#![doc = include_str!("../README.md")]

mod available;
mod kept;
mod mapped;
mod spilling;

pub use available::available_bytes;
pub use kept::{KEPT_BYTES, keep_buffers};
pub use spilling::Spilling;
