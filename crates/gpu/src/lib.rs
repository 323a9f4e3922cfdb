//! The one wgpu device, pipelines from WGSL shaders, buffers and readback.
//!
//! A kernel is a file of `shaders/`; [`shaders`] holds each one with its parameters, bindings,
//! workgroup size and constants, checked at build time, and [`registry`] says where its CPU twin,
//! its parity tests and its bench are. A [`Launch`] is the one description of a launch, for the
//! buffers of wgpu ([`Commands`]) and for the tensors of Burn. [`GpuContext`] opens the device
//! once; [`Compute`] is the one place where a stage chooses between GPU and processor.

mod adapters;
mod buffers;
mod choice;
mod commands;
mod context;
mod counters;
mod error;
mod faults;
mod health;
mod kernel_times;
mod open;
mod readback;
pub mod registry;
mod report;
mod shader;
mod test_context;
mod work;

pub use adapters::backends;
pub use choice::{Compute, DeviceChoice, ParseDeviceChoiceError, race};
pub use commands::Commands;
pub use context::GpuContext;
pub use counters::Counts;
pub use error::{GpuError, MayBeShort, Shortage};
pub use faults::Fault;
pub use kernel_times::{Clock, KernelTime};
pub use report::{AdapterReport, Devices, adapter_reports};
pub use shader::{AnyLaunch, Kernel, Launch, Shader, Storage};
pub use test_context::{
    assert_launched, low_limits_context, short_submissions_context, small_bindings_context,
    test_context,
};
pub use work::{LONGEST_SUBMISSION, Work};

/// All kernels, generated from `shaders/*.wgsl`.
pub mod shaders {
    include!(concat!(env!("OUT_DIR"), "/shaders.rs"));
}
