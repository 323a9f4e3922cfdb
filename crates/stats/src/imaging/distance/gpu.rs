use corelith_core::{Cancelled, Progress, Silent, Volume};
use corelith_gpu::shaders::shared::distance_brick::Brick;
use corelith_gpu::shaders::{distance_column, distance_row, distance_site};
use corelith_gpu::{Compute, GpuContext, GpuError, MayBeShort, Shortage, Work, race};

use rayon::prelude::*;

use super::squared_distance;
use crate::imaging::sample::sample_of;
use crate::imaging::zeroed::zeroed;

/// What notes say was done.
const TASK: &str = "measuring distances";

/// Why distances could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum DistanceError {
    /// The GPU failed, or cannot take a slice, or one row of all slices, at once.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl MayBeShort for DistanceError {
    fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::Gpu(error) => error.shortage(),
            Self::Cancelled(_) => None,
        }
    }
}

/// What a launch moves and does a voxel at most. Each of `distance_site` looks at no more sites than
/// a column has voxels, and one more for each voxel that it takes.
const VOXEL: Work = Work::of(1, 12, 20);

/// [`squared_distance`] on the chosen device. Where all spacings are equal the result is the same
/// on every device; else it agrees to the rounding of `f32`. Where the memory or the limits of the
/// GPU do not do, the processor measures.
///
/// # Errors
/// When the device fails, or when the user asked to stop.
pub fn squared_distance_on(
    compute: &Compute,
    mask: &Volume<u8>,
    progress: &dyn Progress,
) -> Result<Volume<f32>, DistanceError> {
    let [nz, ny, nx] = mask.shape();
    let brick = compute.gpu().map_or(1, GpuContext::max_binding_bytes);
    let brick = brick.min(4 * mask.len() as u64);
    // Below, not even a slice fits.
    let least = (4 * nx * ny.max(nz)) as u64;
    let spacing = mask.spacing();
    let is_cubic = spacing.x_um == spacing.y_um && spacing.x_um == spacing.z_um;
    // Where devices differ by their rounding, the clock must not decide on the result.
    let takes_gpu = !is_cubic
        || compute.takes_gpu(TASK, |gpu| {
            let sample = sample_of(mask)?;
            let brick = gpu.max_binding_bytes();
            race(
                || squared_distance(&sample, &Silent),
                || squared_distance_gpu(&sample, &Silent, gpu, brick).ok(),
            )
        });
    let compute = if takes_gpu { compute } else { &Compute::Cpu };
    let found = compute.on_gpu(TASK, least..=brick, |gpu, brick_bytes| {
        squared_distance_gpu(mask, progress, gpu, brick_bytes)
    })?;
    match found {
        Some(found) => Ok(found),
        None => Ok(squared_distance(mask, progress)?),
    }
}

/// [`squared_distance`] on the GPU, in bricks of at most `brick_bytes`: slabs of whole slices for
/// the first two axes, then slabs of whole rows over all slices for the third.
///
/// # Errors
/// When one slice, or one row of all slices, is larger than a brick, when the device fails, or when
/// the user asked to stop.
pub fn squared_distance_gpu(
    mask: &Volume<u8>,
    progress: &dyn Progress,
    gpu: &GpuContext,
    brick_bytes: u64,
) -> Result<Volume<f32>, DistanceError> {
    let [nz, ny, nx] = mask.shape();
    let spacing = mask.spacing();
    let mut distance = zeroed(mask.shape(), spacing);
    if mask.is_empty() {
        return Ok(distance);
    }
    // A brick is indexed in 32 bits.
    let limit = brick_bytes.min(gpu.max_binding_bytes()).min(1 << 33);
    let bytes = |rows: usize| 4 * (rows * nx) as u64;
    let (slices, rows) = (limit / bytes(ny), limit / bytes(nz));
    if slices == 0 || rows == 0 {
        let too_large = GpuError::BindingTooLarge {
            label: format!("the smallest brick of {nz} x {ny} x {nx} distances (z, y, x)"),
            bytes: bytes(ny.max(nz)),
            limit,
            adapter: gpu.name(),
        };
        return Err(too_large.into());
    }
    let (slices, rows) = (nz.min(slices as usize), ny.min(rows as usize));
    let step = |across: f64| (across / spacing.x_um).powi(2) as f32;
    let (y_step, z_step) = (step(spacing.y_um), step(spacing.z_um));

    progress.start("measuring distances", nz as u64);
    let area = ny * nx;
    for (out, mask) in distance
        .data_mut()
        .chunks_mut(slices * area)
        .zip(mask.data().chunks(slices * area))
    {
        progress.check()?;
        let depth = mask.len() / area;
        let mut brick = Passes::of_mask(gpu, mask, [depth, ny, nx])?;
        brick.along(nx, ny, y_step)?;
        if depth == nz {
            brick.along(area, nz, z_step)?;
        }
        gpu.read_into(&brick.found, 0, out)?;
        progress.advance(depth as u64);
    }
    if slices < nz {
        for first in (0..ny).step_by(rows) {
            progress.check()?;
            let stretch = first * nx..ny.min(first + rows) * nx;
            let height = stretch.len() / nx;
            let slab: Vec<f32> = (0..nz)
                .flat_map(|z| distance.slice(z)[stretch.clone()].iter().copied())
                .collect();
            let mut brick = Passes::of_distances(gpu, &slab, [nz, height, nx])?;
            brick.along(stretch.len(), nz, z_step)?;
            let found: Vec<f32> = gpu.read(&brick.found)?;
            for (slice, found) in distance
                .data_mut()
                .chunks_exact_mut(area)
                .zip(found.chunks_exact(stretch.len()))
            {
                slice[stretch.clone()].copy_from_slice(found);
            }
        }
    }
    distance.data_mut().par_iter_mut().for_each(|distance| {
        if *distance >= distance_row::FAR {
            *distance = f32::INFINITY;
        }
    });
    progress.finish();
    Ok(distance)
}

