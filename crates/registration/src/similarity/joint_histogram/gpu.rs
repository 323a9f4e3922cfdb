use bytemuck::{Pod, Zeroable};
use corelith_gpu::shaders::joint_histogram::SHADER;
use corelith_gpu::{GpuContext, GpuError};

use super::{BINS, FixedPose};
use crate::ct::quantised_volume::QuantisedVolume;
use crate::similarity::samples::Samples;

/// Samples that one workgroup counts before it merges into the pose's histogram.
const SAMPLES_PER_GROUP: u32 = 2048;
/// Poses of one submission: bounds the histograms held on the device to 32 MiB.
const POSES_PER_BATCH: usize = 16384;

/// A quantised volume on a device, in slabs that each fit a binding. Neighbouring slabs share one
/// slice, so that every cell of eight voxels lies in exactly one.
pub struct GpuVolume {
    context: GpuContext,
    slabs: Vec<Slab>,
}

struct Slab {
    voxels: wgpu::Buffer,
    shape: [i32; 4],
    origin: [i32; 4],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Params {
    shape: [i32; 4],
    origin: [i32; 4],
    samples: u32,
    samples_per_group: u32,
    first_pose: u32,
    padding: u32,
}

impl GpuVolume {
    /// Uploads `volume` in slabs of at most `slab_bytes`, but of two slices at least.
    ///
    /// # Errors
    /// [`GpuError::BindingTooLarge`] when two slices do not fit a binding.
    pub fn new(
        context: &GpuContext,
        volume: &QuantisedVolume,
        slab_bytes: u64,
    ) -> Result<Self, GpuError> {
        let [nz, ny, nx] = volume.shape();
        let area = nx * ny;
        let slices = ((slab_bytes as usize).saturating_sub(4) / area.max(1)).max(2);
        let mut slabs = Vec::new();
        let mut first = 0;
        while first + 1 < nz {
            let end = (first + slices).min(nz);
            let mut bytes = volume.data()[first * area..end * area].to_vec();
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            slabs.push(Slab {
                voxels: context.storage("joint histogram: volume", &bytes)?,
                shape: [nx as i32, ny as i32, (end - first) as i32, 0],
                origin: [0, 0, first as i32, 0],
            });
            first = end - 1;
        }
        Ok(Self {
            context: context.clone(),
            slabs,
        })
    }

    /// Number of slabs that the volume was cut into.
    pub fn slabs(&self) -> usize {
        self.slabs.len()
    }

    /// See [`Scorer::histograms`](super::Scorer::histograms).
    ///
    /// # Errors
    /// When the device fails.
    pub fn histograms(&self, samples: &Samples, poses: &[FixedPose]) -> Result<Vec<u32>, GpuError> {
        if samples.is_empty() || poses.is_empty() {
            return Ok(vec![0; poses.len() * BINS]);
        }
        let gpu = &self.context;
        let sample_words = gpu.storage("joint histogram: samples", &samples.packed)?;
        let mut counts = Vec::with_capacity(poses.len() * BINS);
        for batch in poses.chunks(POSES_PER_BATCH) {
            let pose_words = gpu.storage("joint histogram: poses", batch)?;
            let bytes = (batch.len() * BINS * size_of::<u32>()) as u64;
            let histograms = gpu.storage_poisoned("joint histogram: counts", bytes)?;
            let mut commands = gpu.commands("joint histogram");
            commands.clear(&histograms);
            for slab in &self.slabs {
                let params = gpu.uniform(
                    "joint histogram: parameters",
                    &Params {
                        shape: slab.shape,
                        origin: slab.origin,
                        samples: samples.len() as u32,
                        samples_per_group: SAMPLES_PER_GROUP,
                        first_pose: 0,
                        padding: 0,
                    },
                );
                let groups = (samples.len() as u32).div_ceil(SAMPLES_PER_GROUP);
                commands.dispatch(
                    &SHADER,
                    &[
                        &params,
                        &slab.voxels,
                        &sample_words,
                        &pose_words,
                        &histograms,
                    ],
                    [groups, batch.len() as u32, 1],
                )?;
            }
            commands.submit();
            counts.extend(gpu.read::<u32>(&histograms)?);
        }
        Ok(counts)
    }
}
