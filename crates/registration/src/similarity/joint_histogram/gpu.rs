use corelith_gpu::shaders::joint_histogram::{KERNEL, Params};
use corelith_gpu::{GpuContext, GpuError, Work};

use super::{BINS, FixedPose};
use crate::ct::quantised_volume::QuantisedVolume;
use crate::similarity::samples::Samples;

/// Samples that one workgroup counts before it merges into the pose's histogram.
const SAMPLES_PER_GROUP: u32 = 2048;
/// Poses of one batch: bounds the histograms held on the device to 32 MiB.
pub(super) const POSES_PER_BATCH: usize = 16384;
/// What a sample takes under a pose: eight voxels to interpolate between, mostly from a cache.
const BYTES: u64 = 8;
const OPERATIONS: u64 = 120;

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

    /// See [`Scorer::histograms`](super::Scorer::histograms); `most_poses` of them at a time.
    ///
    /// # Errors
    /// When the device fails.
    pub fn histograms(
        &self,
        samples: &Samples,
        poses: &[FixedPose],
        most_poses: usize,
    ) -> Result<Vec<u32>, GpuError> {
        if samples.is_empty() || poses.is_empty() {
            return Ok(vec![0; poses.len() * BINS]);
        }
        let gpu = &self.context;
        let sample_words = gpu.storage("joint histogram: samples", &samples.packed)?;
        let groups = (samples.len() as u32).div_ceil(SAMPLES_PER_GROUP);
        // Poses that a submission gets through.
        let at_once = Work::of(1, BYTES, OPERATIONS).most_elements(gpu) / samples.len() as u64;
        let at_once = (at_once as usize).clamp(1, poses.len());
        let mut counts = Vec::with_capacity(poses.len() * BINS);
        for batch in poses.chunks(most_poses.max(1)) {
            let pose_words = gpu.storage("joint histogram: poses", batch)?;
            let bytes = (batch.len() * BINS * size_of::<u32>()) as u64;
            let histograms = gpu.output("joint histogram: counts", bytes)?;
            let mut commands = gpu.commands("joint histogram");
            commands.clear(&histograms);
            for slab in &self.slabs {
                for first in (0..batch.len()).step_by(at_once) {
                    let now = at_once.min(batch.len() - first);
                    let params = Params {
                        shape: slab.shape,
                        origin: slab.origin,
                        samples: samples.len() as u32,
                        samples_per_group: SAMPLES_PER_GROUP,
                        first_pose: first as u32,
                        padding: 0,
                    };
                    let work = Work::of((now * samples.len()) as u64, BYTES, OPERATIONS);
                    commands.run(
                        &KERNEL.launch(params, [groups, now as u32, 1], work),
                        [&slab.voxels, &sample_words, &pose_words, &histograms],
                    )?;
                }
            }
            commands.submit()?;
            counts.extend(gpu.read::<u32>(&histograms)?);
        }
        Ok(counts)
    }
}
