use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;

use super::cpu::label_taken;
use super::gpu::slices_of_a_binding;
use super::{
    Component, Components, ComponentsError, Connectivity, Values, Voxel, label_gpu,
    label_with_statistics_gpu, statistics,
};

/// Labels the connected components of `volume` on the chosen device; the result is the same on
/// every device. Volumes whose slices do not fit the GPU are labelled on the processor, which gives
/// the volume up before there are labels: 4 bytes a voxel at most for those, and its runs.
///
/// # Errors
/// See [`super::label`] and [`label_gpu`].
pub fn label_on<T: Voxel>(
    compute: &Compute,
    volume: Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
) -> Result<Components, ComponentsError> {
    let Some(gpu) = compute.gpu() else {
        return label_taken(volume, connectivity, values, progress);
    };
    match label_gpu(&volume, connectivity, values, progress, gpu) {
        Err(error @ ComponentsError::SliceTooLarge { .. }) => {
            tracing::info!("{error}: labelling on the processor");
            label_taken(volume, connectivity, values, progress)
        }
        result => result,
    }
}

/// [`label_on`], and what [`statistics`] finds of the labels.
///
/// # Errors
/// See [`super::label`] and [`label_gpu`].
///
/// # Examples
/// ```
/// use corelith_core::{Silent, Spacing, Volume};
/// use corelith_gpu::Compute;
/// use corelith_stats::components::{Connectivity, Values, label_with_statistics_on};
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
    if let Some(gpu) = compute.gpu() {
        match slices_of_a_binding(volume.shape(), gpu) {
            Ok(slices) => {
                return label_with_statistics_gpu(
                    &volume,
                    connectivity,
                    values,
                    progress,
                    gpu,
                    slices,
                );
            }
            Err(error) => tracing::info!("{error}: labelling on the processor"),
        }
    }
    let found = label_taken(volume, connectivity, values, progress)?;
    let components = statistics(&found.labels);
    Ok((found, components))
}
