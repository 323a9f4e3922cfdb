use std::ops::Range;

use corelith_core::Volume;
use rayon::prelude::*;

use super::MeasureError;

/// Slices after those that are added up which crossings reach: two steps of two slices.
const REACH: usize = 4;

/// Some slices of a labelled volume.
#[derive(Debug, Clone, Copy)]
pub struct Slices<'a> {
    /// Particles, 0 for none, ids from 1; `[z, y, x]`.
    pub particles: &'a Volume<u32>,
    /// Rows of the mineral list, in the same shape.
    pub phases: &'a Volume<u8>,
    /// The slice of the volume that the first of them is.
    pub first: usize,
    /// How many the volume has.
    pub of: usize,
}

impl<'a> Slices<'a> {
    /// All slices of a volume.
    pub fn all(particles: &'a Volume<u32>, phases: &'a Volume<u8>) -> Self {
        Self {
            particles,
            phases,
            first: 0,
            of: particles.shape()[0],
        }
    }

    /// Those that are looked at where some of `of` slices are added up.
    pub fn needed(wanted: Range<usize>, of: usize) -> Range<usize> {
        wanted.start..(wanted.end + REACH).min(of)
    }

    /// `[nz, ny, nx]` of the volume.
    pub(super) fn shape(&self) -> [usize; 3] {
        let [_, ny, nx] = self.particles.shape();
        [self.of, ny, nx]
    }

    /// Where the first voxel of row `(y, z)` of the volume lies among those that are here.
    pub(super) fn row(&self, y: usize, z: usize) -> usize {
        self.particles.index(0, y, z - self.first)
    }

    /// Checks that both volumes are labels of one scan, and such as can be measured.
    pub(super) fn check(&self, classes: usize) -> Result<(), MeasureError> {
        let (particles, phases) = (self.particles, self.phases);
        if particles.shape() != phases.shape() {
            return Err(MeasureError::Shape {
                particles: particles.shape(),
                phases: phases.shape(),
            });
        }
        let wrong = phases
            .data()
            .par_iter()
            .position_first(|&phase| usize::from(phase) >= classes);
        if let Some(at) = wrong {
            let [_, ny, nx] = phases.shape();
            return Err(MeasureError::Phase {
                x: at % nx,
                y: at / nx % ny,
                z: self.first + at / nx / ny,
                found: phases.data()[at],
                classes,
            });
        }
        let voxels = self.shape().iter().product();
        let largest = self.largest();
        if largest as usize > voxels {
            return Err(MeasureError::Ids { largest, voxels });
        }
        Ok(())
    }

    /// The largest id of a particle; 0 where there is none.
    pub(super) fn largest(&self) -> u32 {
        self.particles.data().par_iter().max().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;
    use crate::measure::directions::directions;

    #[test]
    fn no_crossing_reaches_farther() {
        let directions = directions(Spacing::isotropic(1.0));
        let slices = directions.iter().map(|direction| 2 * direction.step[2]);
        assert_eq!(slices.max(), Some(REACH as i32));
        assert_eq!(Slices::needed(5..9, 20), 5..13);
        assert_eq!(Slices::needed(5..9, 10), 5..10);
    }
}
