//! Slices on another scale.

use corelith_core::{Raster, ShapeError, Volume};
use rayon::prelude::*;

use super::SliceScale;

/// How all slices are brought to one scale.
#[derive(Debug)]
pub(in crate::stack) struct Scales {
    /// Of every slice, first to last.
    pub slices: Vec<SliceScale>,
    /// Whether a column changes along z; others are padding.
    pub varies: Vec<bool>,
}

/// What came of it.
#[derive(Debug)]
pub(in crate::stack) struct Applied {
    /// Voxels that would lie outside the range of greys.
    pub clipped: u64,
    /// The section in the middle along y before, x to the right and z down.
    pub before: Raster<u16>,
    /// The same section afterwards.
    pub after: Raster<u16>,
}

/// A section in the middle along y, whose rows come slice by slice.
pub(in crate::stack) struct Section {
    /// `[nz, ny, nx]`.
    shape: [usize; 3],
    greys: Vec<u16>,
}

impl Section {
    /// Without a row yet.
    pub fn new(shape: [usize; 3]) -> Self {
        Self {
            shape,
            greys: Vec::with_capacity(shape[0] * shape[2]),
        }
    }

    /// Adds the row of the next slice.
    pub fn add(&mut self, slice: &[u16]) {
        let [_, ny, nx] = self.shape;
        self.greys.extend(&slice[ny / 2 * nx..][..nx]);
    }

    /// The section.
    ///
    /// # Errors
    /// When slices are missing.
    pub fn finish(self) -> Result<Raster<u16>, ShapeError> {
        Raster::new(self.greys, self.shape[0], self.shape[2])
    }

    fn of(volume: &Volume<u16>) -> Result<Raster<u16>, ShapeError> {
        let mut section = Self::new(volume.shape());
        (0..volume.shape()[0]).for_each(|z| section.add(volume.slice(z)));
        section.finish()
    }
}

impl Scales {
    /// Changes the greys of slice `z` but for padding and voxels without a value (grey 0); gives the
    /// number of voxels that would lie outside the range of greys.
    pub fn even(&self, z: usize, slice: &mut [u16]) -> u64 {
        let scale = self.slices[z];
        if scale.gain == 1.0 && scale.offset == 0.0 {
            return 0;
        }
        let evened: Vec<f64> = (0..=u16::MAX)
            .map(|grey| (scale.gain * f64::from(grey) + scale.offset).round())
            .collect();
        let mut outside = 0;
        for (grey, &varies) in slice.iter_mut().zip(&self.varies) {
            if !varies || *grey == 0 {
                continue;
            }
            let to = evened[usize::from(*grey)];
            outside += u64::from(!(0.0..=65_535.0).contains(&to));
            // Saturates.
            *grey = to as u16;
        }
        outside
    }

    /// Changes a volume in memory.
    ///
    /// # Errors
    /// None of a volume that is whole.
    pub fn apply(&self, volume: &mut Volume<u16>) -> Result<Applied, ShapeError> {
        let [_, ny, nx] = volume.shape();
        let before = Section::of(volume)?;
        let slices = volume.data_mut().par_chunks_mut(ny * nx).enumerate();
        let clipped = slices.map(|(z, slice)| self.even(z, slice)).sum();
        Ok(Applied {
            clipped,
            before,
            after: Section::of(volume)?,
        })
    }
}
