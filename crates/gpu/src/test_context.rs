use std::time::Duration;

use crate::context::Manner;
use crate::{DeviceChoice, GpuContext, LONGEST_SUBMISSION};

/// The adapter that parity tests use: any, software Vulkan included. Outputs are poisoned.
///
/// `None` only when the environment says `CORELITH_TEST_GPU=no`.
///
/// # Panics
/// When there is no adapter: a test run that silently skips its kernels proves nothing.
pub fn test_context() -> Option<GpuContext> {
    open(|limits| limits, LONGEST_SUBMISSION)
}

/// Like [`test_context`], with what the least of adapters grants: the default limits of WebGPU, so
/// 128 MiB a binding, 256 MiB a buffer and 16 KiB of workgroup memory.
///
/// # Panics
/// See [`test_context`].
pub fn low_limits_context() -> Option<GpuContext> {
    open(
        |limits| wgpu::Limits {
            // Not a matter of size: as fine as the adapter has it.
            min_uniform_buffer_offset_alignment: limits.min_uniform_buffer_offset_alignment,
            min_storage_buffer_offset_alignment: limits.min_storage_buffer_offset_alignment,
            ..wgpu::Limits::default()
        },
        LONGEST_SUBMISSION,
    )
}

/// Like [`test_context`], with bindings of at most so many bytes: what goes through in bricks does
/// so even where volumes are small.
///
/// # Panics
/// See [`test_context`].
pub fn small_bindings_context(bytes: u64) -> Option<GpuContext> {
    open(
        |limits| wgpu::Limits {
            max_storage_buffer_binding_size: bytes,
            ..limits
        },
        LONGEST_SUBMISSION,
    )
}

/// Like [`test_context`], with submissions that are planned to be so short: what goes to the device in
/// several does so even where volumes are small.
///
/// # Panics
/// See [`test_context`].
pub fn short_submissions_context(longest: Duration) -> Option<GpuContext> {
    open(|limits| limits, longest)
}

fn open(
    limits: impl FnOnce(wgpu::Limits) -> wgpu::Limits,
    longest_submission: Duration,
) -> Option<GpuContext> {
    if std::env::var("CORELITH_TEST_GPU").is_ok_and(|value| value == "no") {
        return None;
    }
    let manner = Manner {
        poisons: true,
        longest_submission,
    };
    match GpuContext::open_alone(DeviceChoice::Gpu, limits, manner) {
        Ok(context) => Some(context),
        Err(error) => panic!(
            "{error}\nKernel tests need an adapter: software Vulkan will do (Debian: apt-get \
             install mesa-vulkan-drivers). CORELITH_TEST_GPU=no leaves these tests out."
        ),
    }
}

/// Says that `stem` was launched on `context` since the counts were last taken, so that a parity
/// test of a kernel has shown something about it.
///
/// # Panics
/// When it was not.
#[track_caller]
pub fn assert_launched(context: &GpuContext, stems: &[&str]) {
    let launches = context.counts().launches;
    for stem in stems {
        assert!(
            launches.contains_key(stem),
            "{stem} was not launched: {launches:?}"
        );
    }
}
