use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use corelith_core::{Progress, Silent};
use corelith_gpu::Compute;
use corelith_registration::joint_histogram::{CpuVolume, GpuVolume};
use corelith_stats::imaging::components::{self, Connectivity, Values};
use corelith_stats::imaging::distance::squared_distance_on;
use corelith_unet::burn_device;
use serde::Serialize;

use super::Plan;
use super::network::{OnNoise, operations};
use super::place::Place;
use super::roof::Roof;
use super::taught::Taught;
use super::timing::Timing;
use super::volumes::{Posed, blobs};
use crate::Error;

/// What came out, to hold one place against another.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// Whole numbers: equal everywhere.
    Exact(u64),
    /// Floats: equal to within [`TOLERANCE`] of the largest.
    Floats(Vec<f32>),
}

/// How far floats of two places may differ, of the largest of them.
const TOLERANCE: f32 = 1e-3;

impl Outcome {
    fn exact<T: std::hash::Hash>(values: &[T]) -> Self {
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        Self::Exact(hasher.finish())
    }

    fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Floats(a), Self::Floats(b)) => {
                let largest = b.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| (a - b).abs() <= TOLERANCE * largest)
            }
            (a, b) => a == b,
        }
    }
}

/// What a step gives; nothing but the step is timed.
enum Found {
    /// Whole numbers.
    Words(Vec<u32>),
    /// Floats that are equal everywhere.
    Exact(Vec<f32>),
    /// Floats that are equal to rounding.
    Floats(Vec<f32>),
}

impl From<Found> for Outcome {
    fn from(found: Found) -> Self {
        match found {
            Found::Words(words) => Self::exact(&words),
            Found::Exact(floats) => {
                let bits: Vec<u32> = floats.iter().map(|value| value.to_bits()).collect();
                Self::exact(&bits)
            }
            Found::Floats(floats) => Self::Floats(floats),
        }
    }
}

/// A step that is ready to run again and again.
type Step = Box<dyn FnMut() -> Result<Found, Error>>;

/// Makes a step ready at a place.
type Prepare = Box<dyn Fn(&Place) -> Result<Step, Error> + Sync>;

/// Something that is timed.
pub(super) struct Task {
    /// What it is.
    pub name: &'static str,
    /// Its size.
    of: String,
    /// Bytes that it has to read and write at least, and floating-point operations that it has to
    /// do; one of them bounds it.
    bound: Bound,
    prepare: Prepare,
}

enum Bound {
    Bytes(f64),
    Operations(f64),
    /// By what, depends on the place.
    Open,
}

/// Every launch of a kernel in one run of a task.
#[derive(Debug, Serialize)]
struct KernelShare {
    stem: &'static str,
    launches: usize,
    seconds: f64,
}

/// One task at one place.
#[derive(Debug, Serialize)]
pub(super) struct TaskTime {
    pub task: &'static str,
    pub of: String,
    place: String,
    timing: Option<Timing>,
    /// Share of what the place can do at most, percent.
    share_of_roof_pct: Option<f64>,
    /// How many times as fast as one thread.
    speedup: Option<f64>,
    /// Whether the result is that of the first place.
    agrees: Option<bool>,
    /// Where the time of an adapter goes, the longest first; kernels that Burn launches are not told.
    kernels: Vec<KernelShare>,
    /// Why it was not done.
    failed: Option<String>,
}

impl Task {
    /// Times the task everywhere.
    ///
    /// # Errors
    /// When the user asks to stop.
    pub(super) fn times(
        &self,
        places: &[Place],
        roofs: &[Roof],
        quick: bool,
        progress: &dyn Progress,
    ) -> Result<Vec<TaskTime>, Error> {
        let budget = Duration::from_millis(if quick { 700 } else { 5000 });
        let mut reference: Option<(Timing, Outcome)> = None;
        let mut times = Vec::new();
        for (place, roof) in places.iter().zip(roofs) {
            progress.check()?;
            let mut time = TaskTime {
                task: self.name,
                of: self.of.clone(),
                place: place.name(),
                timing: None,
                share_of_roof_pct: None,
                speedup: None,
                agrees: None,
                kernels: Vec::new(),
                failed: None,
            };
            let timed = place.run(|| {
                let mut step = (self.prepare)(place)?;
                let (timing, found) = Timing::of(budget, &mut step)?;
                Ok::<_, Error>((timing, found, kernels(place, step)?))
            });
            match timed {
                Err(error) => time.failed = Some(error.to_string()),
                Ok((timing, found, kernels)) => {
                    time.kernels = kernels;
                    let outcome = Outcome::from(found);
                    let least_s = match self.bound {
                        Bound::Bytes(bytes) => roof.copy_bytes_per_s.map(|rate| bytes / rate),
                        Bound::Operations(n) => roof.operations_per_s.map(|rate| n / rate),
                        Bound::Open => None,
                    };
                    time.timing = Some(timing);
                    time.share_of_roof_pct = least_s.map(|s| 100.0 * s / timing.median_s);
                    let (first, expected) = reference.get_or_insert((timing, outcome.clone()));
                    time.speedup = Some(first.median_s / timing.median_s);
                    time.agrees = Some(outcome.agrees_with(expected));
                }
            }
            times.push(time);
            progress.advance(1);
        }
        Ok(times)
    }
}

