/// What can go wrong on the GPU.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// No adapter of the wanted kind.
    #[error(
        "no {wanted} found; adapters here: {found}. Use `--device cpu`, or install a Vulkan, \
         Metal or DX12 driver (`corelith devices` lists what is seen)"
    )]
    NoAdapter {
        /// What was asked for.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// The driver refused the device.
    #[error("the adapter {adapter} gave no device: {source}. Try `--device cpu`")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// What the driver said.
        source: wgpu::RequestDeviceError,
    },
    /// A buffer larger than the adapter can bind.
    #[error(
        "{label}: {bytes} bytes do not fit a binding of {adapter}, which holds {limit}; the data \
         has to go through in smaller bricks"
    )]
    BindingTooLarge {
        /// Which buffer.
        label: String,
        /// Its size.
        bytes: u64,
        /// What a binding holds.
        limit: u64,
        /// Name of the adapter.
        adapter: String,
    },
    /// More workgroups than an axis holds.
    #[error("kernel {stem}: {workgroups:?} workgroups, the adapter takes {limit} an axis")]
    TooManyWorkgroups {
        /// Which kernel.
        stem: &'static str,
        /// Workgroups along x, y, z.
        workgroups: [u32; 3],
        /// Limit an axis.
        limit: u32,
    },
    /// The device failed while working: lost, out of memory, or a kernel was refused.
    #[error("the GPU failed in {step}: {message}. Try `--device cpu`")]
    Device {
        /// What was under way.
        step: String,
        /// What the driver said.
        message: String,
    },
}
