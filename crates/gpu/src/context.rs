use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::adapters::is_real_gpu;
use crate::counters::Counters;
use crate::health::Health;
use crate::kernel_times::Clock;
use crate::readback::Staging;
use crate::{Commands, Counts, Fault, GpuError, KernelTime, Shader};

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
    remarks: Mutex<Vec<String>>,
    /// Steps that were raced for with the processor, and whether this device won.
    winners: Mutex<HashMap<&'static str, bool>>,
    clock: OnceLock<Clock>,
    /// Times of the kernels launched so far, while they are recorded.
    times: Mutex<Option<Vec<KernelTime>>>,
    /// Whether outputs are poisoned.
    poisons: bool,
    longest_submission: Duration,
    fault: Mutex<Option<Fault>>,
    staging: Mutex<Staging>,
}

/// What is otherwise under test.
pub(crate) struct Manner {
    /// Whether outputs are poisoned.
    pub poisons: bool,
    pub longest_submission: Duration,
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

impl GpuContext {
    /// A context of a device that `adapter` has given.
    pub(crate) fn new(
        adapter: wgpu::Adapter,
        (device, queue): (wgpu::Device, wgpu::Queue),
        limits: wgpu::Limits,
        manner: Manner,
    ) -> Self {
        let context = Self(Arc::new(Inner {
            info: adapter.get_info(),
            adapter,
            device,
            queue,
            limits,
            pipelines: Mutex::default(),
            health: Arc::default(),
            counters: Counters::default(),
            notes: Mutex::default(),
            remarks: Mutex::default(),
            winners: Mutex::default(),
            clock: OnceLock::new(),
            times: Mutex::default(),
            poisons: manner.poisons,
            longest_submission: manner.longest_submission,
            fault: Mutex::default(),
            staging: Mutex::default(),
        }));
        context.watch();
        context
    }

    /// The instance that the adapter came from.
    pub fn instance(&self) -> &wgpu::Instance {
        crate::adapters::instance()
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

    /// Longest that a submission may take by plan: [`LONGEST_SUBMISSION`](crate::LONGEST_SUBMISSION), or less under test.
    pub fn longest_submission(&self) -> Duration {
        self.0.longest_submission
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

    /// The lines about where steps are done.
    pub(crate) fn remarks(&self) -> &Mutex<Vec<String>> {
        &self.0.remarks
    }

    pub(crate) fn winners(&self) -> &Mutex<HashMap<&'static str, bool>> {
        &self.0.winners
    }

    pub(crate) fn staging(&self) -> &Mutex<Staging> {
        &self.0.staging
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
