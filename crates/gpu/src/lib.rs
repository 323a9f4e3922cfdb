//! The one wgpu device, pipelines from WGSL shaders, buffers and readback.
//!
//! A kernel is a file of `shaders/`; [`shaders`] holds each one with its workgroup size and
//! constants, checked at build time. [`GpuContext`] opens the device once; [`Commands`] is the one
//! way to launch kernels.

mod choice;
mod commands;
mod context;
mod error;
mod kernel_times;
mod report;
mod shader;
mod test_context;

pub use choice::{Compute, DeviceChoice, ParseDeviceChoiceError};
pub use commands::Commands;
pub use context::GpuContext;
pub use error::GpuError;
pub use kernel_times::KernelTime;
pub use report::{AdapterReport, adapter_reports};
pub use shader::Shader;
pub use test_context::test_context;

/// All kernels, generated from `shaders/*.wgsl`.
pub mod shaders {
    include!(concat!(env!("OUT_DIR"), "/shaders.rs"));
}
