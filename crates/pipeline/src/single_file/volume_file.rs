use std::path::PathBuf;

use corelith_core::{Progress, Spacing};
use corelith_io::{VolumeOptions, VolumeSource};

use crate::Error;

/// A volume in a file, in any format that is read.
#[derive(Debug, Clone)]
pub struct VolumeFile {
    /// The file.
    pub path: PathBuf,
    /// What of it is read.
    pub options: VolumeOptions,
}

impl VolumeFile {
    /// Opens it and says what there is to say of it. Where it states no spacing, results are in voxels.
    pub(super) fn open(&self, progress: &dyn Progress) -> Result<(VolumeSource, Spacing), Error> {
        let volume = VolumeSource::open_with(&self.path, &self.options)?;
        for note in volume.notes() {
            progress.say(&note);
        }
        let spacing = volume.spacing().unwrap_or_else(|| {
            progress.say(&format!(
                "warning: {} states no voxel size: results are in voxels, written as micrometres of 1",
                self.path.display()
            ));
            Spacing::isotropic(1.0)
        });
        Ok((volume, spacing))
    }
}