/// What the kernels of an adapter take in one run more.
fn kernels(place: &Place, step: Step) -> Result<Vec<KernelShare>, Error> {
    let Place::Adapter(gpu, _) = place else {
        return Ok(Vec::new());
    };
    let (done, times) = gpu.time_kernels(step);
    done?;
    let mut shares: Vec<KernelShare> = Vec::new();
    for time in times {
        let seconds = time.duration.as_secs_f64();
        match shares.iter_mut().find(|share| share.stem == time.stem) {
            Some(share) => {
                share.launches += 1;
                share.seconds += seconds;
            }
            None => shares.push(KernelShare {
                stem: time.stem,
                launches: 1,
                seconds,
            }),
        }
    }
    shares.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    Ok(shares)
}

impl fmt::Display for TaskTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<32}", self.place)?;
        let Some(timing) = self.timing else {
            let why = self.failed.as_deref().unwrap_or("not done");
            return write!(f, " {why}");
        };
        write!(f, " {timing}")?;
        if let Some(speedup) = self.speedup {
            write!(f, "  x {speedup:<5.2}")?;
        }
        if let Some(share) = self.share_of_roof_pct {
            write!(f, "  {share:3.0} % of the roof")?;
        }
        if self.agrees == Some(false) {
            write!(f, "  ANOTHER RESULT than the first")?;
        }
        for kernel in &self.kernels {
            let KernelShare {
                stem,
                launches,
                seconds,
            } = kernel;
            write!(
                f,
                "\n    {stem:<30} {:8.3} ms, {launches} launches",
                1e3 * seconds
            )?;
        }
        Ok(())
    }
}

/// Everything that is timed.
///
/// # Errors
/// When a task cannot be set.
pub(super) fn tasks(plan: &Plan) -> Result<Vec<Task>, Error> {
    let [side, poses, patch] = if plan.quick {
        [128, 64, 32]
    } else {
        [256, 256, 64]
    };
    sized(side, poses, patch, plan.seed)
}

/// All tasks: volumes and network patches of these sides, and so many poses.
fn sized(side: usize, poses: usize, patch: usize, seed: u64) -> Result<Vec<Task>, Error> {
    Ok(vec![
        labels(side),
        distances(side),
        histograms(poses)?,
        inference(patch, seed),
        training_step(patch, seed),
        forest(side / 2, seed)?,
    ])
}

fn cubed(side: usize) -> String {
    format!("{side} x {side} x {side} voxels")
}

fn labels(side: usize) -> Task {
    let volume = Arc::new(blobs(side));
    Task {
        name: "connected components, 26 neighbours",
        of: cubed(side),
        // A byte read and four written a voxel.
        bound: Bound::Bytes(5.0 * (side as f64).powi(3)),
        prepare: Box::new(move |place| {
            let (connectivity, values) = (Connectivity::TwentySix, Values::Binary);
            let (compute, volume) = (place.compute(), Arc::clone(&volume));
            Ok(Box::new(move || {
                let found = match &compute {
                    Compute::Cpu => components::label(&volume, connectivity, values, &Silent)?,
                    Compute::Gpu(gpu) | Compute::Faster(gpu) => {
                        components::label_gpu(&volume, connectivity, values, &Silent, gpu)?
                    }
                };
                Ok(Found::Words(found.labels.into_data()))
            }))
        }),
    }
}

