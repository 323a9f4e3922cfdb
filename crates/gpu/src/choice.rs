use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::{GpuContext, GpuError, MayBeShort, Shortage};

/// The value of `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A real GPU when there is one, else the native CPU path.
    #[default]
    Auto,
    /// The best adapter, software ones included.
    Gpu,
    /// The native CPU path.
    Cpu,
    /// The adapter of this number in `corelith devices`.
    Index(usize),
}

/// A `--device` that is none of auto, gpu, cpu or a number.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no device: give auto, gpu, cpu, or a number of `corelith devices`")]
pub struct ParseDeviceChoiceError(String);

impl FromStr for DeviceChoice {
    type Err = ParseDeviceChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            other => other
                .parse()
                .map(Self::Index)
                .map_err(|_| ParseDeviceChoiceError(other.to_owned())),
        }
    }
}

/// Where a stage computes.
#[derive(Debug, Clone)]
pub enum Compute {
    /// Native code on all threads.
    Cpu,
    /// WGSL kernels on this device.
    Gpu(GpuContext),
}

impl Compute {
    /// Opens what `choice` asks for. `Auto` never fails: without a usable GPU it is the CPU.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`] or [`GpuError::NoDevice`] when a GPU was asked for by name.
    pub fn select(choice: DeviceChoice) -> Result<Self, GpuError> {
        match choice {
            DeviceChoice::Cpu => Ok(Self::Cpu),
            DeviceChoice::Gpu | DeviceChoice::Index(_) => GpuContext::open(choice).map(Self::Gpu),
            DeviceChoice::Auto => match GpuContext::open(choice) {
                Ok(context) => Ok(Self::Gpu(context)),
                Err(error) => {
                    tracing::debug!("no GPU taken: {error}");
                    Ok(Self::Cpu)
                }
            },
        }
    }

    /// Does `work` on the GPU, in bricks of at most `bricks.end()` of any unit. Where the memory of
    /// the device does not do, bricks are halved, down to `bricks.start()`. `None` where the
    /// processor has to do the work: because it was chosen, or because the GPU cannot, of which a
    /// [note](Self::take_notes) tells. Every stage that has a GPU path decides by this.
    ///
    /// # Errors
    /// Those of `work` that have nothing to do with memory or limits: a lost device, a wish to stop.
    pub fn on_gpu<T, E: MayBeShort>(
        &self,
        task: &str,
        bricks: RangeInclusive<u64>,
        mut work: impl FnMut(&GpuContext, u64) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let Self::Gpu(context) = self else {
            return Ok(None);
        };
        let (least, most) = bricks.into_inner();
        let mut brick = most.max(least);
        loop {
            let error = match work(context, brick) {
                Ok(done) => {
                    if brick < most {
                        context.note(format!(
                            "{task}: {} had too little memory and got smaller bricks",
                            context.name()
                        ));
                    }
                    return Ok(Some(done));
                }
                Err(error) => error,
            };
            match error.shortage() {
                None => return Err(error),
                Some(Shortage::Memory) if brick / 2 >= least.max(1) => brick /= 2,
                Some(_) => {
                    context.note(format!("{task}: done on the processor, for {error}"));
                    return Ok(None);
                }
            }
        }
    }

    /// What was done otherwise than asked for since the last call, a line each: smaller bricks, or
    /// the processor in place of the GPU. Nothing here prints them.
    pub fn take_notes(&self) -> Vec<String> {
        self.gpu().map(GpuContext::take_notes).unwrap_or_default()
    }

    /// The device, when it is a GPU.
    pub fn gpu(&self) -> Option<&GpuContext> {
        match self {
            Self::Cpu => None,
            Self::Gpu(context) => Some(context),
        }
    }

    /// A name for results and logs: the adapter and its API, or `cpu` with its threads.
    pub fn name(&self) -> String {
        match self {
            Self::Cpu => {
                let threads = std::thread::available_parallelism().map_or(1, usize::from);
                format!("cpu ({threads} hardware threads)")
            }
            Self::Gpu(context) => context.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_choices_parse() {
        assert_eq!("auto".parse::<DeviceChoice>().unwrap(), DeviceChoice::Auto);
        assert_eq!("3".parse::<DeviceChoice>().unwrap(), DeviceChoice::Index(3));
        let error = "cuda".parse::<DeviceChoice>().unwrap_err().to_string();
        assert!(error.contains("`cuda`"), "{error}");
    }
}
