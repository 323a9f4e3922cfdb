use crate::kernel_times::LaunchTimes;
use crate::{GpuContext, GpuError, Shader};

/// A batch of kernel launches, clears and copies, run in order when submitted.
pub struct Commands {
    context: GpuContext,
    encoder: wgpu::CommandEncoder,
    /// Where launches are timed.
    times: Option<LaunchTimes>,
}

impl Commands {
    pub(crate) fn new(context: &GpuContext, label: &str) -> Self {
        let encoder = context
            .device()
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(label) });
        Self {
            context: context.clone(),
            encoder,
            times: None,
        }
    }

    /// Launches a kernel; `bindings[i]` becomes binding `i` of group 0.
    ///
    /// # Errors
    /// [`GpuError::TooManyWorkgroups`] past the adapter's limit an axis.
    pub fn dispatch(
        &mut self,
        shader: &'static Shader,
        bindings: &[&wgpu::Buffer],
        workgroups: [u32; 3],
    ) -> Result<(), GpuError> {
        let limit = self.context.limits().max_compute_workgroups_per_dimension;
        if workgroups.iter().any(|&n| n > limit) {
            return Err(GpuError::TooManyWorkgroups {
                stem: shader.stem,
                workgroups,
                limit,
            });
        }
        let pipeline = self.context.pipeline(shader);
        let entries: Vec<wgpu::BindGroupEntry<'_>> = bindings
            .iter()
            .enumerate()
            .map(|(i, buffer)| wgpu::BindGroupEntry {
                binding: i as u32,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = self
            .context
            .device()
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(shader.stem),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            });
        if self.times.is_none() && self.context.records_times() {
            self.times = Some(LaunchTimes::new(&self.context));
        }
        let timestamp_writes = self
            .times
            .as_mut()
            .and_then(|times| times.next(shader.stem));
        let mut pass = self
            .encoder
            .begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(shader.stem),
                timestamp_writes,
            });
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        let [x, y, z] = workgroups;
        pass.dispatch_workgroups(x, y, z);
        Ok(())
    }

    /// Fills a buffer with zeros.
    pub fn clear(&mut self, buffer: &wgpu::Buffer) {
        self.encoder.clear_buffer(buffer, 0, None);
    }

    /// Copies the first `bytes` of a buffer.
    pub fn copy(&mut self, from: &wgpu::Buffer, to: &wgpu::Buffer, bytes: u64) {
        self.encoder.copy_buffer_to_buffer(from, 0, to, 0, bytes);
    }

    /// Hands the batch to the device; it runs while the host goes on.
    pub fn submit(mut self) {
        let Some(times) = self.times else {
            self.context.queue().submit([self.encoder.finish()]);
            return;
        };
        let ticks = times.resolve(&self.context, &mut self.encoder);
        self.context.queue().submit([self.encoder.finish()]);
        self.context.add_times(times.read(&self.context, &ticks));
    }
}
