use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use crate::kernel_times::{Clock, KernelTime, Timestamps};
use crate::{AnyLaunch, GpuContext, GpuError, Launch, Shader};

/// A batch of kernel launches, clears and copies, run in order when submitted: in several
/// submissions where one would take too long by plan.
pub struct Commands {
    context: GpuContext,
    label: String,
    steps: Vec<Step>,
}

enum Step {
    Launch(AnyLaunch, Vec<wgpu::Buffer>),
    Clear(wgpu::Buffer),
    Copy {
        from: (wgpu::Buffer, u64),
        to: (wgpu::Buffer, u64),
        bytes: u64,
    },
}

impl Step {
    fn planned(&self) -> Duration {
        match self {
            Self::Launch(launch, _) => launch.work.planned(),
            Self::Clear(_) | Self::Copy { .. } => Duration::ZERO,
        }
    }
}

impl Commands {
    pub(crate) fn new(context: &GpuContext, label: &str) -> Self {
        Self {
            context: context.clone(),
            label: label.to_owned(),
            steps: Vec::new(),
        }
    }

    /// Launches a kernel on `buffers`, in the order of its bindings.
    ///
    /// # Errors
    /// [`GpuError::TooManyWorkgroups`] past the adapter's limit an axis.
    pub fn run<const N: usize>(
        &mut self,
        launch: &Launch<N>,
        buffers: [&wgpu::Buffer; N],
    ) -> Result<(), GpuError> {
        let launch = launch.any();
        let limit = self.context.limits().max_compute_workgroups_per_dimension;
        if launch.workgroups.iter().any(|&n| n > limit) {
            return Err(GpuError::TooManyWorkgroups {
                stem: launch.shader.stem,
                workgroups: launch.workgroups,
                limit,
            });
        }
        let buffers = buffers.into_iter().cloned().collect();
        self.steps.push(Step::Launch(launch.clone(), buffers));
        Ok(())
    }

    /// Fills a buffer with zeros.
    pub fn clear(&mut self, buffer: &wgpu::Buffer) {
        self.steps.push(Step::Clear(buffer.clone()));
    }

    /// Copies `bytes` of a buffer from a position on to a position of another.
    pub fn copy(&mut self, from: (&wgpu::Buffer, u64), to: (&wgpu::Buffer, u64), bytes: u64) {
        self.steps.push(Step::Copy {
            from: (from.0.clone(), from.1),
            to: (to.0.clone(), to.1),
            bytes,
        });
    }

    /// Hands the batch to the device; it runs while the host goes on, unless kernels are timed. Which
    /// was the last submission, where there was any.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`] or [`GpuError::Device`].
    pub fn submit(self) -> Result<Option<wgpu::SubmissionIndex>, GpuError> {
        let uniforms = Uniforms::new(&self.context, &self.label, &self.steps)?;
        let clock = self.context.clock();
        let mut launches = 0;
        let mut rest = self.steps.as_slice();
        let mut last = None;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(steps_at_once(
                rest,
                self.context.longest_submission(),
                clock,
            ));
            last = Some(self.submit_at_once(now, &uniforms, &mut launches, clock)?);
            rest = later;
        }
        Ok(last)
    }

    fn submit_at_once(
        &self,
        steps: &[Step],
        uniforms: &Uniforms,
        launches: &mut usize,
        clock: Option<Clock>,
    ) -> Result<wgpu::SubmissionIndex, GpuError> {
        let gpu = &self.context;
        let stems: Vec<&'static str> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Launch(launch, _) => Some(launch.shader.stem),
                Step::Clear(_) | Step::Copy { .. } => None,
            })
            .collect();
        // Before the scope: these make buffers themselves.
        let stamps = match clock {
            Some(Clock::Device) if !stems.is_empty() => Some(Timestamps::new(gpu, &stems)?),
            _ => None,
        };
        let pipelines = steps
            .iter()
            .filter_map(|step| match step {
                Step::Launch(launch, _) => Some(gpu.pipeline(launch.shader)),
                Step::Clear(_) | Step::Copy { .. } => None,
            })
            .collect::<Result<Vec<_>, _>>()?;
        gpu.fail_submission();
        let begun = Instant::now();
        let submission = gpu.scoped(&self.label, None, || {
            let descriptor = wgpu::CommandEncoderDescriptor {
                label: Some(&self.label),
            };
            let mut encoder = gpu.device().create_command_encoder(&descriptor);
            let mut of_submission = 0;
            for step in steps {
                match step {
                    Step::Launch(launch, buffers) => {
                        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                            label: Some(launch.shader.stem),
                            timestamp_writes: stamps.as_ref().map(|s| s.of(of_submission)),
                        });
                        let pipeline = &pipelines[of_submission];
                        let uniform = uniforms.binding(*launches);
                        let group = bind_group(gpu, pipeline, launch.shader, buffers, uniform);
                        pass.set_pipeline(pipeline);
                        pass.set_bind_group(0, &group, &[]);
                        let [x, y, z] = launch.workgroups;
                        pass.dispatch_workgroups(x, y, z);
                        *launches += 1;
                        of_submission += 1;
                    }
                    Step::Clear(buffer) => encoder.clear_buffer(buffer, 0, None),
                    Step::Copy { from, to, bytes } => {
                        encoder.copy_buffer_to_buffer(&from.0, from.1, &to.0, to.1, *bytes);
                    }
                }
            }
            if let Some(stamps) = &stamps {
                stamps.resolve(&mut encoder);
            }
            gpu.queue().submit([encoder.finish()])
        })?;
        let planned: Duration = steps.iter().map(Step::planned).sum();
        gpu.counters().add(|counts| {
            counts.submits += 1;
            counts.longest_planned = counts.longest_planned.max(planned);
            for stem in &stems {
                *counts.launches.entry(stem).or_default() += 1;
            }
        });
        match (clock, stamps) {
            (Some(Clock::Wall), _) => {
                gpu.wait(&self.label)?;
                let duration = begun.elapsed();
                gpu.add_times(stems.into_iter().map(|stem| KernelTime {
                    stem,
                    duration,
                    clock: Clock::Wall,
                }));
            }
            (_, Some(stamps)) => gpu.add_times(stamps.read(gpu)?),
            (_, None) => {}
        }
        Ok(submission)
    }
}

