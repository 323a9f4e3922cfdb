//! Exact Euclidean distance transform, on the processor and on the GPU.

mod cpu;
mod gpu;

pub use cpu::squared_distance;
pub use gpu::{DistanceError, squared_distance_gpu, squared_distance_on};
