//! The accepted place, brought to an end: affine least squares on little smoothed grey values, then
//! the smooth displacement.

use corelith_core::{CtFromMap, Progress, seed_of};

use crate::RegistrationError;
use crate::fit::affine_fit;
use crate::fit::contenders::{COARSE, COARSE_BLUR_VOX, MARGIN_VOX, coarse_stride};
use crate::fit::observation::Observation;
use crate::fit::prediction::Prediction;
use crate::fit::slab::{Slab, SlabLook};
use crate::map::channels::Channels;
use crate::placement::frames::Frames;
use crate::placement::pose::{Allowed, distance_vox};
use crate::placement::warp::Warp;
use crate::prepared_ct::PreparedCt;
use crate::registration::Registration;
use crate::settings::Settings;
use crate::warp::divisions::ShiftCosts;
use crate::warp::fit::{self as warp_fit, Compared};
use crate::warp::frames::improve;
use crate::warp::seams::Seams;

/// Farthest that the final fit may move the pose of the search, in voxels.
const STRAY_MAX_VOX: f64 = 5.0;
/// Expected error of an affine pose without the smooth displacement, in voxels.
const UNWARPED_VOX: f64 = 0.8;

/// Error that all of a particle's section has in common (its brightness, its blur, the mineral at
/// its rim), in voxels. The fit averages it over the sections, so a map of few is less certain;
/// measured on phantoms.
const SECTION_VOX: f64 = 0.75;

/// Smoothing of the CT for the final fit: little, for the spline smooths too.
const FINE_SIGMA_VOX: f64 = 0.7;

/// Most blur along the normal that is taken back, in voxels: beyond, a second derivative would
/// raise more noise than it removes blur.
const NORMAL_BLUR_MAX_VOX: f64 = 1.4;

/// Rounds of finding where frames lie, the affine pose between them in turns.
const FRAME_ROUNDS: usize = 4;
/// Times that divisions into frames are compared.
const DIVISIONS: usize = 2;
/// Least gain in evidence of a division into frames over a single frame, in nats.
const LEAST_GAIN: f64 = 12.0;
/// Frames whose shifts are smaller, root mean square in voxels, are left to the smooth displacement.
const LEAST_SHIFT_VOX: f64 = 0.4;

/// What the final fit looks at.
pub(crate) struct FinalFit<'a> {
    pub ct: &'a PreparedCt<'a>,
    pub channels: &'a Channels,
    pub settings: &'a Settings,
    pub allowed: Allowed,
    pub seed: u64,
}

