use corelith_core::{LabelError, Progress, Volume};
use corelith_gpu::shaders::shared::label_brick::Brick;
use corelith_gpu::shaders::shared::label_sums::Part;
use corelith_gpu::{GpuContext, GpuError, Work, shaders};
use rayon::prelude::*;
use shaders::label_statistics::MOST;

use super::bit_rows::{BitRows, WORD};
use super::moments::Moments;
use super::runs::Runs;
use super::seams::Seams;
use super::slab::{Rules, SlabComponents};
use super::statistics::{found_components, statistics};
use super::{Component, Components, ComponentsError, Connectivity, Values, Voxel};

/// What labelling moves and does a voxel and kernel, joining included, at most.
const VOXEL: Work = Work::of(1, 12, 100);

/// What the sums of components take a voxel, a run being a few voxels long.
const SUMMED_VOXEL: Work = Work::of(1, 12, 60);

/// Labels the connected components of `volume` on the GPU, as [`super::label`] does on the
/// processor: the same ids.
///
/// The volume goes through in slabs as thick as a binding allows.
///
/// # Errors
/// When one slice does not fit a binding, when the device fails, when there are more components
/// than `u32` can number, or when the user asked to stop.
pub fn label_gpu<T: Voxel>(
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
    gpu: &GpuContext,
) -> Result<Components, ComponentsError> {
    let slices = slices_of_a_slab(volume.shape(), gpu)?;
    label_gpu_in_slabs(volume, connectivity, values, progress, gpu, slices)
}

/// Like [`label_gpu`], in slabs of `slices` slices; the thickness does not change the result.
///
/// # Errors
/// See [`label_gpu`].
///
/// # Panics
/// When `slices` is 0.
pub fn label_gpu_in_slabs<T: Voxel>(
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
    gpu: &GpuContext,
    slices: usize,
) -> Result<Components, ComponentsError> {
    let rules = Rules::new(connectivity, values);
    let slabs = label_slabs(volume, rules, progress, gpu, slices, false)?;
    Ok(slabs.components)
}

/// Like [`label_gpu_in_slabs`], with what [`super::statistics`] would find: the GPU sums while it
/// has the labels of a slab.
///
/// # Errors
/// See [`label_gpu`].
///
/// # Panics
/// When `slices` is 0.
pub fn label_with_statistics_gpu<T: Voxel>(
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
    gpu: &GpuContext,
    slices: usize,
) -> Result<(Components, Vec<Component>), ComponentsError> {
    // Beyond, products of coordinates would not fit the sums.
    let can_sum = volume.shape().iter().all(|&n| n <= MOST as usize);
    let rules = Rules::new(connectivity, values);
    let slabs = label_slabs(volume, rules, progress, gpu, slices, can_sum)?;
    let statistics = if can_sum {
        found_components(&slabs.sums, volume.shape())
    } else {
        statistics(&slabs.components.labels)
    };
    Ok((slabs.components, statistics))
}

/// Slices of a volume of this shape that one binding holds as labels, at most all of them.
pub(super) fn slices_of_a_slab(
    [nz, ny, nx]: [usize; 3],
    gpu: &GpuContext,
) -> Result<usize, ComponentsError> {
    // The bits of a row are whole pairs of words.
    let slice_bytes = (4 * ny * nx.max(2)).max(1) as u64;
    let slice_bits = (ny * nx.next_multiple_of(WORD)).max(1) as u64;
    // Voxels are numbered in 32 bits, one of which stands for background, and bits in 32.
    let by_bytes = gpu.max_binding_bytes().min(1 << 33) / slice_bytes;
    let slices = by_bytes.min((1 << 32) / slice_bits);
    if slices == 0 {
        let too_large = GpuError::BindingTooLarge {
            label: format!("the labels of a slice of {nx} x {ny} voxels"),
            bytes: slice_bytes,
            limit: gpu.max_binding_bytes(),
            adapter: gpu.name(),
        };
        return Err(too_large.into());
    }
    Ok(nz.min(slices as usize).max(1))
}

/// A volume labelled slab by slab.
struct Slabs {
    components: Components,
    /// Sums over the voxels of each component, where wanted.
    sums: Vec<Moments>,
}

