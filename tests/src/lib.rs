//! Parity, end-to-end and golden tests, and what they share.
//!
//! Measures against the truth (TRE, Dice, instance F1) are in [`corelith_phantom::truth`]; here
//! are the sample folders, the built program, and [`evaluate`], which puts them together.

mod evaluation;
mod npy;
mod program;
mod sample;

pub use evaluation::{Evaluation, evaluate};
pub use npy::{NpyArray, parse_npy};
pub use program::program;
pub use sample::{SampleTruth, sample_folders};

/// Any error of a test's own preparations, with its message.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
