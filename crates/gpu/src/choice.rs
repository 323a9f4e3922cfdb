use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::context::lock;
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
    /// The same, but native code for those steps that turn out faster there and give the same.
    Faster(GpuContext),
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
                Ok(context) => Ok(Self::Faster(context)),
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
        let Some(context) = self.gpu() else {
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

    /// Where a step is done whose result is the same everywhere: on the GPU, where one was asked for;
    /// with `auto` where `race` has it done sooner, which it tells of a sample, the processor first.
    /// Without a race, for what is small or the GPU cannot do, it is the processor. A process asks
    /// once a step.
    pub fn takes_gpu(
        &self,
        step: &'static str,
        race: impl FnOnce(&GpuContext) -> Option<[Duration; 2]>,
    ) -> bool {
        match self {
            Self::Cpu => false,
            Self::Gpu(_) => true,
            Self::Faster(context) => context.wins(step, race),
        }
    }

    /// What was done otherwise than asked for since the last call, a line each: smaller bricks, or
    /// the processor in place of the GPU. Nothing here prints them.
    pub fn take_notes(&self) -> Vec<String> {
        self.gpu().map(GpuContext::take_notes).unwrap_or_default()
    }

    /// Which steps the processor does though a GPU was taken, being faster, since the last call: a
    /// line each.
    pub fn take_remarks(&self) -> Vec<String> {
        let remarks = |gpu: &GpuContext| std::mem::take(&mut *lock(gpu.remarks()));
        self.gpu().map(remarks).unwrap_or_default()
    }

    /// The device, when it is a GPU.
    pub fn gpu(&self) -> Option<&GpuContext> {
        match self {
            Self::Cpu => None,
            Self::Gpu(context) | Self::Faster(context) => Some(context),
        }
    }

    /// A name for results and logs: the adapter and its API, or `cpu` with its threads.
    pub fn name(&self) -> String {
        match self {
            Self::Cpu => {
                let threads = std::thread::available_parallelism().map_or(1, usize::from);
                format!("cpu ({threads} hardware threads)")
            }
            Self::Gpu(context) | Self::Faster(context) => context.name(),
        }
    }
}

/// How long the processor and a GPU take for a step: the shorter of two times each, as the first may
/// have to compile. None where the GPU cannot do it.
pub fn race<T, U>(
    mut cpu: impl FnMut() -> T,
    mut gpu: impl FnMut() -> Option<U>,
) -> Option<[Duration; 2]> {
    let mut best = [Duration::MAX; 2];
    for _ in 0..2 {
        let began = Instant::now();
        std::hint::black_box(cpu());
        best[0] = best[0].min(began.elapsed());
        let began = Instant::now();
        std::hint::black_box(gpu()?);
        best[1] = best[1].min(began.elapsed());
    }
    Some(best)
}

impl GpuContext {
    /// Whether this device is the faster one for a step; see [`Compute::takes_gpu`].
    fn wins(&self, step: &'static str, race: impl FnOnce(&Self) -> Option<[Duration; 2]>) -> bool {
        if let Some(&wins) = lock(self.winners()).get(step) {
            return wins;
        }
        let Some([cpu, gpu]) = race(self) else {
            return false;
        };
        let wins = gpu <= cpu;
        tracing::info!(
            "{step}: {cpu:.1?} on the processor, {gpu:.1?} on {}",
            self.name()
        );
        if !wins {
            lock(self.remarks()).push(format!(
                "{step}: on the processor, which takes {cpu:.1?} for a sample where {} takes {gpu:.1?} \
                 (`--device gpu` takes the GPU for every step)",
                self.name()
            ));
        }
        lock(self.winners()).insert(step, wins);
        wins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faster_one_does_a_step_and_is_asked_for_once() {
        let Some(context) = crate::test_context() else {
            return;
        };
        let ms = Duration::from_millis;
        let times = |cpu: u64, gpu: u64| move |_: &GpuContext| Some([ms(cpu), ms(gpu)]);
        let auto = Compute::Faster(context.clone());
        assert!(auto.takes_gpu("one", times(5, 4)));
        assert!(auto.takes_gpu("one", times(4, 5)), "asked for once");
        assert!(auto.take_remarks().is_empty());
        assert!(!auto.takes_gpu("other", times(4, 5)));
        assert!(auto.take_remarks()[0].contains("on the processor"));
        // What cannot be raced for is asked again.
        assert!(!auto.takes_gpu("third", |_| None));
        assert!(auto.takes_gpu("third", times(2, 1)));
        assert!(Compute::Gpu(context).takes_gpu("other", times(1, 2)));
        assert!(!Compute::Cpu.takes_gpu("one", times(2, 1)));
    }

    #[test]
    fn device_choices_parse() {
        assert_eq!("auto".parse::<DeviceChoice>().unwrap(), DeviceChoice::Auto);
        assert_eq!("3".parse::<DeviceChoice>().unwrap(), DeviceChoice::Index(3));
        let error = "cuda".parse::<DeviceChoice>().unwrap_err().to_string();
        assert!(error.contains("`cuda`"), "{error}");
    }
}