fn label_slabs<T: Voxel>(
    volume: &Volume<T>,
    rules: Rules,
    progress: &dyn Progress,
    gpu: &GpuContext,
    slices: usize,
    with_sums: bool,
) -> Result<Slabs, ComponentsError> {
    let grid = (volume.shape(), volume.spacing());
    let [nz, ny, nx] = volume.shape();
    let area = ny * nx;
    progress.start("labelling components", 2 * nz as u64);
    let (mut counts, mut slab_sums, mut slabs) = (Vec::new(), Vec::new(), Vec::new());
    for (index, voxels) in volume.data().chunks((slices * area).max(1)).enumerate() {
        progress.check()?;
        let rows: Vec<BitRows> = voxels
            .par_chunks(area)
            .map(|slice| BitRows::of_rows(slice, (ny, nx), rules.values))
            .collect();
        let labelled = LabelledSlab::new(voxels, &rows, (ny, nx), rules, gpu)?;
        if with_sums {
            slab_sums.push(labelled.sums(index * slices, gpu)?);
        }
        slabs.push(labelled.components(rows, gpu)?);
        counts.push(labelled.count);
        progress.advance((voxels.len() / area) as u64);
    }
    let mut seams = Seams::new(counts)?;
    for (index, pair) in slabs.windows(2).enumerate() {
        let first_slice = (index + 1) * slices;
        if let ([.., above], [below, ..]) = (&pair[0][..], &pair[1][..]) {
            below.join_above(
                volume.slice(first_slice),
                (above, volume.slice(first_slice - 1)),
                rules,
                |a, b| seams.join(index, a, b),
            );
        }
    }
    let numbering = seams.finish();
    for (index, slab) in slabs.iter_mut().enumerate() {
        slab.par_iter_mut()
            .for_each(|slice| numbering.renumber(index, &mut slice.component));
    }
    let count = numbering.count;
    let mut sums = vec![Moments::default(); if with_sums { count as usize } else { 0 }];
    for (index, of_slab) in slab_sums.iter().enumerate() {
        let mut ids: Vec<u32> = (1..=of_slab.len() as u32).collect();
        numbering.renumber(index, &mut ids);
        for (&id, part) in ids.iter().zip(of_slab) {
            sums[id as usize - 1].merge(part);
        }
    }
    let slabs = slabs.into_iter().flatten().collect();
    Ok(Slabs {
        components: Runs::of_slabs(grid, 1, slabs, count).write(progress)?,
        sums,
    })
}

/// Words of all slices.
fn joined(slices: &[BitRows], words: impl Fn(&BitRows) -> &[u64]) -> Vec<u64> {
    slices.iter().map(words).collect::<Vec<_>>().concat()
}

/// Number of runs before each word of all slices, and of all runs.
fn runs_before_words(slices: &[BitRows]) -> (Vec<u32>, u32) {
    let mut count = 0;
    let mut firsts = Vec::with_capacity(slices.len());
    for rows in slices {
        firsts.push(count);
        count += rows.runs();
    }
    let before: Vec<Vec<u32>> = firsts
        .into_par_iter()
        .zip(slices)
        .map(|(first, rows)| rows.runs_before_words().map(|runs| first + runs).collect())
        .collect();
    (before.concat(), count)
}

/// A slab that is labelled on the GPU.
struct LabelledSlab {
    shape: [usize; 3],
    /// Ids from 1 by first voxel, 0 for background.
    labels: wgpu::Buffer,
    /// Ids of the runs, in the order of their first voxels.
    runs: wgpu::Buffer,
    count: u32,
}

