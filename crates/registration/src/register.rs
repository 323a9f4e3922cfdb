use std::time::Instant;

use corelith_core::{CtFromMap, Minerals, Progress, Raster, Region, Volume, seed_of};
use corelith_gpu::Compute;
use nalgebra::Vector3;

use crate::RegistrationError;
use crate::affine_fit;
use crate::candidates::Refinement;
use crate::channels::Channels;
use crate::classes::Categories;
use crate::contenders::{Contender, MARGIN_VOX, contenders, distinct};
use crate::joint_histogram::Scorer;
use crate::observation::Observation;
use crate::patch_search::{self, PatchSearch};
use crate::patches::patches;
use crate::pose::{Allowed, MapPoint, distance_vox};
use crate::prediction::Prediction;
use crate::pyramid::CtPyramid;
use crate::registration::{Registration, Status};
use crate::settings::{MapChannels, Settings};
use crate::slab::Slab;
use crate::verdict::Verdict;
use crate::warp::Warp;
use crate::warp_fit;
use crate::whereabouts::Whereabouts;

/// Pixels along the shorter side below which a map holds no pattern.
const LEAST_SIDE: usize = 24;

/// Decisiveness from which no further patch is searched for.
const PLAIN: f64 = 2.0;

/// A mineral map to be placed.
#[derive(Debug, Clone, Copy)]
pub struct MapInput<'a> {
    /// Name for messages.
    pub name: &'a str,
    /// Class of every pixel: a row of `minerals`. Only the size counts with
    /// [`MapChannels::Bse`].
    pub classes: &'a Raster<u8>,
    /// The mineral list, with its background.
    pub minerals: &'a Minerals,
    /// Backscatter image on the same pixels, where there is one: brighter where the mean atomic
    /// number is higher, in any unit; NaN where unknown.
    pub bse: Option<&'a Raster<f32>>,
    /// Side of a pixel in micrometres.
    pub pixel_size_um: f64,
}

