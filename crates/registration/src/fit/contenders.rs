//! The best poses of the search, fitted by least squares and compared by what they leave
//! unexplained.

use corelith_core::{CtFromMap, Volume};
use rayon::prelude::*;

use crate::ct::grey_range::GreyRange;
use crate::fit::affine_fit;
use crate::fit::observation::Observation;
use crate::fit::prediction::Prediction;
use crate::fit::slab::{Slab, SlabLook};
use crate::fit::votes::{FitNoise, UnitsAt, Votes};
use crate::map::channels::Channels;
use crate::placement::pose::{Allowed, distance_vox};
use crate::placement::warp::Warp;

/// Smoothing of the CT, in voxels: noise goes, and a displacement of half a voxel costs little.
const COARSE_SIGMA_VOX: f64 = 2.0;
/// Blur of the map that goes with it, in voxels.
pub(crate) const COARSE_BLUR_VOX: f64 = 2.3;
/// How far the slab reaches beyond the plane, in voxels.
pub(crate) const MARGIN_VOX: f64 = 6.0;
/// What is looked at of the CT when places are compared.
pub(crate) const COARSE: SlabLook = SlabLook {
    margin_vox: MARGIN_VOX,
    sigma_vox: COARSE_SIGMA_VOX,
    normal_blur_vox: COARSE_BLUR_VOX,
};
/// Rounds of least squares.
const ROUNDS: usize = 8;

/// A pose after least squares on the smoothed CT.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    pub pose: CtFromMap,
    /// Share of the variance of the smoothed CT below the map that the map does not explain.
    pub unexplained: f64,
    /// What the CT shows of the units of the map.
    units: UnitsAt,
    /// What they say, by the noise that explains this pose best.
    pub votes: Votes,
}

impl Contender {
    pub fn new(pose: CtFromMap, unexplained: f64, units: UnitsAt) -> Self {
        let mut votes = units.votes(units.noise());
        votes.evidence = Self::borne_out(votes.evidence, unexplained);
        Self {
            pose,
            unexplained,
            votes,
            units,
        }
    }

    /// A map that explains nothing of the CT tells nothing of a place, however well parts of it fit:
    /// dark ones fit any resin, the better the more the bright ones do not.
    fn borne_out(evidence: f64, unexplained: f64) -> f64 {
        if unexplained < 1.0 {
            evidence
        } else {
            evidence.min(0.0)
        }
    }

    /// The noise that explains this pose best.
    pub fn noise(&self) -> FitNoise {
        self.units.noise()
    }

    /// Logarithm of the likelihood a pixel of the map, up to a constant, for a noise: that of the
    /// best place, as a scan and a map have one noise wherever the map lies.
    pub fn evidence(&self, noise: FitNoise, assumed: Assumed) -> f64 {
        let of_units = Self::borne_out(self.units.votes(noise).evidence, self.unexplained);
        let of_all = -0.5 * self.units.inside() * self.unexplained.max(1e-6).ln();
        match assumed {
            Assumed::Sound => 0.5 * (of_units + of_all),
            Assumed::Damaged => of_units,
        }
    }
}

/// What is taken for granted of a map when places are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assumed {
    /// Nearly all of it fits at the right place: what its units say counts half, what all pixels say
    /// together the other half, so that a place where a few units fit by chance is no rival.
    Sound,
    /// Much of it fits nowhere: its units alone count.
    Damaged,
}

/// What places are fitted to and compared by.
pub(crate) struct Comparison<'a> {
    ct: (&'a Volume<u16>, GreyRange),
    prediction: Prediction<'a>,
    shape: [usize; 2],
    allowed: Allowed,
    stride: usize,
}

impl<'a> Comparison<'a> {
    pub fn new(ct: (&'a Volume<u16>, GreyRange), channels: &'a Channels, allowed: Allowed) -> Self {
        Self {
            ct,
            prediction: Prediction::new(channels, COARSE_BLUR_VOX / allowed.pixel_vox),
            shape: [channels.rows, channels.cols],
            allowed,
            stride: coarse_stride(allowed.pixel_vox),
        }
    }

    /// Fits every one of `poses`.
    pub fn contenders(&self, poses: &[CtFromMap]) -> Vec<Contender> {
        poses
            .par_iter()
            .filter_map(|&from| {
                let slab = Slab::about(self.ct, &from, self.shape, COARSE)?;
                let start = self.judge(&slab, from, None);
                let from = (from, None);
                let fit = affine_fit::fit(&slab, &self.prediction, from, ROUNDS, self.stride);
                let end = self.judge(&slab, fit, None);
                let better = self.allowed.holds(&fit) && end.votes.evidence > start.votes.evidence;
                Some(if better { end } else { start })
            })
            .collect()
    }

    /// A contender with the frames of its map moved.
    pub fn with_frames(&self, pose: CtFromMap, frames: &Warp) -> Option<Contender> {
        let slab = Slab::about(self.ct, &pose, self.shape, COARSE)?;
        let contender = self.judge(&slab, pose, Some(frames));
        self.allowed.holds(&pose).then_some(contender)
    }

    fn judge(&self, slab: &Slab, pose: CtFromMap, warp: Option<&Warp>) -> Contender {
        let (prediction, stride, [rows, cols]) = (&self.prediction, self.stride, self.shape);
        let observation = Observation::new(slab, prediction, &pose, warp, stride);
        let looked_at = (0..rows)
            .step_by(stride)
            .flat_map(|row| (0..cols).step_by(stride).map(move |col| row * cols + col))
            .filter(|&i| prediction.is_inner(i))
            .count();
        let inside = observation.used() as f64 / looked_at.max(1) as f64;
        let units = prediction.units();
        let units = UnitsAt::new(&observation.unit_fits(units), &units.kinds, inside);
        Contender::new(pose, observation.unexplained(), units)
    }
}

/// Contenders by falling [`Votes::evidence`], those that came to the same place (within
/// `apart_vox`) taken for one.
pub(crate) fn distinct(
    mut contenders: Vec<Contender>,
    [rows, cols]: [usize; 2],
    apart_vox: f64,
) -> Vec<Contender> {
    contenders.sort_by(|a, b| b.votes.evidence.total_cmp(&a.votes.evidence));
    let mut kept: Vec<Contender> = Vec::new();
    for contender in contenders {
        if kept
            .iter()
            .all(|other| distance_vox(&contender.pose, &other.pose, rows, cols) > apart_vox)
        {
            kept.push(contender);
        }
    }
    kept
}

/// Pixels from one that is looked at to the next: about a voxel, for the CT is smooth.
pub(crate) fn coarse_stride(pixel_vox: f64) -> usize {
    (1.2 / pixel_vox).round().max(1.0) as usize
}
