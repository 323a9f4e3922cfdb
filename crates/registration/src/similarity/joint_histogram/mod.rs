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

use corelith_core::CtFromMap;
use corelith_gpu::{Compute, GpuError};

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

/// Fills joint histograms on the device of a stage.
pub struct Scorer {
    volume: DeviceVolume,
    factor: usize,
}

enum DeviceVolume {
    Cpu(CpuVolume),
    Gpu(GpuVolume),
}

impl Scorer {
    /// Prepares `volume` for `compute`: a GPU gets its copy, in as many bricks as it needs, the
    /// CPU one of four bytes a voxel.
    ///
    /// # Errors
    /// When the device cannot hold a brick.
    pub fn new(volume: &QuantisedVolume, compute: &Compute) -> Result<Self, GpuError> {
        let on_device = match compute.gpu() {
            Some(context) => DeviceVolume::Gpu(GpuVolume::new(
                context,
                volume,
                context.max_binding_bytes(),
            )?),
            None => DeviceVolume::Cpu(CpuVolume::new(volume)),
        };
        Ok(Self {
            volume: on_device,
            factor: volume.factor(),
        })
    }

    /// One histogram of [`BINS`] counts a pose: `SAMPLE_WEIGHT` for every sample that falls into
    /// the volume, at `category * GREY_BINS + grey bin`.
    ///
    /// # Errors
    /// When the device fails.
    pub fn histograms(&self, samples: &Samples, poses: &[FixedPose]) -> Result<Vec<u32>, GpuError> {
        match &self.volume {
            DeviceVolume::Cpu(volume) => Ok(volume.histograms(samples, poses)),
            DeviceVolume::Gpu(volume) => volume.histograms(samples, poses),
        }
    }

    /// Voxels of the full volume along a side of the scored one.
    pub fn factor(&self) -> usize {
        self.factor
    }
}
