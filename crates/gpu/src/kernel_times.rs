use std::time::Duration;

use crate::{GpuContext, GpuError};

/// How long a launch of a kernel took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelTime {
    /// Name of the shader.
    pub stem: &'static str,
    /// From its beginning to its end.
    pub duration: Duration,
    /// What measured it.
    pub clock: Clock,
}

/// What measures the time of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Timestamp queries of the device.
    Device,
    /// The host's, from the submission of one launch to its end: the way there and back included.
    Wall,
}

impl GpuContext {
    /// Runs `work`, and times every kernel that is launched meanwhile by a [`Commands`](crate::Commands);
    /// batches then wait for the device. By timestamp queries where the device has them and they
    /// count, else by the clock on the wall.
    pub fn time_kernels<R>(&self, work: impl FnOnce() -> R) -> (R, Vec<KernelTime>) {
        self.record_times(true);
        let result = work();
        (result, self.take_times())
    }

    /// The clock for kernels on this device.
    pub(crate) fn best_clock(&self) -> Clock {
        let has_queries = self
            .device()
            .features()
            .contains(wgpu::Features::TIMESTAMP_QUERY);
        // Some drivers have queries that never count.
        let counts =
            || matches!(Timestamps::of_nothing(self), Ok([from, to]) if from > 0 && to > 0);
        if has_queries && self.queue().get_timestamp_period() > 0.0 && counts() {
            Clock::Device
        } else {
            Clock::Wall
        }
    }
}

/// Timestamps of the launches of one submission.
pub(crate) struct Timestamps {
    queries: wgpu::QuerySet,
    ticks: wgpu::Buffer,
    stems: Vec<&'static str>,
}

impl Timestamps {
    /// Launches of a submission: two queries each, of the 4096 that a set may hold (WebGPU
    /// specification, 20.1).
    pub(crate) const MOST_LAUNCHES: usize = 2048;

    pub(crate) fn new(gpu: &GpuContext, stems: &[&'static str]) -> Result<Self, GpuError> {
        let count = 2 * stems.len() as u32;
        let bytes = u64::from(count) * u64::from(wgpu::QUERY_SIZE);
        let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
        Ok(Self {
            queries: gpu.scoped("timestamps", None, || {
                gpu.device().create_query_set(&wgpu::QuerySetDescriptor {
                    label: Some("timestamps"),
                    ty: wgpu::QueryType::Timestamp,
                    count,
                })
            })?,
            ticks: gpu.buffer("timestamps", bytes, usage)?,
            stems: stems.to_vec(),
        })
    }

    /// Timestamps around nothing at all.
    fn of_nothing(gpu: &GpuContext) -> Result<[u64; 2], GpuError> {
        let stamps = Self::new(gpu, &["nothing"])?;
        gpu.scoped("timestamps", None, || {
            let mut encoder = gpu.device().create_command_encoder(&Default::default());
            drop(encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: Some(stamps.of(0)),
            }));
            stamps.resolve(&mut encoder);
            gpu.queue().submit([encoder.finish()]);
        })?;
        let ticks = gpu.read::<u64>(&stamps.ticks)?;
        Ok([ticks[0], ticks[1]])
    }

    /// Where the pass of a launch writes its times.
    pub(crate) fn of(&self, launch: usize) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * launch as u32),
            end_of_pass_write_index: Some(2 * launch as u32 + 1),
        }
    }

    /// The last command of the submission: makes the times readable.
    pub(crate) fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        let queries = 2 * self.stems.len() as u32;
        encoder.resolve_query_set(&self.queries, 0..queries, &self.ticks, 0);
    }

    /// The times, once the submission is under way.
    pub(crate) fn read(self, gpu: &GpuContext) -> Result<Vec<KernelTime>, GpuError> {
        let nanoseconds = f64::from(gpu.queue().get_timestamp_period());
        let ticks = gpu.read::<u64>(&self.ticks)?;
        let times = self.stems.into_iter().zip(ticks.as_chunks::<2>().0);
        Ok(times
            .map(|(stem, [from, to])| KernelTime {
                stem,
                duration: Duration::from_nanos(
                    (to.saturating_sub(*from) as f64 * nanoseconds) as u64,
                ),
                clock: Clock::Device,
            })
            .collect())
    }
}
