//! The first search: a disc of the map, at all in-plane rotations and both ways round, against
//! every position in every slice (or those that a region leaves), by Fourier transform.
//!
//! The disc is small enough for the tilt not to matter. Its shape does not depend on the rotation,
//! so the local mean and variance of the CT below it are computed once. Two regressors, foreground
//! and main mineral, go through one complex transform; the score is the share of the CT's variance
//! below the disc that they explain, so particles may be brighter or darker than the resin.

use std::ops::Range;

use corelith_core::{CtFromMap, Progress, Region};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use rustfft::num_complex::Complex32;

use crate::RegistrationError;
use crate::ct::coarse_volume::CoarseVolume;
use crate::map::categories::Categories;
use crate::placement::pose::MapPoint;
use crate::search::patches::Patch;
use crate::search::peaks::{Peak, far_apart, pose_of, slice_peaks};
use crate::search::search_volume::SearchVolume;
use crate::search::template::{disc_offsets, regressor_fields, steps_of, template};
use crate::search::turn::turns;
use crate::search::window::{Scope, Window};
use crate::settings::Settings;

/// Places that a start pose is compared with.
const RANDOM_PLACES: usize = 200;
/// Places kept of a region, however small it is.
const LEAST_IN_REGION: usize = 64;
/// Places from outside of a region that those inside are compared with.
const PLACES_ELSEWHERE: usize = 100;

/// A place of the first search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub pose: CtFromMap,
}

/// What the first search needs to know of the map and the volume.
pub(crate) struct PatchSearch<'a> {
    pub volume: &'a SearchVolume,
    pub categories: &'a Categories,
    pub pixel_vox: f64,
    pub settings: &'a Settings,
    pub progress: &'a dyn Progress,
}

