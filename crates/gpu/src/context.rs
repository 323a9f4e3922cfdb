use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::counters::Counters;
use crate::health::Health;
use crate::kernel_times::Clock;
use crate::{Commands, Counts, DeviceChoice, Fault, GpuError, KernelTime, Shader};

/// The one wgpu device of the program. Cheap to clone.
#[derive(Clone)]
pub struct GpuContext(Arc<Inner>);

struct Inner {
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
    limits: wgpu::Limits,
    info: wgpu::AdapterInfo,
    pipelines: Mutex<HashMap<&'static str, wgpu::ComputePipeline>>,
    health: Arc<Health>,
    counters: Counters,
    notes: Mutex<Vec<String>>,
    clock: OnceLock<Clock>,
    /// Times of the kernels launched so far, while they are recorded.
    times: Mutex<Option<Vec<KernelTime>>>,
    /// Whether outputs are poisoned.
    poisons: bool,
    fault: Mutex<Option<Fault>>,
}

/// What a mutex holds; a panic of another thread has not broken it, for nothing here is changed in
/// several steps.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for GpuContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GpuContext").field(&self.name()).finish()
    }
}

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
fn instance() -> &'static wgpu::Instance {
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

impl GpuContext {
    /// Opens an adapter with all limits and features that it has, so that large volumes fit few
    /// bindings and Burn may use what it knows.
    ///
    /// `Auto` takes only a real GPU; `Gpu` also a software renderer; `Index` that adapter; `Cpu`
    /// none.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`] when there is none of that kind, [`GpuError::NoDevice`] when the
    /// driver refuses.
    pub fn open(choice: DeviceChoice) -> Result<Self, GpuError> {
        Self::open_with(choice, |limits| limits, false)
    }

    /// Like [`GpuContext::open`], with less than the adapter has where `limits` says so.
    pub(crate) fn open_with(
        choice: DeviceChoice,
        limits: impl FnOnce(wgpu::Limits) -> wgpu::Limits,
        poisons: bool,
    ) -> Result<Self, GpuError> {
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
        let adapter = adapters.swap_remove(index);
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
        let (device, queue) =
            pollster::block_on(adapter.request_device(&descriptor)).map_err(|source| {
                GpuError::NoDevice {
                    adapter: info.name.clone(),
                    source,
                }
            })?;
        let context = Self(Arc::new(Inner {
            adapter,
            device,
            queue,
            limits,
            info,
            pipelines: Mutex::default(),
            health: Arc::default(),
            counters: Counters::default(),
            notes: Mutex::default(),
            clock: OnceLock::new(),
            times: Mutex::default(),
            poisons,
            fault: Mutex::default(),
        }));
        context.watch();
        Ok(context)
    }

    /// The instance that the adapter came from.
    pub fn instance(&self) -> &wgpu::Instance {
        instance()
    }

    /// The adapter.
    pub fn adapter(&self) -> &wgpu::Adapter {
        &self.0.adapter
    }

    /// The device.
    pub fn device(&self) -> &wgpu::Device {
        &self.0.device
    }

    /// The queue.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.0.queue
    }

    /// What the device grants.
    pub fn limits(&self) -> &wgpu::Limits {
        &self.0.limits
    }

    /// Adapter and API: `NVIDIA H200 (Vulkan)`.
    pub fn name(&self) -> String {
        format!("{} ({:?})", self.0.info.name, self.0.info.backend)
    }

    /// Whether it is silicon and not a renderer on the processor.
    pub fn is_real(&self) -> bool {
        is_real_gpu(&self.0.info)
    }

    /// Most bytes that one storage binding may hold.
    pub fn max_binding_bytes(&self) -> u64 {
        self.0
            .limits
            .max_storage_buffer_binding_size
            .min(self.0.limits.max_buffer_size)
    }

    /// Whether outputs of kernels are filled with a poison pattern first: under test alone.
    pub fn poisons(&self) -> bool {
        self.0.poisons
    }

    /// What this context has done so far.
    pub fn counts(&self) -> Counts {
        self.0.counters.counts()
    }

    /// What this context has done since the last call, or since it was opened.
    pub fn take_counts(&self) -> Counts {
        self.0.counters.reset()
    }

    /// Counts a launch that goes to the device by way of Burn.
    pub fn count_launch(&self, shader: &Shader) {
        self.0
            .counters
            .add(|counts| *counts.launches.entry(shader.stem).or_default() += 1);
    }

    /// A new batch of kernel launches.
    pub fn commands(&self, label: &str) -> Commands {
        Commands::new(self, label)
    }

    /// Adds a line about what was done otherwise than asked for.
    pub(crate) fn note(&self, note: String) {
        tracing::warn!("{note}");
        let mut notes = lock(&self.0.notes);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// The lines so far; they are told once.
    pub(crate) fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0.notes))
    }

    /// Starts to record the times of kernels, or stops it.
    pub(crate) fn record_times(&self, record: bool) {
        if record {
            self.0.clock.get_or_init(|| self.best_clock());
        }
        *lock(&self.0.times) = record.then(Vec::new);
    }

    /// What times kernels; none while they are not timed.
    pub(crate) fn clock(&self) -> Option<Clock> {
        let records = lock(&self.0.times).is_some();
        records.then(|| self.0.clock.get().copied()).flatten()
    }

    pub(crate) fn add_times(&self, found: impl IntoIterator<Item = KernelTime>) {
        if let Some(times) = &mut *lock(&self.0.times) {
            times.extend(found);
        }
    }

    /// The times recorded; stops recording.
    pub(crate) fn take_times(&self) -> Vec<KernelTime> {
        lock(&self.0.times).take().unwrap_or_default()
    }

    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.0.health
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    pub(crate) fn fault(&self) -> &Mutex<Option<Fault>> {
        &self.0.fault
    }

    /// The compiled kernel; compiled on first use.
    pub(crate) fn pipeline(
        &self,
        shader: &'static Shader,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        let mut pipelines = lock(&self.0.pipelines);
        if let Some(pipeline) = pipelines.get(shader.stem) {
            return Ok(pipeline.clone());
        }
        let pipeline = self.scoped(shader.stem, None, || {
            let module = self
                .device()
                .create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(shader.stem),
                    source: wgpu::ShaderSource::Wgsl(shader.wgsl.into()),
                });
            self.device()
                .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                    label: Some(shader.stem),
                    layout: None,
                    module: &module,
                    entry_point: Some("main"),
                    compilation_options: wgpu::PipelineCompilationOptions {
                        // Every kernel writes what it reads there; Burn leaves it out too.
                        zero_initialize_workgroup_memory: false,
                        ..Default::default()
                    },
                    cache: None,
                })
        })?;
        pipelines.insert(shader.stem, pipeline.clone());
        Ok(pipeline)
    }
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
