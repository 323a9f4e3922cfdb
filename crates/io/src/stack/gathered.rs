//! What is gathered of the greys of a CT in one pass over its slices.

use std::path::Path;

use corelith_core::Volume;
use rayon::prelude::*;

use super::alternating::Turns;
use super::breaks::Thumbnails;
use super::column_ranges::ColumnRanges;
use super::neighbours::Neighbours;
use super::slice_checks::{Greys, Levels};
use crate::Error;

/// Slices of a volume in memory that are looked at in one go.
const SLAB: usize = 16;

/// Statistics of a CT: little for each slice and for each column, whatever the volume holds.
pub(super) struct Gathered {
    /// `[nz, ny, nx]`.
    pub shape: [usize; 3],
    /// Voxels of every grey.
    pub counts: Vec<u64>,
    /// Of every slice.
    pub greys: Vec<Greys>,
    /// Of the slices that hold more than one grey.
    pub levels: Levels,
    pub thumbnails: Thumbnails,
    pub columns: ColumnRanges,
    pub turns: Turns,
    pub neighbours: Neighbours,
}

impl Gathered {
    /// Of no slice yet.
    pub fn new(shape: [usize; 3]) -> Self {
        Self {
            shape,
            counts: vec![0; 1 << 16],
            greys: Vec::with_capacity(shape[0]),
            levels: Levels::new(shape),
            thumbnails: Thumbnails::new(shape),
            columns: ColumnRanges::new(shape),
            turns: Turns::new(shape),
            neighbours: Neighbours::new(shape),
        }
    }

    /// Of a volume in memory.
    pub fn of(volume: &Volume<u16>) -> Self {
        let mut gathered = Self::new(volume.shape());
        let slices: Vec<&[u16]> = (0..volume.shape()[0]).map(|z| volume.slice(z)).collect();
        for slab in slices.chunks(SLAB) {
            gathered.add(slab);
        }
        gathered
    }

    /// Adds the next slices.
    pub fn add(&mut self, slab: &[&[u16]]) {
        let first = self.greys.len();
        let greys: Vec<Greys> = slab.par_iter().map(|slice| Greys::of(slice)).collect();
        let alive: Vec<(usize, &[u16])> = (first..)
            .zip(slab.iter().copied())
            .zip(&greys)
            .filter_map(|(slice, greys)| greys.constant.is_none().then_some(slice))
            .collect();
        self.levels.add(&alive);
        self.thumbnails.add(&alive);
        self.columns.add(&alive);
        for (z, slice) in (first..).zip(slab) {
            self.turns.add(slice);
            self.neighbours.add(z, slice);
        }
        self.greys.extend(greys);
        let counts = slab.par_iter().fold(no_counts, |mut counts, slice| {
            slice
                .iter()
                .for_each(|grey| counts[usize::from(*grey)] += 1);
            counts
        });
        let counts = counts.reduce(no_counts, |mut all, counts| {
            all.iter_mut().zip(counts).for_each(|(a, b)| *a += b);
            all
        });
        self.counts
            .iter_mut()
            .zip(counts)
            .for_each(|(all, more)| *all += more);
    }

    /// Number of voxels.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }

    /// The lowest and the highest grey.
    pub fn range(&self) -> Option<[u16; 2]> {
        let is_there = |grey: &u16| self.counts[usize::from(*grey)] > 0;
        let low = (0..=u16::MAX).find(is_there)?;
        Some([low, (0..=u16::MAX).rev().find(is_there)?])
    }

    /// Fails where no slice of the CT in `path` shows anything.
    ///
    /// # Errors
    /// [`Error::Volume`].
    pub fn check(&self, path: &Path) -> Result<(), Error> {
        if self.greys.iter().any(|greys| greys.constant.is_none()) {
            return Ok(());
        }
        Err(Error::Volume {
            path: path.to_owned(),
            problem: format!(
                "each of the {} slices holds one grey only, so the CT shows nothing; export it anew, or name \
                 the files of the scan",
                self.greys.len()
            ),
        })
    }

    /// Slices that hold more than one grey.
    pub fn alive(&self) -> Vec<usize> {
        (0..self.greys.len())
            .filter(|&z| self.greys[z].constant.is_none())
            .collect()
    }

    /// Voxels of one grey in slices that have no other, and in columns that have no other in the
    /// rest.
    pub fn padding(&self, grey: u16) -> u64 {
        let constant = || self.greys.iter().filter_map(|greys| greys.constant);
        let slices = constant().filter(|of| *of == grey).count();
        let columns = match constant().all(|of| of == grey) {
            true => self.columns.holding_only(grey),
            false => 0,
        };
        let [nz, ny, nx] = self.shape;
        (slices * ny * nx + columns * (nz - slices)) as u64
    }
}

fn no_counts() -> Vec<u64> {
    vec![0; 1 << 16]
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn padding_is_counted_as_voxel_by_voxel() {
        let padded = |constant: u16| {
            Volume::from_fn([6, 5, 4], Spacing::isotropic(1.0), |x, _, z| match (x, z) {
                (_, 2) => 0,
                (_, 4) => constant,
                (0, _) => 0,
                (x, z) => (7 * x + z) as u16,
            })
        };
        // Two slices, and a column of five voxels a slice in the other four.
        assert_eq!(Gathered::of(&padded(0)).padding(0), 2 * 20 + 4 * 5);
        assert_eq!(Gathered::of(&padded(9)).padding(0), 20);
        assert_eq!(Gathered::of(&padded(0)).padding(7), 0);
        let flat = Volume::filled([3, 2, 2], Spacing::isotropic(1.0), 5);
        assert_eq!(Gathered::of(&flat).padding(5), 12);
        assert_eq!(Gathered::of(&flat).range(), Some([5, 5]));
    }

    #[test]
    fn slabs_of_any_size_come_to_the_same() {
        let balls = super::super::phantom::balls(4);
        let slices: Vec<&[u16]> = (0..balls.shape()[0]).map(|z| balls.slice(z)).collect();
        let by = |slab: usize| {
            let mut gathered = Gathered::new(balls.shape());
            slices.chunks(slab).for_each(|slab| gathered.add(slab));
            gathered
        };
        let whole = by(slices.len());
        for slab in [1, 7] {
            let parts = by(slab);
            assert_eq!(parts.counts, whole.counts);
            assert_eq!(parts.greys, whole.greys);
            assert_eq!(parts.levels.changes, whole.levels.changes);
            assert!(parts.columns == whole.columns && parts.neighbours == whole.neighbours);
            assert!(parts.thumbnails == whole.thumbnails && parts.turns == whole.turns);
        }
    }
}