impl PatchSearch<'_> {
    /// The best places of the volume, far apart from each other.
    pub fn everywhere(&self, patch: Patch) -> Result<Vec<Place>, RegistrationError> {
        let step = "searching the volume";
        let peaks = self.peaks(step, self.volume, [0; 3], patch, Scope::Everywhere)?;
        Ok(self.best(peaks, patch, self.settings.candidates))
    }

    /// The best places from which the middle of the map can come to lie in a region, in
    /// proportion to how much of the volume that is, and the best of a sparse search through the
    /// rest of the volume, to compare them with.
    pub fn within(&self, region: &Region, patch: Patch) -> Result<Vec<Place>, RegistrationError> {
        let (volume, turns) = (self.volume, turns(self.settings.angle_step_deg));
        let coarse = &volume.coarse;
        let window = Window::new(
            region,
            self.categories.middle(),
            patch,
            coarse,
            self.pixel_vox,
            self.settings,
        );
        let reach = self.radius(patch).floor() as usize;
        let windows: Vec<[Range<usize>; 3]> = turns.iter().map(|turn| window.at(turn)).collect();
        let positions: usize = windows
            .iter()
            .map(|window| window.iter().map(Range::len).product::<usize>())
            .sum();
        let share = positions as f64 / (turns.len() * coarse.data.len()) as f64;
        let keep = (share * self.settings.candidates as f64).ceil() as usize;

        let inside = match hull(&windows, reach, coarse.shape) {
            Some(hull) => {
                let origin = hull.clone().map(|range| range.start);
                let piece = volume.cropped(hull);
                let step = "searching the region";
                self.peaks(step, &piece, origin, patch, Scope::Into(&window))?
            }
            None => Vec::new(),
        };
        let step = "searching elsewhere to compare";
        let elsewhere = self.peaks(step, volume, [0; 3], patch, Scope::Elsewhere(&window))?;
        let mut places = self.best(inside, patch, keep.max(LEAST_IN_REGION));
        places.extend(self.best(elsewhere, patch, PLACES_ELSEWHERE));
        Ok(places)
    }

    /// Radius of the disc in coarse voxels.
    fn radius(&self, patch: Patch) -> f64 {
        patch.radius_vox / self.volume.coarse.factor as f64
    }

    fn best(&self, peaks: Vec<Peak>, patch: Patch, keep: usize) -> Vec<Place> {
        far_apart(
            peaks,
            self.radius(patch),
            self.settings.angle_step_deg,
            keep,
        )
        .iter()
        .map(|peak| Place {
            pose: pose_of(peak, &self.volume.coarse, patch.centre, self.pixel_vox),
        })
        .collect()
    }

    /// Peaks in a part of the volume, `piece`, whose first voxel is `origin` (x, y, z): one step of
    /// the progress, named `step`.
    fn peaks(
        &self,
        step: &str,
        piece: &SearchVolume,
        origin: [usize; 3],
        patch: Patch,
        scope: Scope<'_>,
    ) -> Result<Vec<Peak>, RegistrationError> {
        let [nz, ny, nx] = piece.coarse.shape;
        let radius = self.radius(patch);
        let offsets = disc_offsets(radius);
        let reach = radius.floor() as usize;
        if nx <= 2 * reach || ny <= 2 * reach || offsets.len() < 9 {
            return Ok(Vec::new());
        }
        let turns = turns(self.settings.angle_step_deg);
        self.progress.start(step, turns.len() as u64);
        let map_per_coarse = piece.coarse.factor as f64 / self.pixel_vox;
        let fourier = &piece.fourier;
        let inverse_variance = piece.inverse_variance(&offsets);
        let fields = regressor_fields(self.categories, map_per_coarse);
        let peaks: Vec<Vec<Peak>> = turns
            .par_iter()
            .map_init(
                || {
                    (
                        fourier.workspace(),
                        vec![Complex32::default(); fourier.len()],
                    )
                },
                |(space, product), turn| {
                    if self.progress.is_cancelled() {
                        return Vec::new();
                    }
                    let looked_at = scope.at(turn);
                    let step = steps_of(turn.angle, turn.mirrored, map_per_coarse);
                    let template = template(fourier, &offsets, &fields, patch.centre, step, space);
                    let mut peaks = Vec::new();
                    for z in (0..nz).filter(|z| looked_at.slice(z + origin[2])) {
                        let slice = piece.spectrum(z);
                        for ((out, s), t) in product.iter_mut().zip(slice).zip(&template) {
                            *out = s * t;
                        }
                        fourier.inverse(product, space);
                        let inverse_variance = &inverse_variance[z * nx * ny..][..nx * ny];
                        let place =
                            |x: usize, y: usize| [x + origin[0], y + origin[1], z + origin[2]];
                        let mut score = |x: usize, y: usize| {
                            if looked_at.position(place(x, y)) {
                                let explained = product[y * fourier.width + x].norm_sqr();
                                explained * inverse_variance[y * nx + x]
                            } else {
                                0.0
                            }
                        };
                        slice_peaks([nx, ny], reach, &mut score, |x, y, score| {
                            let [x, y, z] = place(x, y);
                            peaks.push(Peak {
                                x,
                                y,
                                z,
                                mirrored: turn.mirrored,
                                angle: turn.angle,
                                score,
                            });
                        });
                    }
                    self.progress.advance(1);
                    peaks
                },
            )
            .collect();
        self.progress.finish();
        self.progress.check()?;
        Ok(peaks.concat())
    }
}

/// The smallest box, as ranges along x, y and z, that holds all windows and the discs about them.
fn hull(
    windows: &[[Range<usize>; 3]],
    reach: usize,
    [nz, ny, nx]: [usize; 3],
) -> Option<[Range<usize>; 3]> {
    let reached = windows
        .iter()
        .filter(|window| window.iter().all(|range| !range.is_empty()))
        .cloned()
        .reduce(|a, b| {
            std::array::from_fn(|axis| {
                a[axis].start.min(b[axis].start)..a[axis].end.max(b[axis].end)
            })
        })?;
    let [x, y, z] = reached;
    let grown = |range: Range<usize>, n: usize| {
        range.start.saturating_sub(reach)..(range.end + reach).min(n)
    };
    Some([grown(x, nx), grown(y, ny), z.start..z.end.min(nz)])
}

/// A known start pose, and random places of the volume to compare it with.
pub(crate) fn around(
    start: &CtFromMap,
    volume: &CoarseVolume,
    centre: MapPoint,
    pixel_vox: f64,
    seed: u64,
) -> Vec<Place> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let [nz, ny, nx] = volume.shape;
    let random = (0..RANDOM_PLACES).map(|_| {
        let peak = Peak {
            x: rng.random_range(0..nx),
            y: rng.random_range(0..ny),
            z: rng.random_range(0..nz),
            mirrored: rng.random(),
            angle: rng.random_range(0.0..std::f64::consts::TAU),
            score: 0.0,
        };
        Place {
            pose: pose_of(&peak, volume, centre, pixel_vox),
        }
    });
    std::iter::once(Place { pose: *start })
        .chain(random)
        .collect()
}
