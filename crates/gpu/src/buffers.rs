use bytemuck::Pod;

use crate::{GpuContext, GpuError};

/// Word that fills poisoned buffers: no float, no number of a component, no count.
const POISON: u32 = 0xFFC0_DEAD;

const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::COPY_SRC)
    .union(wgpu::BufferUsages::COPY_DST);

/// Bytes that are sent or poisoned at a time: wgpu holds a copy of what is on its way, and has memory
/// for a small one at hand.
const PORTION: usize = 4 << 20;

impl GpuContext {
    /// A storage buffer with `data`.
    ///
    /// # Errors
    /// [`GpuError::BindingTooLarge`] when it does not fit a binding, [`GpuError::OutOfMemory`] when
    /// it does not fit the device.
    pub fn storage<T: Pod>(&self, label: &str, data: &[T]) -> Result<wgpu::Buffer, GpuError> {
        let contents: &[u8] = bytemuck::cast_slice(data);
        let buffer = self.storage_buffer(label, contents.len() as u64)?;
        self.send(label, &buffer, contents)?;
        Ok(buffer)
    }

    /// A storage buffer of `bytes` for kernels to fill. What it holds before is nobody's business:
    /// in a [`test_context`](crate::test_context) a poison pattern, so that a value that no kernel
    /// wrote shows. Sums and counts need a [`clear`](crate::Commands::clear) first.
    ///
    /// # Errors
    /// See [`GpuContext::storage`].
    pub fn output(&self, label: &str, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        let buffer = self.storage_buffer(label, bytes)?;
        if self.poisons() {
            let poison = vec![POISON; (buffer.size() as usize).min(PORTION) / 4];
            let poison: &[u8] = bytemuck::cast_slice(&poison);
            self.scoped(label, None, || {
                for first in (0..buffer.size()).step_by(PORTION) {
                    self.queue().submit([]);
                    let bytes = (buffer.size() - first).min(PORTION as u64) as usize;
                    self.queue().write_buffer(&buffer, first, &poison[..bytes]);
                }
            })?;
        }
        Ok(buffer)
    }

    /// A uniform buffer with `contents`.
    pub(crate) fn uniform(&self, label: &str, contents: &[u8]) -> Result<wgpu::Buffer, GpuError> {
        let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let buffer = self.buffer(label, contents.len() as u64, usage)?;
        self.send(label, &buffer, contents)?;
        Ok(buffer)
    }

    /// Waits for all submitted work and copies a storage buffer back.
    ///
    /// # Errors
    /// [`GpuError::DeviceLost`] when the device was lost on the way, [`GpuError::OutOfMemory`] when
    /// there is none for the copy.
    pub fn read<T: Pod>(&self, buffer: &wgpu::Buffer) -> Result<Vec<T>, GpuError> {
        let count = buffer.size() as usize / size_of::<T>();
        self.read_part(buffer, 0, count)
    }

    /// Like [`GpuContext::read`], but `count` values from position `first` on.
    ///
    /// # Errors
    /// See [`GpuContext::read`].
    ///
    /// # Panics
    /// When values are no whole words of 4 bytes.
    pub fn read_part<T: Pod>(
        &self,
        buffer: &wgpu::Buffer,
        first: usize,
        count: usize,
    ) -> Result<Vec<T>, GpuError> {
        let mut values = bytemuck::zeroed_vec(count);
        self.read_into(buffer, first, &mut values)?;
        Ok(values)
    }

    fn storage_buffer(&self, label: &str, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        let limit = self.max_binding_bytes();
        if bytes > limit {
            return Err(GpuError::BindingTooLarge {
                label: label.to_owned(),
                bytes,
                limit,
                adapter: self.name(),
            });
        }
        self.buffer(label, bytes, STORAGE)
    }

    pub(crate) fn buffer(
        &self,
        label: &str,
        bytes: u64,
        usage: wgpu::BufferUsages,
    ) -> Result<wgpu::Buffer, GpuError> {
        // An empty buffer cannot be bound.
        let size = bytes.max(1).next_multiple_of(4);
        self.fail_allocation(label, size)?;
        let buffer = self.scoped(label, Some(size), || {
            self.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        })?;
        self.counters().add(|counts| counts.buffers += 1);
        Ok(buffer)
    }

    /// Fills a buffer from its beginning.
    fn send(&self, label: &str, buffer: &wgpu::Buffer, contents: &[u8]) -> Result<(), GpuError> {
        let wanted = Some(contents.len() as u64);
        self.scoped(label, wanted, || {
            for (i, portion) in contents.chunks(PORTION).enumerate() {
                if i > 0 {
                    // Sets the former portion off, so that its memory comes back.
                    self.queue().submit([]);
                }
                let to = (i * PORTION) as u64;
                let whole = portion.len() / 4 * 4;
                self.queue().write_buffer(buffer, to, &portion[..whole]);
                if whole < portion.len() {
                    // Copies are of whole words.
                    let mut last = [0; 4];
                    last[..portion.len() - whole].copy_from_slice(&portion[whole..]);
                    self.queue().write_buffer(buffer, to + whole as u64, &last);
                }
            }
        })?;
        self.counters()
            .add(|counts| counts.bytes_up += contents.len() as u64);
        Ok(())
    }
}
