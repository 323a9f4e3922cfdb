//! Weak regions reassigned: those of one mineral that the data do not bear out, or that lie on the
//! wrong side of the border of two particles.

mod error;
mod region;

use std::io;
use std::ops::Range;

use corelith_core::{
    Progress, RangedSettings as _, SliceSource, SliceStore, Volume, renumber_by_first_voxel,
    settings,
};
use rayon::prelude::*;

use crate::imaging::components::{Connectivity, Runs, Values};
use region::{Regions, new_homes};

pub use error::WeakRegionsError;

/// Slices that a thread takes at a time.
const SLICES: usize = 16;

settings! {
    /// Which regions stay what they are.
    pub struct Settings {
        /// Least log odds of a region, in nats: the sum over its voxels of those of its mineral
        /// against the next best one. Were voxels independent, odds of 150 (5 nats) would do;
        /// their errors go together over a few voxels, so it takes more. A mineral of which more
        /// than half lies in weaker regions occurs in specks and stays as it is. 0 keeps every
        /// region.
        pub evidence_nats: f64 = 20.0, in [0 or more];
        /// How far the border between touching particles may be off, in voxels: a region up to
        /// this thick, behind its contact with the same mineral of the particle next door, goes
        /// over to that particle. 0 keeps every border.
        pub border_vox: f64 = 1.5, in [0 or more];
    }
}

/// How much speaks for the mineral of each voxel: its log odds against the next best one.
#[derive(Clone, Copy)]
pub struct LogOdds<'a> {
    /// Log odds, in steps.
    pub steps: &'a dyn SliceSource<u8>,
    /// Size of a step in nats, above 0.
    pub step_nats: f64,
}

/// Reassigns every region whose log odds do not bear it out, weakest first.
///
/// A region is what hangs together by faces of one mineral in one particle. One that is but a thin
/// layer of a larger region of the same mineral in another particle (see
/// [`Settings::border_vox`]) goes over to that particle. One of smaller log odds than
/// [`Settings::evidence_nats`] becomes the mineral of the region in its particle that it shares
/// most faces with; without such a neighbour it stays. Background stays, and so does what is solid
/// but in no particle. No particle vanishes; ids are numbered anew by first voxel, `1..=N`.
///
/// A few wrong voxels hardly change how much there is of a mineral, but a particle with one of
/// them is no longer free: what is counted at exactly 100 % liberation hangs on them.
///
/// Memory beside the particles: less than half a byte a voxel, and some 100 bytes a region; phases and log
/// odds are read, and phases replaced, some slices at a time.
///
/// # Errors
/// When shapes differ, a setting is out of range, log odds cannot be read, there are more pairs of
/// particle and mineral than 32 bits can number, or the user asked to stop.
pub fn reassign_weak_regions(
    phases: &mut dyn SliceStore<u8>,
    particles: &mut Volume<u32>,
    background: u8,
    log_odds: LogOdds,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<(), WeakRegionsError> {
    settings.check_ranges()?;
    check(phases, particles, log_odds)?;
    if settings.evidence_nats == 0.0 && settings.border_vox == 0.0 {
        return Ok(());
    }
    let labels = label_regions(phases, particles, background, progress)?;
    progress.check()?;
    let regions = Regions::of(&labels, phases, particles, log_odds)?;
    progress.check()?;
    let home = new_homes(&regions, settings);
    let [nz, ny, nx] = phases.shape();
    let slab = (SLICES * ny * nx).max(1);
    let slices = SLICES * rayon::current_num_threads();
    let together = (slices * ny * nx).max(1);
    for (first, particles) in (0..nz)
        .step_by(slices)
        .zip(particles.data_mut().chunks_mut(together))
    {
        let mut some = phases.slices(first..(first + slices).min(nz))?.into_owned();
        some.par_chunks_mut(slab)
            .zip(particles.par_chunks_mut(slab))
            .enumerate()
            .for_each_init(Vec::new, |scratch, (index, (phases, particles))| {
                scratch.clear();
                scratch.resize(phases.len(), 0);
                labels.write_slices(first + index * SLICES, scratch);
                for ((&label, phase), particle) in scratch
                    .iter()
                    .zip(phases)
                    .zip(particles)
                    .filter(|((label, _), _)| **label != 0)
                {
                    let region = regions.all[home[label as usize] as usize];
                    (*phase, *particle) = (region.class, region.particle);
                }
            });
        phases.put_slices(first, &some)?;
    }
    renumber_by_first_voxel(particles.data_mut())?;
    Ok(())
}

fn check(
    phases: &dyn SliceSource<u8>,
    particles: &Volume<u32>,
    log_odds: LogOdds,
) -> Result<(), WeakRegionsError> {
    let [phases, particles, log_odds] = [phases.shape(), particles.shape(), log_odds.steps.shape()];
    if phases != particles || phases != log_odds {
        return Err(WeakRegionsError::Shape {
            phases,
            particles,
            log_odds,
        });
    }
    Ok(())
}

/// The regions: what hangs together of every pair of particle and mineral.
fn label_regions(
    phases: &dyn SliceSource<u8>,
    particles: &Volume<u32>,
    background: u8,
    progress: &dyn Progress,
) -> Result<Runs, WeakRegionsError> {
    let [nz, ny, nx] = phases.shape();
    let largest_class = (0..nz)
        .into_par_iter()
        .map(|z| Ok(phases.slice(z)?.iter().max().copied().unwrap_or(0)))
        .try_reduce(|| 0, |a, b| Ok::<_, io::Error>(a.max(b)))?;
    let classes = 1 + u32::from(largest_class);
    let most = particles.data().par_iter().max().copied().unwrap_or(0);
    // Particles count from 1, so no pair is 0.
    if most
        .checked_add(1)
        .and_then(|ids| ids.checked_mul(classes))
        .is_none()
    {
        return Err(WeakRegionsError::TooMany {
            particles: most,
            classes,
        });
    }
    let area = ny * nx;
    let pairs = |slices: Range<usize>| -> Result<Vec<u32>, WeakRegionsError> {
        let voxels = slices.start * area..slices.end * area;
        let phases = phases.slices(slices)?;
        let pairs = particles.data()[voxels].iter().zip(&*phases);
        let pairs = pairs.map(|(&particle, &phase)| {
            if particle == 0 || phase == background {
                0
            } else {
                particle * classes + u32::from(phase)
            }
        });
        Ok(pairs.collect())
    };
    let grid = (particles.shape(), particles.spacing());
    let runs = Runs::of_slices(grid, Connectivity::Six, Values::Multi, progress, pairs)?;
    progress.finish();
    Ok(runs)
}

#[cfg(test)]
mod tests;
