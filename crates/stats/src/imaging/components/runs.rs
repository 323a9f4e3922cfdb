use std::borrow::Cow;
use std::ops::Range;

use corelith_core::{Progress, Spacing, Volume};
use rayon::prelude::*;

use super::seams::Seams;
use super::slab::{Rules, SlabComponents};
use super::{Components, ComponentsError, Connectivity, Values, Voxel};
use crate::imaging::zeroed::zeroed;

/// Slabs a thread: enough to even out slabs that differ in work.
const SLABS_A_THREAD: usize = 4;

/// Voxels of a slab at most, so that the runs of a slab can be counted in 32 bits.
const SLAB_VOXELS: usize = 1 << 30;

/// Voxels of a slab at most that is made for its runs alone, and slices of one at the least.
const MADE_SLAB_VOXELS: usize = 1 << 24;

/// The components of a volume by their runs: all that its labels are written from.
pub(crate) struct Runs {
    shape: [usize; 3],
    spacing: Spacing,
    /// Slices of a slab, except for the last.
    slices: usize,
    /// With the final number of each component.
    slabs: Vec<SlabComponents>,
    count: u32,
}

impl Runs {
    pub(crate) fn of<T: Voxel>(
        volume: &Volume<T>,
        connectivity: Connectivity,
        values: Values,
        progress: &dyn Progress,
    ) -> Result<Self, ComponentsError> {
        let area = volume.shape()[1] * volume.shape()[2];
        let grid = (volume.shape(), volume.spacing());
        let rules = Rules::new(connectivity, values);
        Self::by_slabs(grid, SLAB_VOXELS, rules, progress, |slices| {
            Ok(Cow::Borrowed(
                &volume.data()[slices.start * area..slices.end * area],
            ))
        })
    }

    /// Of a volume that is never there as a whole: `voxels` gives those of some of its slices.
    ///
    /// # Errors
    /// Those of `voxels`, those of numbering the components, and cancellation.
    pub(crate) fn of_slices<T: Voxel, E: From<ComponentsError> + Send>(
        grid: ([usize; 3], Spacing),
        connectivity: Connectivity,
        values: Values,
        progress: &dyn Progress,
        voxels: impl Fn(Range<usize>) -> Result<Vec<T>, E> + Sync,
    ) -> Result<Self, E> {
        let rules = Rules::new(connectivity, values);
        Self::by_slabs(grid, MADE_SLAB_VOXELS, rules, progress, |slices| {
            voxels(slices).map(Cow::Owned)
        })
    }

    /// From the slabs of a volume, of so many `slices` each, except for the last.
    pub(super) fn of_slabs(
        (shape, spacing): ([usize; 3], Spacing),
        slices: usize,
        slabs: Vec<SlabComponents>,
        count: u32,
    ) -> Self {
        Self {
            shape,
            spacing,
            slices,
            slabs,
            count,
        }
    }

    fn by_slabs<'a, T: Voxel + 'a, E: From<ComponentsError> + Send>(
        grid: ([usize; 3], Spacing),
        slab_voxels: usize,
        rules: Rules,
        progress: &dyn Progress,
        voxels: impl Fn(Range<usize>) -> Result<Cow<'a, [T]>, E> + Sync,
    ) -> Result<Self, E> {
        let [nz, ny, nx] = grid.0;
        let area = ny * nx;
        let edge = rules.bundle_edge();
        let slices = nz
            .div_ceil(SLABS_A_THREAD * rayon::current_num_threads())
            .min(slab_voxels / area.max(1) / edge * edge)
            .next_multiple_of(edge)
            .max(edge);
        // A volume without voxels has no slabs.
        let slab_starts: Vec<usize> = (0..nz).step_by(slices).filter(|_| area > 0).collect();

        progress.start("labelling components", 2 * nz as u64);
        let mut slabs = slab_starts
            .par_iter()
            .map(|&z| {
                progress.check().map_err(ComponentsError::from)?;
                let slab = voxels(z..(z + slices).min(nz))?;
                let components = SlabComponents::of(&slab, (ny, nx), rules);
                progress.advance((slab.len() / area) as u64);
                Ok(components)
            })
            .collect::<Result<Vec<_>, E>>()?;

        let mut seams =
            Seams::new(slabs.iter().map(|slab| slab.count)).map_err(ComponentsError::from)?;
        for (index, pair) in slabs.windows(2).enumerate() {
            let [above, below] = pair else { continue };
            let seam = slab_starts[index + 1];
            let [last, first] = [voxels(seam - 1..seam)?, voxels(seam..seam + 1)?];
            below.join_above(&first, (above, &last), rules, |a, b| {
                seams.join(index, a, b);
            });
        }
        let numbering = seams.finish();
        slabs.par_iter_mut().enumerate().for_each(|(index, slab)| {
            numbering.renumber(index, &mut slab.component);
        });
        Ok(Self::of_slabs(grid, slices, slabs, numbering.count))
    }

    /// Number of components: the largest id.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Writes the labels of the slices from `first` on, as many as `labels` holds, where there is 0.
    pub(crate) fn write_slices(&self, first: usize, labels: &mut [u32]) {
        let area = self.shape[1] * self.shape[2];
        for (z, slice) in (first..).zip(labels.chunks_mut(area.max(1))) {
            self.slabs[z / self.slices].write_slice(z % self.slices, slice);
        }
    }

    pub(super) fn write(self, progress: &dyn Progress) -> Result<Components, ComponentsError> {
        let mut labels = zeroed(self.shape, self.spacing);
        let area = self.shape[1] * self.shape[2];
        labels
            .data_mut()
            .par_chunks_mut((self.slices * area).max(1))
            .zip(self.slabs)
            .try_for_each(|(out, slab)| {
                progress.check()?;
                for (z, slice) in out.chunks_mut(area).enumerate() {
                    slab.write_slice(z, slice);
                }
                progress.advance((out.len() / area) as u64);
                Ok::<(), ComponentsError>(())
            })?;
        progress.finish();
        Ok(Components {
            labels,
            count: self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn slabs_made_for_their_runs_give_the_same_labels() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(6);
        let volume = Volume::from_fn([11, 7, 90], Spacing::isotropic(1.0), |_, _, _| {
            random.random_range(0..3u8)
        });
        let area = 7 * 90;
        for (connectivity, values) in [
            (Connectivity::Six, Values::Multi),
            (Connectivity::TwentySix, Values::Multi),
            (Connectivity::Six, Values::Binary),
            (Connectivity::TwentySix, Values::Binary),
        ] {
            let whole = Runs::of(&volume, connectivity, values, &Silent).unwrap();
            let whole = whole.write(&Silent).unwrap();
            for slices in [1, 2, 3, 8, 50] {
                let rules = Rules::new(connectivity, values);
                let grid = (volume.shape(), volume.spacing());
                let runs = Runs::by_slabs(grid, slices * area, rules, &Silent, |slices| {
                    let voxels = slices.start * area..slices.end * area;
                    Ok::<_, ComponentsError>(Cow::Owned(volume.data()[voxels].to_vec()))
                })
                .unwrap();
                assert_eq!(runs.count(), whole.count);
                let mut labels = vec![0; volume.len()];
                for (part, labels) in labels.chunks_mut(4 * area).enumerate() {
                    runs.write_slices(4 * part, labels);
                }
                assert!(labels == whole.labels.data(), "{slices} slices");
                assert!(runs.write(&Silent).unwrap() == whole, "{slices} slices");
            }
        }
    }
}
