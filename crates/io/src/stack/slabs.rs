//! The slices of a volume in order, some at a time.

use corelith_core::Progress;
use rayon::prelude::*;

use super::read::VolumeSource;
use super::store::SliceReader;
use super::voxels::Voxels;
use crate::Error;

/// Slices that a thread decodes before all are handed on: enough to keep threads busy, few enough to
/// hold.
const SLICES_A_THREAD: usize = 4;

impl VolumeSource {
    /// Decodes all slices, keeps what `values` makes of each, and hands them on in order, some at a
    /// time, which were decoded in parallel: memory is bounded by these. `take` gets the number of
    /// the first and the slices.
    ///
    /// # Errors
    /// When a slice is damaged or differs from the first (the first such one is named), those of
    /// `take`, or on cancellation.
    pub(super) fn in_slabs<U: Send>(
        &self,
        progress: &dyn Progress,
        values: impl Fn(Voxels) -> Result<Vec<U>, Error> + Sync,
        mut take: impl FnMut(usize, Vec<Vec<U>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let slices = self.shape()[0];
        let run = self.run_of(SLICES_A_THREAD);
        let next = |reader: &mut dyn SliceReader, z: usize| -> Result<Vec<U>, Error> {
            progress.check()?;
            let slice = values(self.whole(z, reader.next_slice()?)?)?;
            progress.advance(1);
            Ok(slice)
        };
        let threads = rayon::current_num_threads();
        if run < slices {
            for first in (0..slices).step_by(run * threads) {
                let slab = first..(first + run * threads).min(slices);
                let runs: Vec<usize> = slab.clone().step_by(run).collect();
                let decoded: Vec<Result<Vec<Vec<U>>, Error>> = runs
                    .into_par_iter()
                    .map(|from| {
                        let mut reader = self.reader(from)?;
                        (from..(from + run).min(slab.end))
                            .map(|z| next(&mut *reader, z))
                            .collect()
                    })
                    .collect();
                let mut all = Vec::with_capacity(slab.len());
                for run in decoded {
                    all.extend(run?);
                }
                take(first, all)?;
            }
            return Ok(());
        }
        // One reader takes all.
        let mut reader = self.reader(0)?;
        for first in (0..slices).step_by(SLICES_A_THREAD) {
            let slab = first..(first + SLICES_A_THREAD).min(slices);
            take(
                first,
                slab.map(|z| next(&mut *reader, z))
                    .collect::<Result<_, _>>()?,
            )?;
        }
        Ok(())
    }
}
