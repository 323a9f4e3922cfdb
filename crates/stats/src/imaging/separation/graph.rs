use corelith_core::{Cancelled, Progress, Volume};
use rayon::prelude::*;

use super::saddles::{Contacts, Saddle};
use super::shapes::{Outlines, Shape};
use super::watershed::{Maximum, Scratch, Watershed};

/// Slices that a thread takes at a time. Ways up that leave them are followed anew, and a copy of the
/// heights of each first slice is kept: fewer would cost time and, in all, memory too.
const SLICES: usize = 32;

/// The basins of a volume of heights, and what tells whether two of them are one particle.
pub(super) struct Graph {
    /// That of basin 1 first.
    pub(super) maxima: Vec<Maximum>,
    /// Shapes of the basins, that of basin 1 first.
    pub(super) shapes: Vec<Shape>,
    /// Highest first.
    pub(super) saddles: Vec<Saddle>,
}

impl Graph {
    /// Finds the basins of some heights; they take the place of the heights, from 1, 0 outside.
    ///
    /// Memory: a byte a voxel beside the heights, and some slices a thread.
    pub(super) fn of(
        height: Volume<f32>,
        progress: &dyn Progress,
    ) -> Result<(Self, Volume<u32>), Cancelled> {
        Self::by_slabs(height, SLICES, progress)
    }

    fn by_slabs(
        mut height: Volume<f32>,
        slices: usize,
        progress: &dyn Progress,
    ) -> Result<(Self, Volume<u32>), Cancelled> {
        let watershed = Watershed::of(&height);
        progress.check()?;
        let [nz, ny, nx] = height.shape();
        let area = ny * nx;
        // A slab needs the first slice of the next one, whose heights may have given way to basins.
        let first_slices: Vec<Vec<f32>> = (0..nz)
            .step_by(slices)
            .filter(|_| area > 0)
            .map(|z| height.slice(z).to_vec())
            .collect();
        let slabs = height
            .data_mut()
            .par_chunks_mut((slices * area).max(1))
            .enumerate()
            .map_init(Scratch::default, |scratch, (slab, heights)| {
                progress.check()?;
                let first = slab * slices;
                let next = first_slices.get(slab + 1);
                let next = next.map_or(&[][..], Vec::as_slice);
                let end = (first + slices + 1).min(nz);
                let basins = watershed.basins(first..end, scratch);
                let contacts = Contacts::of(basins, [heights, next], [ny, nx]);
                let own = &basins[..heights.len()];
                let outlines = Outlines::of(own, first, [ny, nx]);
                bytemuck::cast_slice_mut(heights).copy_from_slice(own);
                Ok((contacts, outlines))
            })
            .collect::<Result<Vec<(Contacts, Outlines)>, Cancelled>>()?;
        let (contacts, outlines): (Vec<_>, Vec<_>) = slabs.into_iter().unzip();
        let maxima = watershed.into_maxima();
        let graph = Self {
            shapes: Outlines::shapes(outlines, maxima.len()),
            saddles: Contacts::saddles(contacts),
            maxima,
        };
        Ok((graph, as_basins(height)))
    }
}

/// The numbers that took the place of heights.
fn as_basins(height: Volume<f32>) -> Volume<u32> {
    let (shape, spacing) = (height.shape(), height.spacing());
    let basins = bytemuck::cast_vec(height.into_data());
    Volume::new(basins, shape, spacing).expect("as many as there were heights")
}