/// A brick on its way through the passes.
struct Passes<'a> {
    gpu: &'a GpuContext,
    shape: [usize; 3],
    /// What the passes so far have found.
    found: wgpu::Buffer,
    /// Where the next pass writes.
    next: wgpu::Buffer,
}

impl<'a> Passes<'a> {
    /// After the pass along x.
    fn of_mask(gpu: &'a GpuContext, mask: &[u8], shape: [usize; 3]) -> Result<Self, GpuError> {
        // Four voxels a word; the rest of the last is never looked at.
        let bytes = gpu.storage("mask", mask)?;
        let found = gpu.output("squared distances", 4 * mask.len() as u64)?;
        let passes = Self::new(gpu, found, shape)?;
        let brick = passes.brick(1, 1, 1.0);
        let mut commands = gpu.commands("distances along x");
        for (slices, work) in VOXEL.parts(gpu, brick.nz, passes.slice_voxels()) {
            let origin = slices.start;
            let workgroups = [1, brick.ny, slices.len() as u32];
            commands.run(
                &distance_row::KERNEL.launch(Brick { origin, ..brick }, workgroups, work),
                [&bytes, &passes.found],
            )?;
        }
        commands.submit()?;
        Ok(passes)
    }

    /// Of squared distances within slices.
    fn of_distances(
        gpu: &'a GpuContext,
        distances: &[f32],
        shape: [usize; 3],
    ) -> Result<Self, GpuError> {
        Self::new(gpu, gpu.storage("squared distances", distances)?, shape)
    }

    fn new(gpu: &'a GpuContext, found: wgpu::Buffer, shape: [usize; 3]) -> Result<Self, GpuError> {
        let next = gpu.output("next squared distances", found.size())?;
        Ok(Self {
            gpu,
            shape,
            found,
            next,
        })
    }

    /// The pass along columns of `length` voxels that lie `stride` apart.
    fn along(&mut self, stride: usize, length: usize, step: f32) -> Result<(), GpuError> {
        let brick = self.brick(stride, length, step);
        let voxels = brick.nx * brick.ny * brick.nz;
        // Columns side by side along x, and rows of them.
        let rows = voxels / brick.length / brick.nx;
        let mut commands = self.gpu.commands("distances along a further axis");
        let of_row = u64::from(brick.nx) * u64::from(brick.length);
        let mut gap = 1 << brick.length.ilog2();
        while gap > 0 {
            let of_column = brick.length.div_ceil(gap).div_ceil(2);
            for (rows, work) in VOXEL.parts(self.gpu, rows, of_row) {
                let origin = rows.start;
                let columns = [brick.nx, rows.len() as u32, of_column];
                commands.run(
                    &distance_site::KERNEL.launch_over(
                        Brick {
                            gap,
                            origin,
                            ..brick
                        },
                        columns,
                        work,
                    ),
                    [&self.found, &self.next],
                )?;
            }
            gap /= 2;
        }
        for (slices, work) in VOXEL.parts(self.gpu, brick.nz, self.slice_voxels()) {
            let origin = slices.start;
            let voxels = [brick.nx, brick.ny, slices.len() as u32];
            commands.run(
                &distance_column::KERNEL.launch_over(Brick { origin, ..brick }, voxels, work),
                [&self.found, &self.next],
            )?;
        }
        commands.submit()?;
        std::mem::swap(&mut self.found, &mut self.next);
        Ok(())
    }

    fn brick(&self, stride: usize, length: usize, step: f32) -> Brick {
        let [nz, ny, nx] = self.shape.map(|n| n as u32);
        Brick {
            nx,
            ny,
            nz,
            stride: stride as u32,
            length: length as u32,
            step,
            gap: 1,
            origin: 0,
        }
    }

    fn slice_voxels(&self) -> u64 {
        (self.shape[1] * self.shape[2]) as u64
    }
}
