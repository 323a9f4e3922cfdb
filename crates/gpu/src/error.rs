/// What can go wrong on the GPU.
#[derive(Debug, Clone, thiserror::Error)]
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
    /// The device has no memory left.
    #[error(
        "{adapter} has no memory left for {step}{}. Close other programs that use it, or use \
         `--device cpu`", wanted.map_or(String::new(), |bytes| format!(" ({bytes} bytes)"))
    )]
    OutOfMemory {
        /// What was under way.
        step: String,
        /// Bytes asked for, where known.
        wanted: Option<u64>,
        /// Name of the adapter.
        adapter: String,
    },
    /// The device is gone: its driver was reset or updated, or it was taken out.
    #[error(
        "{adapter} was lost in {step}: {message}. What was finished before is kept: run the same \
         command again, with `--device cpu` if it happens twice"
    )]
    DeviceLost {
        /// What was under way.
        step: String,
        /// What the driver said.
        message: String,
        /// Name of the adapter.
        adapter: String,
    },
    /// The device refused to work.
    #[error("{adapter} failed in {step}: {message}. Try `--device cpu`")]
    Device {
        /// What was under way.
        step: String,
        /// What the driver said.
        message: String,
        /// Name of the adapter.
        adapter: String,
    },
}

/// What a GPU is short of, so that a stage goes on otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// Memory: smaller bricks may fit.
    Memory,
    /// Its limits: the data cannot go through.
    Limits,
}

/// An error of a stage that may come from a GPU.
pub trait MayBeShort: std::fmt::Display {
    /// What the GPU is short of, if that is the reason.
    fn shortage(&self) -> Option<Shortage>;
}

impl MayBeShort for GpuError {
    fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::OutOfMemory { .. } => Some(Shortage::Memory),
            Self::BindingTooLarge { .. } | Self::TooManyWorkgroups { .. } => Some(Shortage::Limits),
            Self::NoAdapter { .. }
            | Self::NoDevice { .. }
            | Self::DeviceLost { .. }
            | Self::Device { .. } => None,
        }
    }
}
