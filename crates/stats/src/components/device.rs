use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;

use super::{Components, ComponentsError, Connectivity, Values, label, label_gpu};

/// Labels the connected components of `volume` on the chosen device; the result is the same on
/// every device. Volumes whose slices do not fit the GPU are labelled on the processor.
///
/// # Errors
/// See [`label`] and [`label_gpu`].
pub fn label_on<T: Copy + Eq + Default + Send + Sync + Into<u32>>(
    compute: &Compute,
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
) -> Result<Components, ComponentsError> {
    let Some(gpu) = compute.gpu() else {
        return label(volume, connectivity, values, progress);
    };
    match label_gpu(volume, connectivity, values, progress, gpu) {
        Err(error @ ComponentsError::SliceTooLarge { .. }) => {
            tracing::info!("{error}: labelling on the processor");
            label(volume, connectivity, values, progress)
        }
        result => result,
    }
}