fn distances(side: usize) -> Task {
    let volume = Arc::new(blobs(side));
    Task {
        name: "distances to the surface",
        of: cubed(side),
        // A byte read and four written a voxel.
        bound: Bound::Bytes(5.0 * (side as f64).powi(3)),
        prepare: Box::new(move |place| {
            let (compute, volume) = (place.compute(), Arc::clone(&volume));
            Ok(Box::new(move || {
                let found = squared_distance_on(&compute, &volume, &Silent)
                    .map_err(corelith_stats::imaging::separation::SeparationError::from)?;
                Ok(Found::Exact(found.into_data()))
            }))
        }),
    }
}

fn histograms(poses: usize) -> Result<Task, Error> {
    let posed = Arc::new(Posed::new(96, poses)?);
    Ok(Task {
        name: "joint histograms of poses",
        of: format!("{poses} poses of 64 x 64 pixels in {}", cubed(96)),
        bound: Bound::Open,
        prepare: Box::new(move |place| {
            let posed = Arc::clone(&posed);
            Ok(match place.compute() {
                Compute::Cpu => {
                    let volume = CpuVolume::new(&posed.volume);
                    Box::new(move || {
                        Ok(Found::Words(
                            volume.histograms(&posed.samples, &posed.poses),
                        ))
                    })
                }
                Compute::Gpu(gpu) | Compute::Faster(gpu) => {
                    let volume = GpuVolume::new(&gpu, &posed.volume, gpu.max_binding_bytes())?;
                    Box::new(move || {
                        let poses = &posed.poses;
                        let found = volume.histograms(&posed.samples, poses, poses.len())?;
                        Ok(Found::Words(found))
                    })
                }
            })
        }),
    })
}

fn inference(side: usize, seed: u64) -> Task {
    Task {
        name: "network, a tile",
        of: cubed(side),
        bound: Bound::Operations(operations(side)),
        prepare: Box::new(move |place| {
            let device = burn_device(&place.compute())?;
            let on_noise = OnNoise::new(side, seed, &device);
            Ok(Box::new(move || Ok(Found::Floats(on_noise.scores()))))
        }),
    }
}

fn training_step(side: usize, seed: u64) -> Task {
    Task {
        name: "network, a training step",
        of: cubed(side),
        // Each gradient costs as much as the way there.
        bound: Bound::Operations(3.0 * operations(side)),
        prepare: Box::new(move |place| {
            let device = burn_device(&place.compute())?;
            let on_noise = OnNoise::new(side, seed, &device.clone().autodiff());
            let mut optimizer = on_noise.optimizer(&device);
            Ok(Box::new(move || {
                Ok(Found::Floats(on_noise.step(&mut optimizer, &device)))
            }))
        }),
    }
}

fn forest(side: usize, seed: u64) -> Result<Task, Error> {
    let taught = Arc::new(Taught::new(side, seed)?);
    Ok(Task {
        name: "random forest, a volume",
        of: cubed(side),
        bound: Bound::Open,
        prepare: Box::new(move |place| {
            let (compute, taught) = (place.compute(), Arc::clone(&taught));
            Ok(Box::new(move || {
                let found = taught.forest.segment(&taught.scan(), &compute, &Silent)?;
                Ok(Found::Words(
                    found.data().iter().copied().map(u32::from).collect(),
                ))
            }))
        }),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]
mod tests {
    use corelith_gpu::{DeviceChoice, test_context};

    use super::super::place::places;
    use super::*;

    #[test]
    fn every_place_finds_the_same() {
        let mut places = places(DeviceChoice::Cpu).unwrap();
        places.extend(test_context().map(|gpu| Place::Adapter(gpu, DeviceChoice::Gpu)));
        for task in sized(24, 3, 8, 1).unwrap() {
            let outcomes = places
                .iter()
                .map(|place| place.run(|| (task.prepare)(place).unwrap()().unwrap()));
            let outcomes: Vec<Outcome> = outcomes.map(Outcome::from).collect();
            for (place, outcome) in places.iter().zip(&outcomes) {
                let name = place.name();
                assert!(outcome.agrees_with(&outcomes[0]), "{}: {name}", task.name);
            }
        }
    }

    #[test]
    fn results_that_differ_do_not_agree() {
        let floats = |values: &[f32]| Outcome::Floats(values.to_vec());
        assert!(floats(&[1.0, 100.0]).agrees_with(&floats(&[1.05, 100.0])));
        assert!(!floats(&[1.0, 100.0]).agrees_with(&floats(&[1.2, 100.0])));
        assert!(!floats(&[f32::NAN]).agrees_with(&floats(&[1.0])));
        assert!(!Outcome::exact(&[1, 2]).agrees_with(&Outcome::exact(&[2, 1])));
    }
}
