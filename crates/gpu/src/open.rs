use std::sync::Mutex;

use crate::adapters::{all_adapters, auto_index, capped};
use crate::context::{Manner, lock};
use crate::{DeviceChoice, GpuContext, GpuError, LONGEST_SUBMISSION};

/// Every device that this process has opened. None is destroyed: NVIDIA's driver (580, Linux) hangs
/// where one is while a thread that has used it ends.
static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

struct Opened {
    context: GpuContext,
    /// The adapter's number, where others may take the same device.
    shared: Option<usize>,
}

impl GpuContext {
    /// Opens an adapter with all limits and features that it has, so that large volumes fit few
    /// bindings and Burn may use what it knows. An adapter that this process has opened before gives
    /// the same device again, unless that was lost.
    ///
    /// `Auto` takes only a real GPU; `Gpu` also a software renderer; `Index` that adapter; `Cpu`
    /// none.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`] when there is none of that kind, [`GpuError::NoDevice`] when the
    /// driver refuses.
    pub fn open(choice: DeviceChoice) -> Result<Self, GpuError> {
        let mut opened = lock(&OPENED);
        let (index, adapter) = adapter_of(choice)?;
        let is_there = |o: &&Opened| o.shared == Some(index) && !o.context.is_lost();
        if let Some(there) = opened.iter().find(is_there) {
            return Ok(there.context.clone());
        }
        let manner = Manner {
            poisons: false,
            longest_submission: LONGEST_SUBMISSION,
        };
        let context = on_adapter(adapter, |limits| limits, manner)?;
        opened.push(Opened {
            context: context.clone(),
            shared: Some(index),
        });
        Ok(context)
    }

    /// Like [`GpuContext::open`], but a device of its own, with less than the adapter has where
    /// `limits` says so.
    pub(crate) fn open_alone(
        choice: DeviceChoice,
        limits: impl FnOnce(wgpu::Limits) -> wgpu::Limits,
        manner: Manner,
    ) -> Result<Self, GpuError> {
        let mut opened = lock(&OPENED);
        let (_, adapter) = adapter_of(choice)?;
        let context = on_adapter(adapter, limits, manner)?;
        opened.push(Opened {
            context: context.clone(),
            shared: None,
        });
        Ok(context)
    }
}

/// The adapter that `choice` means, and its number.
fn adapter_of(choice: DeviceChoice) -> Result<(usize, wgpu::Adapter), GpuError> {
    let mut adapters = all_adapters();
    let index = match choice {
        DeviceChoice::Auto => auto_index(&adapters),
        DeviceChoice::Gpu => (!adapters.is_empty()).then_some(0),
        DeviceChoice::Cpu => None,
        DeviceChoice::Index(i) => (i < adapters.len()).then_some(i),
    };
    let Some(index) = index else {
        let names: Vec<String> = adapters.iter().map(|a| a.get_info().name).collect();
        return Err(GpuError::NoAdapter {
            wanted: match choice {
                DeviceChoice::Auto => "real GPU".to_owned(),
                DeviceChoice::Gpu | DeviceChoice::Cpu => "GPU adapter".to_owned(),
                DeviceChoice::Index(i) => format!("adapter {i}"),
            },
            found: if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            },
        });
    };
    Ok((index, adapters.swap_remove(index)))
}

fn on_adapter(
    adapter: wgpu::Adapter,
    limits: impl FnOnce(wgpu::Limits) -> wgpu::Limits,
    manner: Manner,
) -> Result<GpuContext, GpuError> {
    let info = adapter.get_info();
    let limits = limits(capped(adapter.limits(), info.backend));
    let features = adapter
        .features()
        .difference(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS)
        .difference(wgpu::Features::all_experimental_mask());
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("corelith"),
        required_features: features,
        required_limits: limits.clone(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    };
    let device = pollster::block_on(adapter.request_device(&descriptor)).map_err(|source| {
        GpuError::NoDevice {
            adapter: info.name,
            source,
        }
    })?;
    Ok(GpuContext::new(adapter, device, limits, manner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_is_opened_once_until_it_is_lost() {
        if std::env::var("CORELITH_TEST_GPU").is_ok_and(|value| value == "no") {
            return;
        }
        let open = || GpuContext::open(DeviceChoice::Gpu).unwrap();
        let first = open();
        assert_eq!(first.device(), open().device());
        assert_eq!(
            first.device(),
            GpuContext::open(DeviceChoice::Index(0)).unwrap().device()
        );
        first.device().destroy();
        first.wait("the test").unwrap_err();
        assert_ne!(first.device(), open().device());
    }
}
