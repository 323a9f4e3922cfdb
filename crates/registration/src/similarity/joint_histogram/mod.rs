//! Joint histograms of map classes and CT grey values for a batch of poses: the kernel
//! `shaders/joint_histogram.wgsl` and its CPU twin, equal to the last count.

mod block;
mod cells;
mod cpu;
mod gpu;
mod instructions;
#[cfg(test)]
mod reference;
mod shares;

use std::sync::OnceLock;

use corelith_core::CtFromMap;
use corelith_gpu::{Compute, GpuContext, GpuError, race};

pub use cpu::CpuVolume;
pub use gpu::GpuVolume;

use crate::ct::quantised_volume::QuantisedVolume;
use crate::similarity::samples::Samples;
use crate::similarity::shader::{CLASSES, GREY_BINS, POSITION_BITS};

/// Counts of one histogram: category by grey bin.
pub const BINS: usize = (CLASSES * GREY_BINS) as usize;

/// A pose in the fixed-point numbers of the kernel: `du`, `dv` and the position of the samples'
/// origin pixel, in voxels of the quantised volume, then three unused words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub struct FixedPose(pub [i32; 12]);

impl FixedPose {
    /// Rounds `pose` to the fixed-point grid of a volume coarsened `factor` times.
    pub fn new(pose: &CtFromMap, samples: &Samples, factor: usize) -> Self {
        let one = f64::from(1u32 << POSITION_BITS);
        let factor = factor as f64;
        let origin = pose.apply(f64::from(samples.origin_col), f64::from(samples.origin_row));
        let (du, dv) = (pose.du_vox(), pose.dv_vox());
        let mut words = [0; 12];
        for axis in 0..3 {
            words[axis] = (du[axis] / factor * one).round() as i32;
            words[3 + axis] = (dv[axis] / factor * one).round() as i32;
            let start = (origin[axis] - (factor - 1.0) / 2.0) / factor;
            words[6 + axis] = (start * one).round() as i32;
        }
        Self(words)
    }
}

/// Fills joint histograms on the device of a stage; where its memory or its limits do not do, on
/// the processor.
pub struct Scorer {
    volume: QuantisedVolume,
    compute: Compute,
    on_gpu: Option<GpuVolume>,
    /// Made when it is needed.
    on_cpu: OnceLock<CpuVolume>,
}

/// Samples of all poses together from which on it is worth knowing where they are compared sooner.
const LEAST_RACED: usize = 1 << 20;

/// What notes say was done.
const TASK: &str = "comparing poses";

impl Scorer {
    /// Prepares `volume` for `compute`: a GPU gets its copy, in as many bricks as it needs, the
    /// CPU one of four bytes a voxel.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(volume: QuantisedVolume, compute: &Compute) -> Result<Self, GpuError> {
        let bytes = volume.data().len().max(1) as u64;
        let most = compute.gpu().map_or(1, GpuContext::max_binding_bytes);
        let on_gpu = compute.on_gpu(TASK, 1..=most.min(bytes + 4), |context, slab_bytes| {
            GpuVolume::new(context, &volume, slab_bytes)
        })?;
        Ok(Self {
            volume,
            compute: compute.clone(),
            on_gpu,
            on_cpu: OnceLock::new(),
        })
    }

    /// One histogram of [`BINS`] counts a pose: `SAMPLE_WEIGHT` for every sample that falls into
    /// the volume, at `category * GREY_BINS + grey bin`.
    ///
    /// # Errors
    /// When the device fails.
    pub fn histograms(&self, samples: &Samples, poses: &[FixedPose]) -> Result<Vec<u32>, GpuError> {
        if let Some(volume) = &self.on_gpu
            && self.takes_gpu(volume, samples, poses)
        {
            let batches = 1..=gpu::POSES_PER_BATCH.min(poses.len()).max(1) as u64;
            let found = self.compute.on_gpu(TASK, batches, |_, poses_at_once| {
                volume.histograms(samples, poses, poses_at_once as usize)
            })?;
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Ok(self.on_cpu().histograms(samples, poses))
    }

    fn on_cpu(&self) -> &CpuVolume {
        self.on_cpu.get_or_init(|| CpuVolume::new(&self.volume))
    }

    /// Where poses are compared sooner.
    fn takes_gpu(&self, volume: &GpuVolume, samples: &Samples, poses: &[FixedPose]) -> bool {
        self.compute.takes_gpu(TASK, |_| {
            if samples.len() * poses.len() < LEAST_RACED {
                return None;
            }
            let cpu = self.on_cpu();
            race(
                || cpu.histograms(samples, poses),
                || volume.histograms(samples, poses, poses.len()).ok(),
            )
        })
    }

    /// Voxels of the full volume along a side of the scored one.
    pub fn factor(&self) -> usize {
        self.volume.factor()
    }
}
