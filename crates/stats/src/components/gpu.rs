use bytemuck::{Pod, Zeroable};
use corelith_core::{LabelError, Progress, Volume};
use corelith_gpu::{GpuContext, shaders};
use rayon::prelude::*;

use super::cpu::join_seam;
use super::runs::SlabComponents;
use super::seams::Seams;
use super::{Components, ComponentsError, Connectivity, Values};

/// Host side of `shared/label_brick.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Brick {
    nx: u32,
    ny: u32,
    nz: u32,
    reach: u32,
}

/// Labels the connected components of `volume` on the GPU, as [`super::label`] does on the
/// processor: the same ids.
///
/// The volume goes through in slabs as thick as a binding allows.
///
/// # Errors
/// When one slice does not fit a binding, when the device fails, when there are more components
/// than `u32` can number, or when the user asked to stop.
pub fn label_gpu<T: Copy + Eq + Default + Send + Sync + Into<u32>>(
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
    gpu: &GpuContext,
) -> Result<Components, ComponentsError> {
    let [nz, ny, nx] = volume.shape();
    let slice_bytes = (4 * ny * nx).max(1) as u64;
    // Voxels are numbered in 32 bits, one of which stands for background.
    let slices = gpu.max_binding_bytes().min(1 << 33) / slice_bytes;
    if slices == 0 {
        return Err(ComponentsError::SliceTooLarge {
            nx,
            ny,
            limit: gpu.max_binding_bytes(),
            adapter: gpu.name(),
        });
    }
    label_gpu_in_slabs(
        volume,
        connectivity,
        values,
        progress,
        gpu,
        nz.min(slices as usize).max(1),
    )
}

/// Like [`label_gpu`], in slabs of `slices` slices; the thickness does not change the result.
///
/// # Errors
/// See [`label_gpu`].
///
/// # Panics
/// When `slices` is 0.
pub fn label_gpu_in_slabs<T: Copy + Eq + Default + Send + Sync + Into<u32>>(
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
    gpu: &GpuContext,
    slices: usize,
) -> Result<Components, ComponentsError> {
    let [nz, ny, nx] = volume.shape();
    let area = ny * nx;
    let mut labels = Volume::filled(volume.shape(), volume.spacing(), 0u32);
    if volume.is_empty() {
        return Ok(Components { labels, count: 0 });
    }
    progress.start("labelling components", nz as u64);
    let mut counts = Vec::new();
    for (out, slab) in labels
        .data_mut()
        .chunks_mut(slices * area)
        .zip(volume.data().chunks(slices * area))
    {
        progress.check()?;
        let (found, count) = label_slab(slab, (ny, nx), connectivity, values, gpu)?;
        out.copy_from_slice(&found);
        counts.push(count);
        progress.advance((slab.len() / area) as u64);
    }
    let slabs = counts.len();
    let mut seams = Seams::new(counts)?;
    for seam in 1..slabs {
        let first_slice = seam * slices;
        let runs_of = |z: usize| SlabComponents::of_labels(labels.slice(z), nx);
        join_seam(
            (&runs_of(first_slice - 1), volume.slice(first_slice - 1)),
            (&runs_of(first_slice), volume.slice(first_slice)),
            (ny, nx),
            connectivity,
            values,
            |a, b| seams.join(seam - 1, a, b),
        );
    }
    let numbering = seams.finish();
    if slabs > 1 {
        for (index, slab) in labels.data_mut().chunks_mut(slices * area).enumerate() {
            let number = numbering.of_slab(index);
            slab.par_iter_mut()
                .filter(|label| **label != 0)
                .for_each(|label| *label = number[*label as usize - 1] + 1);
        }
    }
    progress.finish();
    Ok(Components {
        labels,
        count: numbering.count,
    })
}

/// Labels one slab; ids from 1 by first voxel, and how many there are.
fn label_slab<T: Copy + Eq + Default + Send + Sync + Into<u32>>(
    slab: &[T],
    (ny, nx): (usize, usize),
    connectivity: Connectivity,
    values: Values,
    gpu: &GpuContext,
) -> Result<(Vec<u32>, u32), ComponentsError> {
    use shaders::label_flatten::{BLOCK, BLOCKS_X};
    let nz = slab.len() / (ny * nx);
    let brick = Brick {
        nx: nx as u32,
        ny: ny as u32,
        nz: nz as u32,
        reach: match connectivity {
            Connectivity::Six => 1,
            Connectivity::Eighteen => 2,
            Connectivity::TwentySix => 3,
        },
    };
    let words: Vec<u32> = match values {
        Values::Multi => slab.par_iter().map(|&v| v.into()).collect(),
        Values::Binary => slab
            .par_iter()
            .map(|&v| u32::from(v != T::default()))
            .collect(),
    };
    let blocks = (slab.len() as u32).div_ceil(BLOCK);
    let bytes = 4 * slab.len() as u64;
    let brick = gpu.uniform("brick", &brick);
    // Holds the values until the components are joined, the numbers of the roots afterwards.
    let values = gpu.storage("values", &words)?;
    let labels = gpu.storage_zeroed("labels", bytes)?;
    let block_roots = gpu.storage_zeroed("roots of blocks", 4 * (u64::from(blocks) + 1))?;

    let rows = [nx as u32, ny as u32, nz as u32];
    let by_block = [blocks.min(BLOCKS_X), blocks.div_ceil(BLOCKS_X), 1];
    let mut commands = gpu.commands("labelling");
    for shader in [&shaders::label_runs::SHADER, &shaders::label_merge::SHADER] {
        commands.dispatch(shader, &[&brick, &values, &labels], shader.workgroups(rows))?;
    }
    commands.dispatch(
        &shaders::label_flatten::SHADER,
        &[&brick, &labels, &block_roots],
        by_block,
    )?;
    commands.dispatch(
        &shaders::label_scan::SHADER,
        &[&brick, &block_roots],
        [1, 1, 1],
    )?;
    commands.dispatch(
        &shaders::label_number::SHADER,
        &[&brick, &labels, &block_roots, &values],
        by_block,
    )?;
    commands.dispatch(
        &shaders::label_write::SHADER,
        &[&brick, &values, &labels],
        by_block,
    )?;
    commands.submit();
    let count = gpu.read::<u32>(&block_roots)?;
    let count = count.last().copied().ok_or(LabelError)?;
    Ok((gpu.read(&labels)?, count))
}
