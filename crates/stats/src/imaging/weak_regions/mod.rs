//! Weak regions reassigned: those of one mineral that the data do not bear out, or that lie on the
//! wrong side of the border of two particles.

mod error;
mod region;

use corelith_core::{Progress, RangedSettings as _, Volume, renumber_by_first_voxel, settings};

use crate::imaging::components::{Connectivity, Values, label};
use region::{Region, new_homes, regions_of};

pub use error::WeakRegionsError;

settings! {
    /// Which regions stay what they are.
    pub struct Settings {
        /// Least log odds of a region, in nats: the sum over its voxels of those of its mineral
        /// against the next best one. Were voxels independent, odds of 150 (5 nats) would do;
        /// their errors go together over a few voxels, so it takes more. A mineral of which more
        /// than half lies in weaker regions occurs in specks and stays as it is. 0 keeps every
        /// region.
        pub evidence_nats: f64 = 10.0, in [0 or more];
        /// How far the border between touching particles may be off, in voxels: a region up to
        /// this thick, behind its contact with the same mineral of the particle next door, goes
        /// over to that particle. 0 keeps every border.
        pub border_vox: f64 = 1.5, in [0 or more];
    }
}

/// How much speaks for the mineral of each voxel: its log odds against the next best one.
#[derive(Debug, Clone, Copy)]
pub struct LogOdds<'a> {
    /// Log odds, in steps.
    pub steps: &'a Volume<u8>,
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
/// Memory: 8 bytes a voxel, and some 100 bytes a region.
///
/// # Errors
/// When shapes differ, a setting is out of range, there are more pairs of particle and mineral
/// than 32 bits can number, or the user asked to stop.
pub fn reassign_weak_regions(
    phases: &mut Volume<u8>,
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
    let labels = label(
        &pairs(phases, particles, background)?,
        Connectivity::Six,
        Values::Multi,
        progress,
    )?
    .labels;
    progress.check()?;
    let regions = regions_of(&labels, phases, particles, log_odds);
    progress.check()?;
    let home = new_homes(&labels, &regions, settings);
    for ((&label, phase), particle) in labels
        .data()
        .iter()
        .zip(phases.data_mut())
        .zip(particles.data_mut())
        .filter(|((label, _), _)| **label != 0)
    {
        let Region {
            class,
            particle: of,
            ..
        } = regions[home[label as usize] as usize];
        (*phase, *particle) = (class, of);
    }
    renumber_by_first_voxel(particles.data_mut())?;
    Ok(())
}

fn check(
    phases: &Volume<u8>,
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

/// A number for every pair of particle and mineral, 0 where there is none.
fn pairs(
    phases: &Volume<u8>,
    particles: &Volume<u32>,
    background: u8,
) -> Result<Volume<u32>, WeakRegionsError> {
    let classes = 1 + u32::from(phases.data().iter().max().copied().unwrap_or(0));
    let most = particles.data().iter().max().copied().unwrap_or(0);
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
    let mut pairs = particles.clone();
    for (pair, &phase) in pairs.data_mut().iter_mut().zip(phases.data()) {
        *pair = if *pair == 0 || phase == background {
            0
        } else {
            *pair * classes + u32::from(phase)
        };
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests;
