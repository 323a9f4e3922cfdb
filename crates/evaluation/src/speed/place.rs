use corelith_gpu::{Compute, DeviceChoice, GpuContext, GpuError, adapter_reports};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Where something is computed.
pub(super) enum Place {
    /// One thread of the processor.
    OneThread(ThreadPool),
    /// All threads of the processor.
    AllThreads,
    /// An adapter, and how stages are told to take it.
    Adapter(GpuContext, DeviceChoice),
}

/// The processor, and the adapters that `device` means: all real GPUs with `auto`.
///
/// # Errors
/// When an adapter that was named is not there or cannot be opened.
pub(super) fn places(device: DeviceChoice) -> Result<Vec<Place>, GpuError> {
    let mut places = Vec::new();
    if let Ok(pool) = ThreadPoolBuilder::new().num_threads(1).build() {
        places.push(Place::OneThread(pool));
    }
    if rayon::current_num_threads() > 1 || places.is_empty() {
        places.push(Place::AllThreads);
    }
    match device {
        DeviceChoice::Cpu => {}
        DeviceChoice::Auto => {
            for adapter in adapter_reports().iter().filter(|adapter| adapter.is_real) {
                places.push(Place::adapter(DeviceChoice::Index(adapter.index))?);
            }
        }
        named => places.push(Place::adapter(named)?),
    }
    Ok(places)
}

impl Place {
    fn adapter(choice: DeviceChoice) -> Result<Self, GpuError> {
        Ok(Self::Adapter(GpuContext::open(choice)?, choice))
    }

    /// For people.
    pub(super) fn name(&self) -> String {
        match self {
            Self::OneThread(_) => "cpu, 1 thread".to_owned(),
            Self::AllThreads => format!("cpu, {} threads", rayon::current_num_threads()),
            Self::Adapter(gpu, _) => gpu.name(),
        }
    }

    /// How stages are told to compute there.
    pub(super) fn choice(&self) -> DeviceChoice {
        match self {
            Self::OneThread(_) | Self::AllThreads => DeviceChoice::Cpu,
            Self::Adapter(_, choice) => *choice,
        }
    }

    /// The same, opened.
    pub(super) fn compute(&self) -> Compute {
        match self {
            Self::OneThread(_) | Self::AllThreads => Compute::Cpu,
            Self::Adapter(gpu, _) => Compute::Gpu(gpu.clone()),
        }
    }

    /// Whether whole stages are timed there: where users run them.
    pub(super) fn runs_stages(&self) -> bool {
        match self {
            Self::OneThread(_) => false,
            Self::AllThreads => true,
            Self::Adapter(gpu, _) => gpu.is_real(),
        }
    }

    /// Does `work` there.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self {
            Self::OneThread(pool) => pool.install(work),
            Self::AllThreads | Self::Adapter(..) => work(),
        }
    }
}
