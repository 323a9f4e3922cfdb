use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::array::{ArrayWriter, SLAB};
use super::voxel::ZarrVoxel;
use crate::Error;

/// The coarsest level has at most so many voxels along each axis.
const COARSEST: usize = 128;

/// A volume at every resolution, each level half as fine as the one before it, fed slice by slice.
///
/// A voxel of a level stands for the two by two by two of the level before it, for fewer at the
/// far ends.
pub(super) struct Pyramid<T> {
    levels: Vec<Level<T>>,
}

struct Level<T> {
    array: ArrayWriter<T>,
    /// Slices that are not written yet; at most [`SLAB`] of them.
    slab: Vec<T>,
}

impl<T: ZarrVoxel> Pyramid<T> {
    /// Starts the arrays `below/0`, `below/1`, ... of a store.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn create(store: &Path, below: &Path, shape: [usize; 3]) -> Result<Self, Error> {
        let mut shapes = vec![shape];
        while let Some(last) = shapes.last().copied()
            && last.iter().any(|&n| n > COARSEST)
        {
            shapes.push(last.map(|n| n.div_ceil(2)));
        }
        let level = |(level, &shape): (usize, &[usize; 3])| {
            Ok(Level {
                array: ArrayWriter::create(store, below.join(level.to_string()), shape)?,
                slab: Vec::new(),
            })
        };
        let levels = shapes.iter().enumerate().map(level);
        Ok(Self {
            levels: levels.collect::<Result<_, Error>>()?,
        })
    }

    /// Takes the next slice.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn push(&mut self, slice: &[T]) -> Result<(), Error> {
        self.push_at(0, slice)
    }

    fn push_at(&mut self, level: usize, slices: &[T]) -> Result<(), Error> {
        let Some(Level { array, slab }) = self.levels.get_mut(level) else {
            return Ok(());
        };
        slab.extend_from_slice(slices);
        let [nz, ny, nx] = array.shape();
        let depth = slab.len() / (ny * nx);
        if depth < SLAB && array.written() + depth < nz {
            return Ok(());
        }
        array.write_slab(slab)?;
        let coarser = halved(slab, [depth, ny, nx]);
        slab.clear();
        self.push_at(level + 1, &coarser)
    }

    /// The shapes of the levels, and every file, relative to the store.
    pub(super) fn finish(self) -> (Vec<[usize; 3]>, Vec<PathBuf>) {
        let mut files = Vec::new();
        let mut shapes = Vec::new();
        for Level { array, .. } in self.levels {
            shapes.push(array.shape());
            files.extend(array.finish());
        }
        (shapes, files)
    }
}

/// Slices at half the resolution.
fn halved<T: ZarrVoxel>(slices: &[T], [nz, ny, nx]: [usize; 3]) -> Vec<T> {
    let (rows, cols) = (ny.div_ceil(2), nx.div_ceil(2));
    let mut coarser = vec![T::default(); nz.div_ceil(2) * rows * cols];
    coarser
        .par_chunks_mut(cols)
        .enumerate()
        .for_each(|(at, line)| {
            let (z, y) = (2 * (at / rows), 2 * (at % rows));
            for (x, voxel) in line.iter_mut().enumerate() {
                let mut block = [T::default(); 8];
                let mut count = 0;
                for z in z..nz.min(z + 2) {
                    for y in y..ny.min(y + 2) {
                        let start = (z * ny + y) * nx;
                        for &fine in &slices[start + 2 * x..start + nx.min(2 * x + 2)] {
                            block[count] = fine;
                            count += 1;
                        }
                    }
                }
                *voxel = T::of_block(&block[..count]);
            }
        });
    coarser
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_ends_are_halved_by_what_is_there() {
        let slices: Vec<u16> = (0..3 * 3 * 3).collect();
        let coarser = halved(&slices, [3, 3, 3]);
        assert_eq!(coarser.len(), 8);
        assert_eq!(coarser[0], (1 + 3 + 4 + 9 + 10 + 12 + 13 + 4) / 8);
        assert_eq!(coarser[7], 26);
    }
}
