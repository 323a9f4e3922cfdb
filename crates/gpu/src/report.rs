use std::fmt;

use serde::Serialize;

use crate::adapters::{all_adapters, auto_index, capped, is_real_gpu};

/// One adapter as `corelith devices` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct AdapterReport {
    /// Number for `--device INDEX`.
    pub index: usize,
    /// Name of the adapter.
    pub name: String,
    /// Vulkan, Metal, Dx12.
    pub backend: String,
    /// DiscreteGpu, IntegratedGpu, Cpu, ...
    pub kind: String,
    /// Driver and its version.
    pub driver: String,
    /// Largest storage binding, bytes.
    pub max_binding_bytes: u64,
    /// Largest buffer, bytes.
    pub max_buffer_bytes: u64,
    /// Largest workgroup, invocations.
    pub max_workgroup_invocations: u32,
    /// Workgroup memory, bytes.
    pub workgroup_memory_bytes: u32,
    /// Kernels may use 16-bit floats.
    pub f16: bool,
    /// Timestamp queries are there.
    pub timestamps: bool,
    /// Whether it is silicon and not a renderer on the processor.
    pub is_real: bool,
    /// Whether `--device auto` takes it.
    pub auto: bool,
    /// Why it is or is not taken.
    pub reason: String,
}

/// All adapters of this machine, in the order of `--device INDEX`.
pub fn adapter_reports() -> Vec<AdapterReport> {
    let adapters = all_adapters();
    let taken = auto_index(&adapters);
    adapters
        .iter()
        .enumerate()
        .map(|(index, adapter)| {
            let info = adapter.get_info();
            let limits = capped(adapter.limits(), info.backend);
            let auto = taken == Some(index);
            let is_real = is_real_gpu(&info);
            let reason = if auto {
                "best real GPU"
            } else if is_real {
                "a better GPU is there"
            } else {
                "software renderer, slower than the native CPU path"
            };
            AdapterReport {
                index,
                name: info.name,
                backend: format!("{:?}", info.backend),
                kind: format!("{:?}", info.device_type),
                driver: format!("{} {}", info.driver, info.driver_info)
                    .trim()
                    .to_owned(),
                max_binding_bytes: limits.max_storage_buffer_binding_size,
                max_buffer_bytes: limits.max_buffer_size,
                max_workgroup_invocations: limits.max_compute_invocations_per_workgroup,
                workgroup_memory_bytes: limits.max_compute_workgroup_storage_size,
                f16: adapter.features().contains(wgpu::Features::SHADER_F16),
                timestamps: adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY),
                is_real,
                auto,
                reason: reason.to_owned(),
            }
        })
        .collect()
}

/// Where this machine can compute: its adapters, and the processor.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Devices {
    adapters: Vec<AdapterReport>,
}

impl Devices {
    /// Those of this machine.
    pub fn here() -> Self {
        Self {
            adapters: adapter_reports(),
        }
    }
}

const MIB: u64 = 1 << 20;

impl fmt::Display for AdapterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes_no = |flag| if flag { "yes" } else { "no" };
        let (backend, kind) = (&self.backend, &self.kind);
        writeln!(f, "{}: {} ({backend}, {kind})", self.index, self.name)?;
        writeln!(f, "   driver       {}", self.driver)?;
        writeln!(
            f,
            "   limits       binding {} MiB, buffer {} MiB, workgroup {} invocations and {} KiB",
            self.max_binding_bytes / MIB,
            self.max_buffer_bytes / MIB,
            self.max_workgroup_invocations,
            self.workgroup_memory_bytes / 1024
        )?;
        let [floats, timestamps] = [self.f16, self.timestamps].map(yes_no);
        writeln!(
            f,
            "   extras       16-bit floats {floats}, timestamps {timestamps}"
        )?;
        let taken = if self.auto { "taken" } else { "not taken" };
        writeln!(f, "   auto         {taken}: {}", self.reason)
    }
}

impl fmt::Display for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for adapter in &self.adapters {
            write!(f, "{adapter}")?;
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        writeln!(f, "cpu: native code, {threads} threads")?;
        match self.adapters.iter().find(|adapter| adapter.auto) {
            Some(taken) => {
                let index = taken.index;
                writeln!(
                    f,
                    "   auto         not taken: adapter {index} is a real GPU"
                )
            }
            None => writeln!(f, "   auto         taken: no real GPU here"),
        }
    }
}
