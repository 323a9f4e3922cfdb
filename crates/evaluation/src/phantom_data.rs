//! A phantom on disk: a user's data, with the truth beside it.

use std::path::{Path, PathBuf};

use corelith_core::Progress;
use corelith_io::{Dataset, DatasetMap, Role};
use corelith_phantom::{MapRole, Phantom};

use crate::Error;

/// Folder of the truth, beside the project file.
pub const TRUTH: &str = "truth";
/// True class of every voxel, in that folder.
pub(crate) const TRUTH_PHASES: &str = "phases.tif";
/// True particle of every voxel, in that folder.
pub(crate) const TRUTH_PARTICLES: &str = "particles.tif";

/// True position of every pixel of a map, in the folder of the truth.
pub(crate) fn truth_coordinates(map: &str) -> String {
    format!("{map}_coords.tif")
}

/// Writes the phantom as a user's data, and the truth in the formats of the results. Returns the
/// project file.
///
/// # Errors
/// When a file cannot be written.
pub fn write_phantom(
    folder: &Path,
    name: &str,
    fraction_um: &str,
    made: &Phantom,
    progress: &dyn Progress,
) -> Result<PathBuf, Error> {
    let truth = folder.join(TRUTH);
    corelith_io::write_volume(&truth.join(TRUTH_PHASES), &made.phases, progress)?;
    corelith_io::write_volume(&truth.join(TRUTH_PARTICLES), &made.particles, progress)?;
    let mut maps = Vec::with_capacity(made.maps.len());
    for (i, map) in made.maps.iter().enumerate() {
        corelith_io::write_map_coordinates(
            &truth.join(truth_coordinates(&format!("map_{i}"))),
            map.coords_vox.each_ref(),
            made.pixel_size_um,
        )?;
        maps.push(DatasetMap {
            classes: map.classes.clone(),
            bse: map.bse.clone(),
            role: match map.role {
                MapRole::Training => Role::Training,
                MapRole::Validation => Role::Validation,
            },
        });
    }
    let dataset = Dataset {
        name: name.to_owned(),
        fraction_um: fraction_um.to_owned(),
        ct: made.ct.clone(),
        maps,
        minerals: made.minerals.clone(),
        pixel_size_um: made.pixel_size_um,
    };
    Ok(corelith_io::write_dataset(folder, &dataset, progress)?)
}