/// Places one map in a CT volume; see [`register_in`], which shares the preparation of the volume
/// between several maps.
///
/// # Errors
/// As [`CtPyramid::new`] and [`register_in`].
pub fn register(
    ct: &Volume<u16>,
    map: &MapInput<'_>,
    whereabouts: Option<&Whereabouts>,
    settings: &Settings,
    compute: &Compute,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Registration, RegistrationError> {
    register_in(
        &CtPyramid::new(ct)?,
        map,
        whereabouts,
        settings,
        compute,
        seed,
        progress,
    )
}

/// Places one map in a prepared CT volume.
///
/// Without `whereabouts`, every position, rotation and both ways round are searched; with them,
/// only what they leave, and other places for comparison: see [`Whereabouts`]. The result is the
/// same whatever the number of threads.
///
/// # Errors
/// When the input, the region or a setting is out of range, the device fails, or the user asks to
/// stop. A map that lies nowhere in the volume is no error: [`Registration::status`] says so.
pub fn register_in(
    pyramid: &CtPyramid<'_>,
    map: &MapInput<'_>,
    whereabouts: Option<&Whereabouts>,
    settings: &Settings,
    compute: &Compute,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Registration, RegistrationError> {
    let began = Instant::now();
    settings.check()?;
    let pixel_vox = check(map, pyramid, settings.channels)?;
    let region = match whereabouts {
        Some(Whereabouts::Region(region)) => Some(*region),
        _ => None,
    };
    if let Some(region) = &region {
        region
            .check_within(pyramid.ct.shape())
            .map_err(|problem| RegistrationError::Region {
                map: map.name.to_owned(),
                problem,
            })?;
    }
    let (categories, bse) = compared(map, settings.channels, pixel_vox)?;
    let allowed = Allowed {
        tilt_max_deg: settings.tilt_max_deg,
        scale_error_max: settings.scale_error_max,
        pixel_vox,
    };
    if let Some(Whereabouts::Start(start)) = whereabouts
        && !allowed.holds(start)
    {
        return Err(RegistrationError::Start {
            map: map.name.to_owned(),
            tilt_deg: start.tilt_deg(),
            du_vox: start.du_vox().norm(),
            dv_vox: start.dv_vox().norm(),
            tilt_max_deg: settings.tilt_max_deg,
            pixel_vox,
            scale_percent: 100.0 * settings.scale_error_max,
        });
    }
    let scorer = Scorer::new(&pyramid.scoring, compute)?;
    let refinement = Refinement {
        scorer: &scorer,
        categories: &categories,
        settings,
        allowed,
        region,
        seed: seed_of(seed, map.name),
        progress,
    };
    let search = PatchSearch {
        volume: &pyramid.search,
        categories: &categories,
        pixel_vox,
        settings,
        progress,
    };

    let channels = Channels::new(&categories, bse);

    // Of all patches together, so that every place that one of them brings up is a rival of the
    // others.
    let mut poses: Vec<Contender> = Vec::new();
    let mut answer = None;
    let mut verdict = Verdict::nothing(&categories);
    if categories.len() > 1 {
        for patch in patches(&categories, pixel_vox, settings.tilt_max_deg) {
            progress.check()?;
            let places = match whereabouts {
                Some(Whereabouts::Start(start)) => patch_search::around(
                    start,
                    &pyramid.search,
                    patch.centre,
                    pixel_vox,
                    seed_of(seed, "random places"),
                ),
                Some(Whereabouts::Region(region)) => search.within(region, patch)?,
                None => search.everywhere(patch)?,
            };
            let refined = refinement.of_places(&places, patch)?;
            poses.extend(contenders(
                (pyramid.ct, pyramid.range),
                &channels,
                &refined,
                allowed,
            ));
            poses = distinct(
                poses,
                [channels.rows, channels.cols],
                refinement.apart_vox(),
            );
            (answer, verdict) = match &region {
                Some(region) => Verdict::in_region(&poses, region, categories.middle(), settings),
                None => (poses.first().copied(), Verdict::of(&poses, settings)),
            };
            tracing::debug!(
                map = map.name,
                places = places.len(),
                best = poses.first().map(|s| s.unexplained),
                rival = poses.get(1).map(|s| s.unexplained),
                decisiveness = verdict.decisiveness,
                "patch searched"
            );
            // Also where a place outside of the region stands out: another patch finds no other.
            if verdict.decisiveness.abs() >= PLAIN {
                break;
            }
        }
    }

    let mut registration = Registration {
        ct_from_map: answer
            .map(|contender| contender.pose)
            .unwrap_or_else(|| centred(pyramid, region, pixel_vox, categories.middle())),
        mirrored: false,
        tilt_deg: 0.0,
        score: verdict.score,
        margin: verdict.margin,
        decisiveness: verdict.decisiveness,
        uncertainty_vox: f64::INFINITY,
        status: verdict.status,
        reason: verdict.reason,
        seconds: 0.0,
        device: compute.name(),
        warp: None,
    };
    if registration.status == Status::Found {
        progress.start("fitting the plane", 2);
        fit(
            pyramid,
            &channels,
            settings,
            allowed,
            seed,
            &mut registration,
            progress,
        )?;
        progress.finish();
    }
    registration.mirrored = registration.ct_from_map.is_mirrored();
    registration.tilt_deg = registration.ct_from_map.tilt_deg();
    registration.seconds = began.elapsed().as_secs_f64();
    Ok(registration)
}

/// Affine least squares on little smoothed grey values, then the smooth displacement.
fn fit(
    pyramid: &CtPyramid<'_>,
    channels: &Channels,
    settings: &Settings,
    allowed: Allowed,
    seed: u64,
    registration: &mut Registration,
    progress: &dyn Progress,
) -> Result<(), RegistrationError> {
    let shape = [channels.rows, channels.cols];
    let pixel_vox = allowed.pixel_vox;
    let mut pose = registration.ct_from_map;
    let mut uncertainty_vox = f64::INFINITY;
    let slab = |pose: &CtFromMap, normal_blur: f64| {
        Slab::about(
            pyramid.ct,
            pyramid.range,
            pose,
            shape,
            MARGIN_VOX,
            FINE_SIGMA_VOX,
            normal_blur,
        )
    };
    let sharpened = slab(&pose, 0.0).and_then(|flat| {
        let blur_vox = best_blur(&flat, channels, &pose, None, pixel_vox);
        slab(&pose, blur_vox.min(NORMAL_BLUR_MAX_VOX))
    });
    if let Some(slab) = sharpened {
        let blur_vox = best_blur(&slab, channels, &pose, None, pixel_vox);
        let prediction = Prediction::new(channels, blur_vox / pixel_vox);
        pose = affine_fit::fit(&slab, &prediction, pose, 20, 1);
        progress.advance(1);
        progress.check()?;
        if settings.warp.enabled {
            let reach = |blur_vox: f64| (3.0 * blur_vox / pixel_vox).ceil() as usize;
            let warp_seed = seed_of(seed, "posterior");
            let warped = |from, blur_vox: f64| {
                let prediction = Prediction::new(channels, blur_vox / pixel_vox);
                let reach = reach(blur_vox);
                warp_fit::fit(
                    &slab,
                    &prediction,
                    from,
                    &settings.warp,
                    allowed,
                    reach,
                    warp_seed,
                )
            };
            // What the displacement leaves out of place looks like blur: once it is known, less
            // blur is left.
            let first = warped((pose, None), blur_vox);
            let blur_vox = best_blur(&slab, channels, &first.pose, Some(&first.warp), pixel_vox);
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
    let common_vox = SECTION_VOX / channels.sections.effective.max(1.0).sqrt();
    registration.uncertainty_vox = uncertainty_vox.hypot(common_vox);
    Ok(())
}

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

/// Blur of the map under which it resembles the CT most, in voxels.
fn best_blur(
    slab: &Slab,
    channels: &Channels,
    pose: &CtFromMap,
    warp: Option<&Warp>,
    pixel_vox: f64,
) -> f64 {
    [0.7, 0.9, 1.05, 1.2, 1.4, 1.6, 1.9, 2.3]
        .into_iter()
        .map(|blur_vox| {
            let prediction = Prediction::new(channels, blur_vox / pixel_vox);
            let error = Observation::new(slab, &prediction, pose, warp, 1).mean_square();
            (error, blur_vox)
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(1.2, |(_, blur_vox)| blur_vox)
}

/// A pose in the middle of the volume, or of the region, for a map of which nothing is known.
fn centred(
    pyramid: &CtPyramid<'_>,
    region: Option<Region>,
    pixel_vox: f64,
    middle: MapPoint,
) -> CtFromMap {
    let [nz, ny, nx] = pyramid.ct.shape().map(|n| n as f64 - 1.0);
    let ranges = region.unwrap_or_default().ranges();
    let mut centre = Vector3::zeros();
    for ((at, last), range) in centre.iter_mut().zip([nx, ny, nz]).zip(ranges) {
        let [low, high] = range.unwrap_or([0.0, last]);
        *at = (low.max(0.0) + high.min(last)) / 2.0;
    }
    let (du, dv) = (Vector3::x() * pixel_vox, Vector3::y() * pixel_vox);
    CtFromMap::new(du, dv, centre - du * middle.col - dv * middle.row)
}

/// What of the map is compared with the CT: its categories, and its BSE greys when they count.
fn compared<'a>(
    map: &MapInput<'a>,
    channels: MapChannels,
    pixel_vox: f64,
) -> Result<(Categories, Option<&'a Raster<f32>>), RegistrationError> {
    match channels {
        MapChannels::Both => Ok((Categories::of(map.classes, map.minerals), map.bse)),
        MapChannels::Classes => Ok((Categories::of(map.classes, map.minerals), None)),
        MapChannels::Bse => {
            let bse = map.bse.ok_or_else(|| RegistrationError::NoBse {
                map: map.name.to_owned(),
            })?;
            Ok((Categories::of_bse(bse, pixel_vox), Some(bse)))
        }
    }
}

/// Checks the map, its classes when they count; returns the side of its pixels in voxels.
fn check(
    map: &MapInput<'_>,
    pyramid: &CtPyramid<'_>,
    channels: MapChannels,
) -> Result<f64, RegistrationError> {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    if rows.min(cols) < LEAST_SIDE {
        return Err(RegistrationError::MapTooSmall {
            map: map.name.to_owned(),
            rows,
            cols,
            least: LEAST_SIDE,
        });
    }
    let ratio = map.pixel_size_um / pyramid.voxel_um();
    if !(0.1..=10.0).contains(&ratio) {
        return Err(RegistrationError::PixelSize {
            map: map.name.to_owned(),
            pixel_um: map.pixel_size_um,
            voxel_um: pyramid.voxel_um(),
            ratio,
        });
    }
    let minerals = map.minerals.len();
    if channels != MapChannels::Bse
        && let Some(index) = map
            .classes
            .data()
            .iter()
            .position(|&class| usize::from(class) >= minerals)
    {
        return Err(RegistrationError::UnknownClass {
            map: map.name.to_owned(),
            class: map.classes.data()[index],
            col: index % cols,
            row: index / cols,
            minerals,
        });
    }
    if let Some(bse) = map.bse
        && (bse.rows() != rows || bse.cols() != cols)
    {
        return Err(RegistrationError::BseShape {
            map: map.name.to_owned(),
            bse_rows: bse.rows(),
            bse_cols: bse.cols(),
            rows,
            cols,
        });
    }
    Ok(ratio)
}
