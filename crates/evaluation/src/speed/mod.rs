//! How fast every step is on this machine: on one thread, on all, and on each adapter, with what
//! memory and arithmetic allow beside it; and what a scan of a given size would take.

mod estimate;
mod network;
mod place;
mod roof;
mod stages;
mod task;
mod taught;
mod timing;
mod volumes;

use std::fmt;

use corelith_core::{Progress, Within};
use corelith_gpu::{AdapterReport, DeviceChoice, adapter_reports};
use serde::Serialize;

use self::estimate::Estimate;
use self::roof::Roof;
use self::stages::StageTime;
use self::task::TaskTime;
use crate::Error;

/// What is timed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether small volumes and few repeats do.
    pub quick: bool,
    /// The adapter beside the processor: all real GPUs with `auto`, none with `cpu`.
    pub device: DeviceChoice,
    /// `[nz, ny, nx]` of a scan whose duration is estimated.
    pub shape_vox: Option<[usize; 3]>,
    /// Seed of phantoms and networks.
    pub seed: u64,
}

/// What was found, for people and as JSON to share.
#[derive(Debug, Serialize)]
pub struct Speed {
    version: &'static str,
    system: String,
    threads: usize,
    /// Memory that was free at the beginning, of the machine or of the control group that holds the program.
    free_memory_bytes: u64,
    adapters: Vec<AdapterReport>,
    roofs: Vec<Roof>,
    tasks: Vec<TaskTime>,
    stages: Vec<StageTime>,
    stages_shape_vox: [usize; 3],
    estimate: Option<Estimate>,
}

/// Times everything.
///
/// # Errors
/// When the wanted device is not there, a stage fails, or the user asks to stop. A task that an
/// adapter cannot do is a row that says so.
pub fn speed(plan: &Plan, progress: &dyn Progress) -> Result<Speed, Error> {
    let free_memory_bytes = corelith_memory::available_bytes();
    let places = place::places(plan.device)?;
    let tasks = task::tasks(plan)?;
    let steps = places.len() * (1 + tasks.len());
    progress.start("timing", steps as u64);
    let mut roofs = Vec::new();
    for place in &places {
        progress.check()?;
        roofs.push(Roof::measure(place, plan.quick));
        progress.advance(1);
    }
    let mut times = Vec::new();
    for task in &tasks {
        progress.remark(task.name);
        times.extend(task.times(&places, &roofs, plan.quick, progress)?);
    }
    progress.finish();
    let shape = stages::shape_vox(plan);
    let mut stages = Vec::new();
    for place in places.iter().filter(|place| place.runs_stages()) {
        stages.extend(stages::times(place, shape, plan, &Within(progress))?);
    }
    let estimate = plan
        .shape_vox
        .map(|wanted| Estimate::new(&stages, shape, wanted));
    Ok(Speed {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        threads: rayon::current_num_threads(),
        free_memory_bytes,
        adapters: adapter_reports(),
        roofs,
        tasks: times,
        stages,
        stages_shape_vox: shape,
        estimate,
    })
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "corelith {} on {}, {} threads, {:.1} GB of memory free",
            self.version,
            self.system,
            self.threads,
            self.free_memory_bytes as f64 / 1e9
        )?;
        for adapter in &self.adapters {
            writeln!(
                f,
                "adapter {}: {} ({}, {}), driver {}",
                adapter.index, adapter.name, adapter.backend, adapter.kind, adapter.driver
            )?;
        }
        writeln!(
            f,
            "\nMeasured roofs: copies within the memory, products of matrices of 32-bit floats"
        )?;
        for roof in &self.roofs {
            writeln!(f, "  {roof}")?;
        }
        writeln!(
            f,
            "\nSteps, transfers included: median of the repeats, and their spread"
        )?;
        let mut last = "";
        for time in &self.tasks {
            if time.task != last {
                writeln!(f, "{} ({})", time.task, time.of)?;
                last = time.task;
            }
            writeln!(f, "  {time}")?;
        }
        let [nz, ny, nx] = self.stages_shape_vox;
        writeln!(f, "\nStages, a phantom of {nz} x {ny} x {nx} voxels")?;
        for stage in &self.stages {
            writeln!(f, "  {stage}")?;
        }
        if let Some(estimate) = &self.estimate {
            write!(f, "\n{estimate}")?;
        }
        Ok(())
    }
}
