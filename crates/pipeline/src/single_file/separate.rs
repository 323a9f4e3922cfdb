use std::path::PathBuf;

use corelith_core::Progress;
use corelith_gpu::Compute;
use corelith_stats::imaging::separation::{Settings, separate_on};

use super::VolumeFile;
use crate::{Error, tell_notes};

/// Takes the touching particles of a mask apart, by the mask alone.
#[derive(Debug, Clone)]
pub struct Separate {
    /// The mask: 0 is background, anything else is solid.
    pub mask: VolumeFile,
    /// Where the labels of particles go (TIFF, 32 bit).
    pub output: PathBuf,
}

impl Separate {
    /// Writes the labels and counts the particles.
    ///
    /// # Errors
    /// When a file cannot be read or written, the device fails, or the user asks to stop.
    pub fn run(&self, compute: &Compute, progress: &dyn Progress) -> Result<u32, Error> {
        let (volume, spacing) = self.mask.open(progress)?;
        let mask = volume.read_mask(spacing, progress)?;
        let particles = separate_on(compute, mask, None, &Settings::default(), progress)?;
        tell_notes(compute, progress);
        corelith_io::write_volume(&self.output, &particles, progress)?;
        Ok(particles.data().iter().max().copied().unwrap_or(0))
    }
}
