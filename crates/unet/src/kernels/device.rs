use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuSetup, wgpu};
use corelith_gpu::Compute;

use crate::UnetError;

/// Burn's device for `compute`: its native CPU backend, or the wgpu device that the other kernels
/// use, handed over once.
///
/// # Errors
/// [`UnetError::Device`] when Burn refuses the wgpu device.
pub fn burn_device(compute: &Compute) -> Result<Device, UnetError> {
    static REGISTERED: Mutex<Vec<(wgpu::Device, Device)>> = Mutex::new(Vec::new());
    let Some(context) = compute.gpu() else {
        return Ok(Device::flex());
    };
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, device)) = registered.iter().find(|(w, _)| w == context.device()) {
        return Ok(device.clone());
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
    registered.push((context.device().clone(), device.clone()));
    Ok(device)
}