impl LabelledSlab {
    /// Labels `slab`, slices of `ny` rows of `nx` voxels, whose `rows` are known slice by slice.
    fn new<T: Voxel>(
        slab: &[T],
        rows: &[BitRows],
        (ny, nx): (usize, usize),
        rules: Rules,
        gpu: &GpuContext,
    ) -> Result<Self, ComponentsError> {
        use shaders::label_flatten::{BLOCK, BLOCKS_X};
        let nz = slab.len() / (ny * nx);
        let (value_bits, pitch) = match rules.values {
            Values::Binary => (1, nx.next_multiple_of(WORD)),
            Values::Multi => (8 * size_of::<T>(), nx),
        };
        let brick = Brick {
            nx: nx as u32,
            ny: ny as u32,
            nz: nz as u32,
            reach: match rules.connectivity {
                Connectivity::Six => 1,
                Connectivity::Eighteen => 2,
                Connectivity::TwentySix => 3,
            },
            value_bits: value_bits as u32,
            pitch: pitch as u32,
            origin: 0,
        };
        let blocks = (slab.len() as u32).div_ceil(BLOCK);
        let values = match rules.values {
            Values::Binary => gpu.storage("values", &joined(rows, BitRows::set))?,
            Values::Multi => gpu.storage("values", slab)?,
        };
        let starts = gpu.storage("starts of runs", &joined(rows, BitRows::starts))?;
        let (before, run_count) = runs_before_words(rows);
        let before = gpu.storage("runs before words", &before)?;
        let numbers = gpu.output("numbers of roots", 4 * slab.len() as u64)?;
        let labels = gpu.output("labels", 4 * slab.len() as u64)?;
        let runs = gpu.output("labels of runs", 4 * u64::from(run_count))?;
        let block_roots = gpu.output("roots of blocks", 4 * (u64::from(blocks) + 1))?;

        let mut commands = gpu.commands("labelling");
        let parts_of_slices = || VOXEL.parts(gpu, brick.nz, (ny * nx) as u64);
        for kernel in [&shaders::label_runs::KERNEL, &shaders::label_merge::KERNEL] {
            for (slices, work) in parts_of_slices() {
                let origin = slices.start;
                let voxels = [brick.nx, brick.ny, slices.len() as u32];
                commands.run(
                    &kernel.launch_over(Brick { origin, ..brick }, voxels, work),
                    [&values, &labels],
                )?;
            }
        }
        // Launches over rows of blocks of voxels.
        let parts_of_blocks = || {
            let rows = blocks.div_ceil(BLOCKS_X);
            let of_row = u64::from(blocks.min(BLOCKS_X)) * u64::from(BLOCK);
            VOXEL.parts(gpu, rows, of_row).map(|(rows, work)| {
                let origin = rows.start * BLOCKS_X;
                let workgroups = [(blocks - origin).min(BLOCKS_X), rows.len() as u32, 1];
                (Brick { origin, ..brick }, workgroups, work)
            })
        };
        for (brick, workgroups, work) in parts_of_blocks() {
            commands.run(
                &shaders::label_flatten::KERNEL.launch(brick, workgroups, work),
                [&labels, &block_roots],
            )?;
        }
        let scan = Work::of(blocks.into(), 8, 16);
        commands.run(
            &shaders::label_scan::KERNEL.launch(brick, [1, 1, 1], scan),
            [&block_roots],
        )?;
        for (brick, workgroups, work) in parts_of_blocks() {
            commands.run(
                &shaders::label_number::KERNEL.launch(brick, workgroups, work),
                [&labels, &block_roots, &numbers],
            )?;
        }
        for (brick, workgroups, work) in parts_of_blocks() {
            commands.run(
                &shaders::label_write::KERNEL.launch(brick, workgroups, work),
                [&numbers, &starts, &before, &labels, &runs],
            )?;
        }
        commands.submit()?;
        let count = gpu.read_part::<u32>(&block_roots, blocks as usize, 1)?;
        let count = count.last().copied().ok_or(LabelError)?;
        Ok(Self {
            shape: [nz, ny, nx],
            labels,
            runs,
            count,
        })
    }

    /// The components of its slices, whose runs `rows` knows.
    fn components(
        &self,
        rows: Vec<BitRows>,
        gpu: &GpuContext,
    ) -> Result<Vec<SlabComponents>, ComponentsError> {
        let run_count = rows.iter().map(|part| part.runs() as usize).sum();
        let ids = gpu.read_part::<u32>(&self.runs, 0, run_count)?;
        let mut rest = ids.as_slice();
        let slices = rows.into_iter().map(|rows| {
            let (ids, others) = rest.split_at(rows.runs() as usize);
            rest = others;
            SlabComponents::of_runs(rows, ids, self.count)
        });
        Ok(slices.collect())
    }

    /// Sums over the voxels of each component, for a slab that starts at `first_slice`; for so many
    /// components at a time that the sums take no more memory than the labels.
    fn sums(&self, first_slice: usize, gpu: &GpuContext) -> Result<Vec<Moments>, ComponentsError> {
        use shaders::label_statistics::{KERNEL, ROWS, SLICES, TILE, WORDS};
        let [nz, ny, nx] = self.shape.map(|n| n as u32);
        let voxels = nx * ny * nz;
        let at_once = (voxels / WORDS).max(1);
        let mut sums = Vec::with_capacity(self.count as usize);
        let mut left = self.count;
        while left > 0 {
            let ids = left.min(at_once);
            let part = Part {
                nx,
                ny,
                nz,
                first_slice: first_slice as u32,
                first_id: self.count - left + 1,
                ids,
                origin: 0,
            };
            let words = gpu.output("sums", 4 * u64::from(WORDS * ids))?;
            let mut commands = gpu.commands("statistics");
            commands.clear(&words);
            let of_layer = u64::from(SLICES) * u64::from(ny) * u64::from(nx);
            for (layers, work) in SUMMED_VOXEL.parts(gpu, nz.div_ceil(SLICES), of_layer) {
                let origin = layers.start;
                let workgroups = [nx.div_ceil(TILE), ny.div_ceil(ROWS), layers.len() as u32];
                commands.run(
                    &KERNEL.launch(Part { origin, ..part }, workgroups, work),
                    [&self.labels, &words],
                )?;
            }
            commands.submit()?;
            let words = gpu.read::<u32>(&words)?;
            sums.extend(words.as_chunks().0.iter().map(Moments::from_words));
            left -= ids;
        }
        Ok(sums)
    }
}
