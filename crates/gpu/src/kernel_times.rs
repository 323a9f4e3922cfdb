use std::time::Duration;

use crate::GpuContext;

/// Launches of a batch that are timed: two queries each, of the 4096 that a set may hold (WebGPU
/// specification, 20.1). Later ones are not timed.
const MOST_LAUNCHES: u32 = 2048;

/// How long a launch of a kernel took on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelTime {
    /// Name of the shader.
    pub stem: &'static str,
    /// From its beginning to its end, by the clock of the device.
    pub duration: Duration,
}

impl GpuContext {
    /// Runs `work`, and times by timestamp queries every kernel that is launched meanwhile; batches
    /// then wait for the device. No times where the adapter has no timestamp queries.
    pub fn time_kernels<R>(&self, work: impl FnOnce() -> R) -> (R, Vec<KernelTime>) {
        self.record_times(
            self.device()
                .features()
                .contains(wgpu::Features::TIMESTAMP_QUERY),
        );
        let result = work();
        (result, self.take_times())
    }
}

/// Timestamps of the launches of one batch.
pub(crate) struct LaunchTimes {
    queries: wgpu::QuerySet,
    stems: Vec<&'static str>,
}

impl LaunchTimes {
    pub(crate) fn new(context: &GpuContext) -> Self {
        let queries = context
            .device()
            .create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("launches"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * MOST_LAUNCHES,
            });
        Self {
            queries,
            stems: Vec::new(),
        }
    }

    /// Where the pass of the next launch writes its times.
    pub(crate) fn next(
        &mut self,
        stem: &'static str,
    ) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        let launch = self.stems.len() as u32;
        if launch == MOST_LAUNCHES {
            return None;
        }
        self.stems.push(stem);
        Some(wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * launch),
            end_of_pass_write_index: Some(2 * launch + 1),
        })
    }

    /// The last command of the batch: makes the times readable.
    pub(crate) fn resolve(
        &self,
        context: &GpuContext,
        encoder: &mut wgpu::CommandEncoder,
    ) -> wgpu::Buffer {
        let queries = 2 * self.stems.len() as u32;
        let ticks = context.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some("ticks"),
            size: u64::from(queries) * u64::from(wgpu::QUERY_SIZE),
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        encoder.resolve_query_set(&self.queries, 0..queries, &ticks, 0);
        ticks
    }

    /// The times, from the resolved `ticks` of a batch that was submitted.
    pub(crate) fn read(self, context: &GpuContext, ticks: &wgpu::Buffer) -> Vec<KernelTime> {
        let nanoseconds = f64::from(context.queue().get_timestamp_period());
        let Ok(ticks) = context.read::<u64>(ticks) else {
            // A lost device shows in the results that the caller reads.
            return Vec::new();
        };
        self.stems
            .into_iter()
            .zip(ticks.as_chunks::<2>().0)
            .map(|(stem, [from, to])| KernelTime {
                stem,
                duration: Duration::from_nanos(
                    (to.saturating_sub(*from) as f64 * nanoseconds) as u64,
                ),
            })
            .collect()
    }
}