/// How many of the steps go into the next submission: one launch where the clock on the wall times
/// it, else as many as are planned to be done in time.
fn steps_at_once(steps: &[Step], longest: Duration, clock: Option<Clock>) -> usize {
    let (mut planned, mut launches) = (Duration::ZERO, 0);
    for (i, step) in steps.iter().enumerate() {
        planned += step.planned();
        launches += usize::from(matches!(step, Step::Launch(..)));
        let is_too_long = planned > longest || launches > Timestamps::MOST_LAUNCHES;
        if i > 0 && (is_too_long || clock == Some(Clock::Wall)) {
            return i;
        }
    }
    steps.len()
}

fn bind_group(
    gpu: &GpuContext,
    pipeline: &wgpu::ComputePipeline,
    shader: &Shader,
    buffers: &[wgpu::Buffer],
    uniform: wgpu::BufferBinding<'_>,
) -> wgpu::BindGroup {
    let resources = buffers
        .iter()
        .map(wgpu::Buffer::as_entire_binding)
        .chain([wgpu::BindingResource::Buffer(uniform)]);
    let entries: Vec<wgpu::BindGroupEntry<'_>> = resources
        .enumerate()
        .map(|(i, resource)| wgpu::BindGroupEntry {
            binding: i as u32,
            resource,
        })
        .collect();
    gpu.device().create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(shader.stem),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries,
    })
}

/// The parameters of all launches of a batch, in one buffer: which, from where, how many bytes.
struct Uniforms(Vec<(wgpu::Buffer, u64, u64)>);

impl Uniforms {
    fn new(gpu: &GpuContext, label: &str, steps: &[Step]) -> Result<Self, GpuError> {
        let alignment = gpu.limits().min_uniform_buffer_offset_alignment as usize;
        let (mut contents, mut places) = (Vec::new(), Vec::new());
        for step in steps {
            let Step::Launch(launch, _) = step else {
                continue;
            };
            contents.resize(contents.len().next_multiple_of(alignment), 0);
            let parameters: &[u8] = bytemuck::cast_slice(&launch.parameters);
            places.push((contents.len() as u64, parameters.len() as u64));
            contents.extend_from_slice(parameters);
        }
        if places.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let buffer = gpu.uniform(label, &contents)?;
        let of_launch = |(from, bytes)| (buffer.clone(), from, bytes);
        Ok(Self(places.into_iter().map(of_launch).collect()))
    }

    fn binding(&self, launch: usize) -> wgpu::BufferBinding<'_> {
        let (buffer, offset, bytes) = &self.0[launch];
        wgpu::BufferBinding {
            buffer,
            offset: *offset,
            size: NonZeroU64::new(*bytes),
        }
    }
}
