use bytemuck::{Pod, Zeroable};
use corelith_core::{Cancelled, Progress, Volume};
use corelith_gpu::{Compute, GpuContext, GpuError, shaders};

use super::squared_distance;
use crate::imaging::zeroed::zeroed;

/// Why distances could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum DistanceError {
    /// A row or a column of rows that the GPU cannot take at once.
    #[error(
        "distances of {nz} x {ny} x {nx} voxels (z, y, x): a brick takes at least {least} bytes, \
         a binding of {adapter} holds {limit}; use `--device cpu`"
    )]
    BrickTooLarge {
        /// Columns.
        nx: usize,
        /// Rows.
        ny: usize,
        /// Slices.
        nz: usize,
        /// Bytes of the smallest brick.
        least: u64,
        /// Bytes that a binding may hold.
        limit: u64,
        /// Name of the adapter.
        adapter: String,
    },
    /// The GPU failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// [`squared_distance`] on the chosen device. Where all spacings are equal the result is the same
/// on every device; else it agrees to the rounding of `f32`. Volumes too large for the GPU are
/// measured on the processor.
///
/// # Errors
/// When the device fails, or when the user asked to stop.
pub fn squared_distance_on(
    compute: &Compute,
    mask: &Volume<u8>,
    progress: &dyn Progress,
) -> Result<Volume<f32>, DistanceError> {
    let Some(gpu) = compute.gpu() else {
        return Ok(squared_distance(mask, progress)?);
    };
    match squared_distance_gpu(mask, progress, gpu, gpu.max_binding_bytes()) {
        Err(error @ DistanceError::BrickTooLarge { .. }) => {
            tracing::info!("{error}: measuring on the processor");
            Ok(squared_distance(mask, progress)?)
        }
        result => result,
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
        return Err(DistanceError::BrickTooLarge {
            nx,
            ny,
            nz,
            least: bytes(ny.max(nz)),
            limit,
            adapter: gpu.name(),
        });
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
        out.copy_from_slice(&brick.finish()?);
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
            let found = brick.finish()?;
            for (slice, found) in distance
                .data_mut()
                .chunks_exact_mut(area)
                .zip(found.chunks_exact(stretch.len()))
            {
                slice[stretch.clone()].copy_from_slice(found);
            }
        }
    }
    for distance in distance.data_mut() {
        if *distance >= shaders::distance_row::FAR {
            *distance = f32::INFINITY;
        }
    }
    progress.finish();
    Ok(distance)
}

/// Host side of `shared/distance_brick.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Brick {
    nx: u32,
    ny: u32,
    nz: u32,
    stride: u32,
    length: u32,
    step: f32,
    unused: [u32; 2],
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
        let mut bytes = mask.to_vec();
        // Four voxels a word.
        bytes.resize(mask.len().next_multiple_of(4), 0);
        let bytes = gpu.storage("mask", &bytes)?;
        let found = gpu.storage_zeroed("squared distances", 4 * mask.len() as u64)?;
        let passes = Self::new(gpu, found, shape)?;
        let [nz, ny, _] = shape;
        passes.dispatch(
            &shaders::distance_row::SHADER,
            [1, ny as u32, nz as u32],
            (1, 1, 1.0),
            [&bytes, &passes.found],
        )?;
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
        let next = gpu.storage_zeroed("next squared distances", found.size())?;
        Ok(Self {
            gpu,
            shape,
            found,
            next,
        })
    }

    /// The pass along columns of `length` voxels that lie `stride` apart.
    fn along(&mut self, stride: usize, length: usize, step: f32) -> Result<(), GpuError> {
        let shader = &shaders::distance_column::SHADER;
        let [nz, ny, nx] = self.shape.map(|n| n as u32);
        self.dispatch(
            shader,
            shader.workgroups([nx, ny, nz]),
            (stride, length, step),
            [&self.found, &self.next],
        )?;
        std::mem::swap(&mut self.found, &mut self.next);
        Ok(())
    }

    fn dispatch(
        &self,
        shader: &'static corelith_gpu::Shader,
        workgroups: [u32; 3],
        (stride, length, step): (usize, usize, f32),
        [from, to]: [&wgpu::Buffer; 2],
    ) -> Result<(), GpuError> {
        let [nz, ny, nx] = self.shape.map(|n| n as u32);
        let brick = self.gpu.uniform(
            "brick",
            &Brick {
                nx,
                ny,
                nz,
                stride: stride as u32,
                length: length as u32,
                step,
                unused: [0; 2],
            },
        );
        let mut commands = self.gpu.commands("distances");
        commands.dispatch(shader, &[&brick, from, to], workgroups)?;
        commands.submit();
        Ok(())
    }

    fn finish(self) -> Result<Vec<f32>, GpuError> {
        self.gpu.read(&self.found)
    }
}
