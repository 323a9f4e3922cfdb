use corelith_core::{Progress, Silent, Volume};
use corelith_gpu::{Compute, race};

use super::cpu::label_taken;
use super::gpu::slices_of_a_slab;
use super::{
    Component, Components, ComponentsError, Connectivity, Values, Voxel, label, label_gpu,
    label_gpu_in_slabs, label_with_statistics_gpu, statistics,
};
use crate::imaging::sample::sample_of;

/// What notes say was done.
const TASK: &str = "labelling components";

/// Labels the connected components of `volume` on the chosen device; the result is the same on
/// every device. Where the memory or the limits of the GPU do not do, the processor labels, which
/// gives the volume up before there are labels: 4 bytes a voxel at most for those, and its runs.
///
/// # Errors
/// See [`super::label`] and [`label_gpu_in_slabs`].
pub fn label_on<T: Voxel>(
    compute: &Compute,
    volume: Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
) -> Result<Components, ComponentsError> {
    let bricks = 1..=most_slices(compute, volume.shape());
    let compute = faster(compute, &volume, connectivity, values);
    let found = compute.on_gpu(TASK, bricks, |gpu, slices| {
        slices_of_a_slab(volume.shape(), gpu)?;
        let slices = slices as usize;
        label_gpu_in_slabs(&volume, connectivity, values, progress, gpu, slices)
    })?;
    match found {
        Some(found) => Ok(found),
        None => label_taken(volume, connectivity, values, progress),
    }
}

/// Where labels are found sooner.
fn faster<'a, T: Voxel>(
    compute: &'a Compute,
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
) -> &'a Compute {
    let takes_gpu = compute.takes_gpu(TASK, |gpu| {
        let sample = sample_of(volume)?;
        race(
            || label(&sample, connectivity, values, &Silent),
            || label_gpu(&sample, connectivity, values, &Silent, gpu).ok(),
        )
    });
    if takes_gpu { compute } else { &Compute::Cpu }
}

/// Slices of the thickest slab that the GPU takes.
fn most_slices(compute: &Compute, shape: [usize; 3]) -> u64 {
    let most = compute.gpu().map(|gpu| slices_of_a_slab(shape, gpu));
    // Why no slice fits is said by the labelling itself.
    most.and_then(Result::ok).unwrap_or(1) as u64
}

/// [`label_on`], and what [`statistics`] finds of the labels.
///
/// # Errors
/// See [`super::label`] and [`label_gpu_in_slabs`].
///
/// # Examples
/// ```
/// use corelith_core::{Silent, Spacing, Volume};
/// use corelith_gpu::Compute;
/// use corelith_stats::imaging::components::{Connectivity, Values, label_with_statistics_on};
///
/// let volume = Volume::new(vec![2u8, 2, 0, 7], [1, 1, 4], Spacing::isotropic(1.0)).unwrap();
/// let (found, statistics) = label_with_statistics_on(
///     &Compute::Cpu,
///     volume,
///     Connectivity::TwentySix,
///     Values::Multi,
///     &Silent,
/// )
/// .unwrap();
/// assert_eq!(found.labels.data(), [1, 1, 0, 2]);
/// assert_eq!(statistics[0].voxels, 2);
/// assert_eq!(statistics[0].centroid_vox, [0.5, 0.0, 0.0]);
/// assert_eq!(statistics[1].bounds_vox, [[3, 0, 0], [3, 0, 0]]);
/// assert!(statistics[1].touches_border);
/// ```
pub fn label_with_statistics_on<T: Voxel>(
    compute: &Compute,
    volume: Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
) -> Result<(Components, Vec<Component>), ComponentsError> {
    let bricks = 1..=most_slices(compute, volume.shape());
    let compute = faster(compute, &volume, connectivity, values);
    let found = compute.on_gpu(TASK, bricks, |gpu, slices| {
        slices_of_a_slab(volume.shape(), gpu)?;
        let slices = slices as usize;
        label_with_statistics_gpu(&volume, connectivity, values, progress, gpu, slices)
    })?;
    if let Some(found) = found {
        return Ok(found);
    }
    let found = label_taken(volume, connectivity, values, progress)?;
    let components = statistics(&found.labels);
    Ok((found, components))
}
