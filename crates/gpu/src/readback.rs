use bytemuck::Pod;
use rayon::prelude::*;

use crate::context::lock;
use crate::{GpuContext, GpuError};

/// What errors say was done.
const STEP: &str = "readback";

/// Bytes that a staging buffer holds at most.
const LARGEST: u64 = 16 << 20;

/// Bytes that a thread copies at a time.
const PART: usize = 1 << 20;

/// Two buffers that the host can map, kept from one readback to the next: memory that is both the
/// device's and the host's is slow to come by. While one is copied from, the other is filled.
#[derive(Default)]
pub(crate) struct Staging {
    buffers: Vec<wgpu::Buffer>,
}

impl Staging {
    /// Two buffers that hold `bytes`, or as much of them as goes at a time.
    fn of(&mut self, gpu: &GpuContext, bytes: u64) -> Result<&[wgpu::Buffer], GpuError> {
        let size = bytes.clamp(4, LARGEST);
        if self
            .buffers
            .first()
            .is_none_or(|buffer| buffer.size() < size)
        {
            self.buffers.clear();
            let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ;
            for _ in 0..2 {
                self.buffers.push(gpu.buffer(STEP, size, usage)?);
            }
        }
        Ok(&self.buffers)
    }
}

impl GpuContext {
    /// Waits for all submitted work and fills `values` from a storage buffer, whose values count
    /// from position `first` on.
    ///
    /// # Errors
    /// See [`GpuContext::read`].
    ///
    /// # Panics
    /// When values are no whole words of 4 bytes.
    pub fn read_into<T: Pod>(
        &self,
        buffer: &wgpu::Buffer,
        first: usize,
        values: &mut [T],
    ) -> Result<(), GpuError> {
        const { assert!(size_of::<T>().is_multiple_of(4)) };
        let from = (first * size_of::<T>()) as u64;
        let out: &mut [u8] = bytemuck::cast_slice_mut(values);
        let bytes = out.len() as u64;
        let mut staging = lock(self.staging());
        let buffers = staging.of(self, bytes)?;
        let size = buffers[0].size() as usize;
        let portions = out.chunks_mut(size).zip(buffers.iter().cycle());
        let done = self.read_portions(buffer, from, portions.collect());
        if done.is_err() {
            // One may still be mapped.
            staging.buffers.clear();
        }
        done?;
        self.counters().add(|counts| counts.bytes_down += bytes);
        Ok(())
    }

    fn read_portions(
        &self,
        buffer: &wgpu::Buffer,
        mut from: u64,
        portions: Vec<(&mut [u8], &wgpu::Buffer)>,
    ) -> Result<(), GpuError> {
        let mut started = None;
        for (out, staging) in portions {
            let copy = self.start_copy((buffer, from), staging, out.len() as u64)?;
            from += out.len() as u64;
            if let Some(former) = started.replace((out, staging, copy)) {
                self.finish_copy(former)?;
            }
        }
        started.map_or(Ok(()), |last| self.finish_copy(last))
    }

    fn start_copy(
        &self,
        from: (&wgpu::Buffer, u64),
        staging: &wgpu::Buffer,
        bytes: u64,
    ) -> Result<Copy, GpuError> {
        let mut commands = self.commands(STEP);
        commands.copy(from, (staging, 0), bytes);
        let submission = commands.submit()?;
        let (sender, mapped) = std::sync::mpsc::channel();
        self.scoped(STEP, None, || {
            staging.map_async(wgpu::MapMode::Read, ..bytes, move |result| {
                // The receiver outlives the wait; if it were gone, nobody waits any more.
                let _ = sender.send(result);
            });
        })?;
        Ok(Copy { submission, mapped })
    }

    fn finish_copy(
        &self,
        (out, staging, copy): (&mut [u8], &wgpu::Buffer, Copy),
    ) -> Result<(), GpuError> {
        self.wait_for(STEP, copy.submission)?;
        let failed = |message: String| match self.check(STEP) {
            Err(error) => error,
            Ok(()) => self.failed(STEP, message),
        };
        let mapped = copy.mapped.try_recv();
        mapped
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))?;
        let mapped = staging
            .get_mapped_range(..out.len() as u64)
            .map_err(|error| failed(error.to_string()))?;
        // Fresh memory is mapped page by page as it is written to, which takes longer than copying.
        out.par_chunks_mut(PART)
            .zip(mapped.par_chunks(PART))
            .for_each(|(out, mapped)| out.copy_from_slice(mapped));
        drop(mapped);
        staging.unmap();
        Ok(())
    }
}

/// A copy to a staging buffer that is under way.
struct Copy {
    submission: Option<wgpu::SubmissionIndex>,
    mapped: std::sync::mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>,
}
