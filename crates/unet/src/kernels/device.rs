use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuSetup;
use corelith_gpu::{Compute, GpuContext};

use crate::UnetError;

/// A GPU that Burn computes on.
struct Shared {
    context: GpuContext,
    device: Device,
}

/// All that Burn has been given.
fn all_shared() -> MutexGuard<'static, Vec<Shared>> {
    static SHARED: Mutex<Vec<Shared>> = Mutex::new(Vec::new());
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Burn's device for `compute`: its native CPU backend, or the wgpu device that the other kernels
/// use, handed over once.
///
/// # Errors
/// [`UnetError::Device`] when Burn refuses the wgpu device.
pub fn burn_device(compute: &Compute) -> Result<Device, UnetError> {
    let Some(context) = compute.gpu() else {
        return Ok(Device::flex());
    };
    let mut shared = all_shared();
    let is_given = |s: &&Shared| s.context.device() == context.device();
    if let Some(given) = shared.iter().find(is_given) {
        return Ok(given.device.clone());
    }
    let setup = WgpuSetup {
        instance: context.instance().clone(),
        adapter: context.adapter().clone(),
        device: context.device().clone(),
        queue: context.queue().clone(),
        backend: context.adapter().get_info().backend,
    };
    let device = Device::wgpu_options()
        .setup(setup)
        .init()
        .map_err(|error| UnetError::Device {
            adapter: context.name(),
            message: error.to_string(),
        })?;
    // Burn's handlers, which it has just put in place of the context's, panic.
    context.watch();
    shared.push(Shared {
        context: context.clone(),
        device: device.clone(),
    });
    Ok(device)
}

/// The context of a device that Burn computes on; none for the CPU.
pub(crate) fn context_of(device: &Device) -> Option<GpuContext> {
    let shared = all_shared();
    let of_device = shared.iter().find(|s| s.device == *device);
    of_device.map(|s| s.context.clone())
}

/// Does `work` by way of Burn, which has no errors for a device that is lost or out of memory: it
/// goes on with what is there, or panics. Either becomes the error that the device has reported.
///
/// # Errors
/// [`UnetError::Gpu`].
pub(crate) fn guarded<R>(
    compute: &Compute,
    step: &str,
    work: impl FnOnce() -> R,
) -> Result<R, UnetError> {
    let Some(context) = compute.gpu() else {
        return Ok(work());
    };
    let result = catch_unwind(AssertUnwindSafe(work));
    if result.is_err() {
        // That it is lost a device says when it is waited for.
        context.wait(step)?;
    }
    checked(compute, step)?;
    // Without a report of the device a panic is a fault of the program.
    result.map_err(|panic| resume_unwind(panic))
}

/// Whether the device has reported no failure of the work so far.
///
/// # Errors
/// [`UnetError::Gpu`].
pub(crate) fn checked(compute: &Compute, step: &str) -> Result<(), UnetError> {
    let Some(context) = compute.gpu() else {
        return Ok(());
    };
    context.check(step).map_err(|error| {
        // Burn keeps memory to use it again, and with it buffers that were never there.
        if let Ok(device) = burn_device(compute) {
            device.memory_cleanup();
        }
        error.into()
    })
}
