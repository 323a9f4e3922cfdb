use std::path::PathBuf;

use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;
use corelith_io::Depth;
use corelith_stats::imaging::components::{
    Components, Connectivity, Values, Voxel, component_table, label_on, label_with_statistics_on,
};

use super::VolumeFile;
use crate::{Error, tell_notes};

/// Labels the connected components of a volume.
#[derive(Debug, Clone)]
pub struct Label {
    /// The volume; 0 is background.
    pub input: VolumeFile,
    /// Where the labels go (TIFF, 32 bit).
    pub output: PathBuf,
    /// Which voxels touch.
    pub connectivity: Connectivity,
    /// Whether only voxels of equal value connect.
    pub values: Values,
    /// Where size, bounding box, centroid and moments of every component go (CSV), where wanted.
    pub statistics: Option<PathBuf>,
}

impl Label {
    /// Writes the labels and counts the components.
    ///
    /// # Errors
    /// When a file cannot be read or written, there are too many components, the device fails, or the user
    /// asks to stop.
    pub fn run(&self, compute: &Compute, progress: &dyn Progress) -> Result<u32, Error> {
        let (volume, spacing) = self.input.open(progress)?;
        // In as few bytes a voxel as the rules need.
        let found = match (self.values, volume.depth()) {
            (Values::Binary, _) => self.of(volume.read_mask(spacing, progress)?, compute, progress),
            (Values::Multi, Depth::U8) => {
                self.of(volume.read::<u8>(spacing, progress)?, compute, progress)
            }
            (Values::Multi, Depth::U16) => {
                self.of(volume.read::<u16>(spacing, progress)?, compute, progress)
            }
            (Values::Multi, _) => {
                self.of(volume.read::<u32>(spacing, progress)?, compute, progress)
            }
        }?;
        tell_notes(compute, progress);
        corelith_io::write_volume(&self.output, &found.labels, progress)?;
        Ok(found.count)
    }

    /// The components, their statistics written where wanted.
    fn of<T: Voxel>(
        &self,
        volume: Volume<T>,
        compute: &Compute,
        progress: &dyn Progress,
    ) -> Result<Components, Error> {
        let (connectivity, values) = (self.connectivity, self.values);
        let refused = |reason| Error::Label {
            path: self.input.path.clone(),
            reason: Box::new(reason),
        };
        let Some(path) = &self.statistics else {
            return label_on(compute, volume, connectivity, values, progress).map_err(refused);
        };
        let (found, statistics) =
            label_with_statistics_on(compute, volume, connectivity, values, progress)
                .map_err(refused)?;
        corelith_io::write_csv(path, &component_table(&statistics))?;
        Ok(found)
    }
}