impl FinalFit<'_> {
    /// Moves `registration` from the pose of the search to that of the fit, with its displacement
    /// and uncertainty.
    pub fn finish(
        &self,
        registration: &mut Registration,
        progress: &dyn Progress,
    ) -> Result<(), RegistrationError> {
        let (channels, settings, allowed) = (self.channels, self.settings, self.allowed);
        let shape = [channels.rows, channels.cols];
        let pixel_vox = allowed.pixel_vox;
        let mut pose = registration.ct_from_map;
        let mut uncertainty_vox = f64::INFINITY;
        // Frames out of place are known before anything fine is fitted.
        let frames = match self.frames(pose) {
            Some((moved, warp)) => {
                pose = moved;
                Some(warp)
            }
            None => None,
        };
        let sharpened = self.slab(&pose, 0.0).and_then(|flat| {
            let blur_vox = self.best_blur(&flat, &pose, frames.as_ref());
            self.slab(&pose, blur_vox.min(NORMAL_BLUR_MAX_VOX))
        });
        if let Some(slab) = sharpened {
            let blur_vox = self.best_blur(&slab, &pose, frames.as_ref());
            let prediction = Prediction::new(channels, blur_vox / pixel_vox);
            pose = affine_fit::fit(&slab, &prediction, (pose, frames.as_ref()), 20, 1);
            progress.advance(1);
            progress.check()?;
            if settings.warp.enabled {
                let reach = |blur_vox: f64| (3.0 * blur_vox / pixel_vox).ceil() as usize;
                let warp_seed = seed_of(self.seed, "posterior");
                let warped = |from, blur_vox: f64| {
                    let prediction = Prediction::new(channels, blur_vox / pixel_vox);
                    let compared = Compared {
                        slab: &slab,
                        prediction: &prediction,
                        reach: reach(blur_vox),
                    };
                    warp_fit::fit(compared, from, &settings.warp, allowed, warp_seed)
                };
                // What the displacement leaves out of place looks like blur: once it is known,
                // less blur is left.
                let mut first = warped((pose, frames), blur_vox);
                let blur_vox = self.best_blur(&slab, &first.pose, Some(&first.warp));
                if first.warp.frames.is_some() {
                    let prediction = Prediction::new(channels, blur_vox / pixel_vox);
                    let at = (first.pose, &mut first.warp);
                    self.improve_frames(&slab, &prediction, at, (1, reach(blur_vox)));
                }
                let fitted = warped((first.pose, Some(first.warp)), blur_vox);
                tracing::debug!(
                    blur_vox,
                    correlated_pixels = fitted.correlated_pixels,
                    largest_vox = fitted.warp.max_vox(shape[0], shape[1]),
                    "warp fitted"
                );
                pose = fitted.pose;
                uncertainty_vox = fitted.uncertainty_vox;
                registration.warp = Some(fitted.warp);
            }
            progress.advance(1);
        }
        let strayed = distance_vox(&pose, &registration.ct_from_map, shape[0], shape[1]);
        if allowed.holds(&pose) && strayed <= STRAY_MAX_VOX {
            registration.ct_from_map = pose;
            if registration.warp.is_none() {
                uncertainty_vox = UNWARPED_VOX.max(settings.warp.in_plane_vox);
            }
        } else {
            registration.warp = None;
            uncertainty_vox = STRAY_MAX_VOX.min(strayed.max(2.0 * UNWARPED_VOX));
            registration.reason.push_str(
                "; the least-squares fit led out of the allowed range, so the pose is the one of \
                 the search",
            );
        }
        let common_vox = SECTION_VOX / channels.sections.effective().max(1.0).sqrt();
        registration.uncertainty_vox = uncertainty_vox.hypot(common_vox);
        Ok(())
    }

    /// The frames that the map consists of, when they lie out of place: on the smoothed CT, where
    /// shifts of some voxels can be told. Returns the pose between them.
    pub fn frames(&self, start: CtFromMap) -> Option<(CtFromMap, Warp)> {
        let (channels, warp) = (self.channels, &self.settings.warp);
        if !warp.enabled {
            return None;
        }
        let (shape, pixel_vox) = ([channels.rows, channels.cols], self.allowed.pixel_vox);
        let slab = Slab::about((self.ct.ct, self.ct.range), &start, shape, COARSE)?;
        let prediction = Prediction::new(channels, COARSE_BLUR_VOX / pixel_vox);
        let reach = (3.0 * COARSE_BLUR_VOX / pixel_vox).ceil() as usize;
        let stride = coarse_stride(pixel_vox);
        let mut pose = affine_fit::fit(&slab, &prediction, (start, None), FRAME_ROUNDS, stride);
        let mut displacement = warp_fit::flat(&pose, shape, warp);
        // The noise of frames out of place hides that they are, and what they show looks like what
        // the CT does not have: they are looked for again by what is left once they are moved.
        let seams = Seams::of(channels);
        let mut gain = 0.0;
        for round in 0..DIVISIONS {
            let mut observation =
                Observation::new(&slab, &prediction, &pose, Some(&displacement), stride);
            let correlated = observation.correlated_pixels(channels.cols, reach);
            if round == 0 {
                observation = observation.believing_all();
            }
            let costs = ShiftCosts::new(
                (&slab, &pose),
                (&observation, &channels.units),
                &displacement.axes,
                shape,
                (stride, correlated),
            );
            let division = match warp.frame_px {
                Some(side_px) => costs.of_side(side_px),
                None => costs.best(&seams)?,
            };
            gain = division.gain;
            displacement.frames = Some(division.frames);
            for _ in 0..FRAME_ROUNDS {
                let from = (pose, Some(&displacement));
                pose = affine_fit::fit(&slab, &prediction, from, 2, stride);
                let at = (pose, &mut displacement);
                self.improve_frames(&slab, &prediction, at, (stride, reach));
            }
        }
        let rms_vox = displacement.frames.as_ref().map_or(0.0, Frames::rms_vox);
        tracing::debug!(gain, rms_vox, "frames looked for");
        let speaks = warp.frame_px.is_some() || (gain >= LEAST_GAIN && rms_vox >= LEAST_SHIFT_VOX);
        speaks.then_some((pose, displacement))
    }

    /// Moves the frames by what the residuals of every so many pixels say, residuals being alike so
    /// many pixels away.
    fn improve_frames(
        &self,
        slab: &Slab,
        prediction: &Prediction<'_>,
        (pose, warp): (CtFromMap, &mut Warp),
        (stride, reach): (usize, usize),
    ) {
        let observation = Observation::new(slab, prediction, &pose, Some(&*warp), stride);
        let shape = [self.channels.rows, self.channels.cols];
        let correlated = observation.correlated_pixels(shape[1], reach);
        let Warp { frames, axes, .. } = warp;
        if let Some(frames) = frames {
            improve(frames, &observation, axes, shape, correlated);
        }
    }

    /// The CT about a pose, with so much blur along the normal taken back.
    fn slab(&self, pose: &CtFromMap, normal_blur_vox: f64) -> Option<Slab> {
        Slab::about(
            (self.ct.ct, self.ct.range),
            pose,
            [self.channels.rows, self.channels.cols],
            SlabLook {
                margin_vox: MARGIN_VOX,
                sigma_vox: FINE_SIGMA_VOX,
                normal_blur_vox,
            },
        )
    }

    /// Blur of the map under which it resembles the CT most, in voxels.
    fn best_blur(&self, slab: &Slab, pose: &CtFromMap, warp: Option<&Warp>) -> f64 {
        [0.7, 0.9, 1.05, 1.2, 1.4, 1.6, 1.9, 2.3]
            .into_iter()
            .map(|blur_vox| {
                let sigma_px = blur_vox / self.allowed.pixel_vox;
                let prediction = Prediction::new(self.channels, sigma_px);
                let error = Observation::new(slab, &prediction, pose, warp, 1)
                    .mean_square(&self.channels.units);
                (error, blur_vox)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(1.2, |(_, blur_vox)| blur_vox)
    }
}
