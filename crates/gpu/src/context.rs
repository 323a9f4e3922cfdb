use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use bytemuck::Pod;
use wgpu::util::DeviceExt as _;

use crate::{Commands, DeviceChoice, GpuError, KernelTime, Shader};

/// Word that fills poisoned buffers.
const POISON: u32 = 0xDEAD_BEEF;

/// The one wgpu device of the program. Cheap to clone.
#[derive(Clone)]
pub struct GpuContext(Arc<Inner>);

struct Inner {
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
    limits: wgpu::Limits,
    info: wgpu::AdapterInfo,
    pipelines: Mutex<HashMap<&'static str, Arc<wgpu::ComputePipeline>>>,
    /// Times of the kernels launched so far, while they are recorded.
    times: Mutex<Option<Vec<KernelTime>>>,
}

impl std::fmt::Debug for GpuContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GpuContext").field(&self.name()).finish()
    }
}

/// The process's wgpu instance: the Vulkan loader does not like several.
fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE.get_or_init(|| {
        wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12,
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
        Self::from_adapter(adapters.swap_remove(index))
    }

    fn from_adapter(adapter: wgpu::Adapter) -> Result<Self, GpuError> {
        let (info, limits) = (adapter.get_info(), adapter.limits());
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
        Ok(Self(Arc::new(Inner {
            adapter,
            device,
            queue,
            limits,
            info,
            pipelines: Mutex::default(),
            times: Mutex::default(),
        })))
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

    /// Most bytes that one storage binding may hold.
    pub fn max_binding_bytes(&self) -> u64 {
        self.0
            .limits
            .max_storage_buffer_binding_size
            .min(self.0.limits.max_buffer_size)
    }

    /// A storage buffer with `data`.
    ///
    /// # Errors
    /// [`GpuError::BindingTooLarge`] when it does not fit a binding.
    pub fn storage<T: Pod>(&self, label: &str, data: &[T]) -> Result<wgpu::Buffer, GpuError> {
        let contents: &[u8] = bytemuck::cast_slice(data);
        self.check_binding(label, contents.len() as u64)?;
        Ok(self
            .device()
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(label),
                contents,
                usage: STORAGE,
            }))
    }

    /// A storage buffer of `bytes` zeros.
    ///
    /// # Errors
    /// [`GpuError::BindingTooLarge`] when it does not fit a binding.
    pub fn storage_zeroed(&self, label: &str, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        self.check_binding(label, bytes)?;
        Ok(self.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes.next_multiple_of(4),
            usage: STORAGE,
            mapped_at_creation: false,
        }))
    }

    /// A storage buffer full of a poison pattern: parity tests use it for outputs, so that a
    /// value that no kernel wrote shows.
    ///
    /// # Errors
    /// [`GpuError::BindingTooLarge`] when it does not fit a binding.
    pub fn storage_poisoned(&self, label: &str, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        let words = bytes.div_ceil(4) as usize;
        self.storage(label, &vec![POISON; words])
    }

    /// A uniform buffer with one value.
    pub fn uniform<T: Pod>(&self, label: &str, value: &T) -> wgpu::Buffer {
        self.device()
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(label),
                contents: bytemuck::bytes_of(value),
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            })
    }

    /// Overwrites part of a buffer, from `byte_offset` on.
    pub fn write<T: Pod>(&self, buffer: &wgpu::Buffer, byte_offset: u64, data: &[T]) {
        self.queue()
            .write_buffer(buffer, byte_offset, bytemuck::cast_slice(data));
    }

    /// Waits for all submitted work and copies a storage buffer back.
    ///
    /// # Errors
    /// [`GpuError::Device`] when the device was lost on the way.
    pub fn read<T: Pod>(&self, buffer: &wgpu::Buffer) -> Result<Vec<T>, GpuError> {
        let failed = |message: String| GpuError::Device {
            step: "readback".to_owned(),
            message,
        };
        let staging = self.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: buffer.size(),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut commands = self.commands("readback");
        commands.copy(buffer, &staging, buffer.size());
        commands.submit();
        let (sender, receiver) = std::sync::mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver outlives the poll below; if it were gone, nobody waits any more.
            let _ = sender.send(result);
        });
        self.device()
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|e| failed(e.to_string()))?;
        receiver
            .recv()
            .map_err(|e| failed(e.to_string()))?
            .map_err(|e| failed(e.to_string()))?;
        let mapped = staging
            .get_mapped_range(..)
            .map_err(|e| failed(e.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&mapped[..]))
    }

    /// A new batch of kernel launches.
    pub fn commands(&self, label: &str) -> Commands {
        Commands::new(self, label)
    }

    /// Starts to record the times of kernels, or stops it.
    pub(crate) fn record_times(&self, record: bool) {
        *self.times() = record.then(Vec::new);
    }

    /// Whether the times of kernels are recorded.
    pub(crate) fn records_times(&self) -> bool {
        self.times().is_some()
    }

    pub(crate) fn add_times(&self, found: Vec<KernelTime>) {
        if let Some(times) = &mut *self.times() {
            times.extend(found);
        }
    }

    /// The times recorded; stops recording.
    pub(crate) fn take_times(&self) -> Vec<KernelTime> {
        self.times().take().unwrap_or_default()
    }

    fn times(&self) -> std::sync::MutexGuard<'_, Option<Vec<KernelTime>>> {
        self.0
            .times
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The compiled kernel; compiled on first use.
    pub(crate) fn pipeline(&self, shader: &'static Shader) -> Arc<wgpu::ComputePipeline> {
        let mut pipelines = self
            .0
            .pipelines
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(pipelines.entry(shader.stem).or_insert_with(|| {
            let module = self
                .device()
                .create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(shader.stem),
                    source: wgpu::ShaderSource::Wgsl(shader.wgsl.into()),
                });
            Arc::new(
                self.device()
                    .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                        label: Some(shader.stem),
                        layout: None,
                        module: &module,
                        entry_point: Some("main"),
                        compilation_options: Default::default(),
                        cache: None,
                    }),
            )
        }))
    }

    fn check_binding(&self, label: &str, bytes: u64) -> Result<(), GpuError> {
        let limit = self.max_binding_bytes();
        if bytes > limit {
            return Err(GpuError::BindingTooLarge {
                label: label.to_owned(),
                bytes,
                limit,
                adapter: self.name(),
            });
        }
        Ok(())
    }
}

const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::COPY_SRC)
    .union(wgpu::BufferUsages::COPY_DST);
