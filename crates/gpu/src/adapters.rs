use std::sync::OnceLock;

/// The graphics interfaces that the program computes on.
const BACKENDS: wgpu::Backends = wgpu::Backends::VULKAN
    .union(wgpu::Backends::METAL)
    .union(wgpu::Backends::DX12);

/// Names of the graphics interfaces that this build can compute on: `vulkan`, `metal`, `dx12`.
pub fn backends() -> Vec<String> {
    let compiled = wgpu::Instance::enabled_backend_features() & BACKENDS;
    let names = compiled.iter_names();
    names.map(|(name, _)| name.to_ascii_lowercase()).collect()
}

/// The process's wgpu instance: the Vulkan loader does not like several.
pub(crate) fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE.get_or_init(|| {
        wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: BACKENDS,
            // DX12: wgpu takes dxcompiler.dll where it lies beside the program or in the path, else
            // the old compiler. Its feature `static-dxc` is left out: building it would download a
            // binary whose checksum nobody looks at.
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        })
    })
}

/// All adapters, best kind first, so that numbers stay the same from call to call.
pub(crate) fn all_adapters() -> Vec<wgpu::Adapter> {
    let mut adapters = pollster::block_on(instance().enumerate_adapters(wgpu::Backends::all()));
    adapters.sort_by_key(|adapter| kind_rank(adapter.get_info().device_type));
    adapters
}

fn kind_rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::VirtualGpu => 1,
        wgpu::DeviceType::IntegratedGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// Whether the adapter is silicon and not a renderer on the CPU.
pub(crate) fn is_real_gpu(info: &wgpu::AdapterInfo) -> bool {
    !matches!(
        info.device_type,
        wgpu::DeviceType::Cpu | wgpu::DeviceType::Other
    )
}

/// Position of the adapter that `auto` takes.
pub(crate) fn auto_index(adapters: &[wgpu::Adapter]) -> Option<usize> {
    adapters.iter().position(|a| is_real_gpu(&a.get_info()))
}

/// The limits that are asked for: those of the adapter, except where they are more than works.
pub(crate) fn capped(limits: wgpu::Limits, backend: wgpu::Backend) -> wgpu::Limits {
    if backend != wgpu::Backend::Metal {
        return limits;
    }
    // wgpu 30 hands the sizes of buffers to Metal in 32 bits: larger ones are cut without a word.
    let most = u64::from(u32::MAX).next_multiple_of(256) - 256;
    wgpu::Limits {
        max_buffer_size: limits.max_buffer_size.min(most),
        max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size.min(most),
        ..limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_metal_stay_below_4_gib() {
        let adapter = wgpu::Limits {
            max_buffer_size: 1 << 34,
            max_storage_buffer_binding_size: 1 << 33,
            ..Default::default()
        };
        let found = capped(adapter.clone(), wgpu::Backend::Metal);
        for bytes in [found.max_buffer_size, found.max_storage_buffer_binding_size] {
            assert!(bytes < 1 << 32 && bytes % 256 == 0, "{bytes}");
        }
        assert_eq!(capped(adapter.clone(), wgpu::Backend::Vulkan), adapter);
    }
}
