use std::time::Instant;

use corelith_core::{CtFromMap, Progress, RangedSettings as _, Region, seed_of};
use nalgebra::Vector3;

use crate::RegistrationError;
use crate::acceptance::decision::{Decision, Question};
use crate::final_fit::FinalFit;
use crate::fit::contenders::{Comparison, Contender, distinct};
use crate::map::channels::Channels;
use crate::map::input::MapInput;
use crate::placement::pose::{Allowed, MapPoint};
use crate::placement::whereabouts::Whereabouts;
use crate::prepared_ct::PreparedCt;
use crate::registration::{Registration, Status};
use crate::search::patch_search::{self, PatchSearch};
use crate::search::patches::patches;
use crate::search::refinement::{Refinement, hops_about};
use crate::settings::Settings;

/// Poses of each patch that are fitted by least squares.
const CONTENDERS: usize = 16;
/// Best places that are also fitted from starts around them, and with frames that lie out of place,
/// while none stands out.
const LOOKED_AT_CLOSELY: usize = 3;

/// Places one map in a prepared CT volume.
///
/// Without [`MapInput::whereabouts`], every position, rotation and both ways round are searched;
/// with them, only what they leave, and other places for comparison: see [`Whereabouts`]. The
/// result is the same whatever the number of threads.
///
/// # Errors
/// When the input, the region or a setting is out of range, the device fails, or the user asks to
/// stop. A map that lies nowhere in the volume is no error: [`Registration::status`] says so.
pub fn register(
    ct: &PreparedCt<'_>,
    map: &MapInput<'_>,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Registration, RegistrationError> {
    let began = Instant::now();
    settings.check_ranges()?;
    let allowed = check_map(ct.ct.shape(), ct.voxel_um(), map, settings)?;
    let pixel_vox = allowed.pixel_vox;
    let region = match map.whereabouts {
        Some(Whereabouts::Region(region)) => Some(region),
        _ => None,
    };
    let (categories, bse) = map.compared(settings.channels, pixel_vox)?;
    let refinement = Refinement {
        scorer: &ct.scorer,
        categories: &categories,
        settings,
        allowed,
        region,
        seed: seed_of(seed, map.name),
        progress,
    };
    let search = PatchSearch {
        volume: &ct.search,
        categories: &categories,
        pixel_vox,
        settings,
        progress,
    };
    let channels = Channels::new(&categories, bse, pixel_vox);
    let shape = [channels.rows, channels.cols];
    let sections = channels.sections.effective_particles(categories.chord_px());
    let comparison = Comparison::new((ct.ct, ct.range), &channels, allowed);
    let final_fit = FinalFit {
        ct,
        channels: &channels,
        settings,
        allowed,
        seed,
    };
    let half_vox = 0.5 * pixel_vox * (shape[0] as f64).hypot(shape[1] as f64);

    let near_vox = refinement
        .apart_vox()
        .max(pixel_vox * categories.chord_px());

    // Of all patches together, so that every place that one of them brings up is a rival of the
    // others.
    let mut poses: Vec<Contender> = Vec::new();
    let mut answer = None;
    let mut decision = Decision::nothing(&categories);
    if categories.len() > 1 {
        for patch in patches(&categories, pixel_vox, settings.tilt_max_deg) {
            progress.check()?;
            let places = match &map.whereabouts {
                Some(Whereabouts::Start(start)) => patch_search::around(
                    start,
                    &ct.search.coarse,
                    patch.centre,
                    pixel_vox,
                    seed_of(seed, "random places"),
                ),
                Some(Whereabouts::Region(region)) => search.within(region, patch)?,
                None => search.everywhere(patch)?,
            };
            let refined = refinement.of_places(&places, patch)?;
            let refined: Vec<CtFromMap> = refined.iter().take(CONTENDERS).map(|s| s.pose).collect();
            let mut decide = |fitted: Vec<Contender>| {
                poses.extend(fitted);
                poses = distinct(std::mem::take(&mut poses), shape, refinement.apart_vox());
                let question = Question {
                    shape,
                    near_vox,
                    within: region.as_ref().map(|region| (region, categories.middle())),
                    probability_min: settings.probability_min,
                    sections,
                };
                (answer, decision) = Decision::between(&poses, &question);
                let best = poses.iter().take(LOOKED_AT_CLOSELY).map(|c| c.pose);
                (decision.plain, best.collect::<Vec<_>>())
            };
            // Also where a place outside of the region stands out: another patch finds no other.
            let (mut plain, mut best) = decide(comparison.contenders(&refined));
            if !plain {
                progress.check()?;
                let hops = best
                    .iter()
                    .flat_map(|pose| hops_about(pose, categories.middle(), half_vox))
                    .filter(|pose| allowed.holds(pose));
                let hops: Vec<CtFromMap> = hops.collect();
                (plain, best) = decide(comparison.contenders(&hops));
            }
            if !plain {
                progress.check()?;
                let framed = best.iter().filter_map(|&pose| {
                    let (pose, frames) = final_fit.frames(pose)?;
                    comparison.with_frames(pose, &frames)
                });
                (plain, _) = decide(framed.collect());
            }
            tracing::debug!(
                map = map.name,
                places = places.len(),
                lead_nats = decision.lead_nats,
                probability = decision.probability,
                "patch searched"
            );
            if plain {
                break;
            }
        }
    }

    let (misfits, misfit_share) = answer.as_ref().map_or_else(Default::default, |contender| {
        channels
            .units
            .misfits(&contender.votes.units, channels.cols)
    });
    let mut registration = Registration {
        ct_from_map: answer
            .map(|contender| contender.pose)
            .unwrap_or_else(|| centred(ct, region, pixel_vox, categories.middle())),
        mirrored: false,
        tilt_deg: 0.0,
        score: decision.score,
        margin: decision.margin,
        probability: decision.probability,
        probability_needed: settings.probability_min,
        lead_nats: decision.lead_nats,
        misfits,
        misfit_share,
        uncertainty_vox: f64::INFINITY,
        status: decision.status,
        reason: decision.reason,
        seconds: 0.0,
        device: ct.device.clone(),
        warp: None,
    };
    if registration.status == Status::Found {
        progress.start("fitting the plane", 2);
        final_fit.finish(&mut registration, progress)?;
        progress.finish();
    }
    registration.mirrored = registration.ct_from_map.is_mirrored();
    registration.tilt_deg = registration.ct_from_map.tilt_deg();
    registration.seconds = began.elapsed().as_secs_f64();
    Ok(registration)
}

/// A pose in the middle of the volume, or of the region, for a map of which nothing is known.
fn centred(
    ct: &PreparedCt<'_>,
    region: Option<Region>,
    pixel_vox: f64,
    middle: MapPoint,
) -> CtFromMap {
    let [nz, ny, nx] = ct.ct.shape().map(|n| n as f64 - 1.0);
    let ranges = region.unwrap_or_default().ranges();
    let mut centre = Vector3::zeros();
    for ((at, last), range) in centre.iter_mut().zip([nx, ny, nz]).zip(ranges) {
        let [low, high] = range.unwrap_or([0.0, last]);
        *at = (low.max(0.0) + high.min(last)) / 2.0;
    }
    let (du, dv) = (Vector3::x() * pixel_vox, Vector3::y() * pixel_vox);
    CtFromMap::new(du, dv, centre - du * middle.col - dv * middle.row)
}

/// Fails where [`register`] would refuse the map before it searches for it in a volume of
/// `[nz, ny, nx]` voxels of `voxel_um`.
///
/// # Errors
/// When the map, what is said of its place, or a setting for it is out of range.
pub fn check_input(
    shape: [usize; 3],
    voxel_um: f64,
    map: &MapInput<'_>,
    settings: &Settings,
) -> Result<(), RegistrationError> {
    check_map(shape, voxel_um, map, settings).map(drop)
}

/// Checks a map; returns the poses that are allowed for it.
fn check_map(
    shape: [usize; 3],
    voxel_um: f64,
    map: &MapInput<'_>,
    settings: &Settings,
) -> Result<Allowed, RegistrationError> {
    let allowed = Allowed {
        tilt_max_deg: settings.tilt_max_deg,
        scale_error_max: settings.scale_error_max,
        pixel_vox: map.check(voxel_um, settings.channels)?,
    };
    check_whereabouts(map, shape, settings, allowed)?;
    Ok(allowed)
}

/// Checks that the map can lie where it is said to.
fn check_whereabouts(
    map: &MapInput<'_>,
    shape: [usize; 3],
    settings: &Settings,
    allowed: Allowed,
) -> Result<(), RegistrationError> {
    match &map.whereabouts {
        Some(Whereabouts::Region(region)) => {
            region
                .check_within(shape)
                .map_err(|problem| RegistrationError::Region {
                    map: map.name.to_owned(),
                    problem,
                })
        }
        Some(Whereabouts::Start(start)) if !allowed.holds(start) => Err(RegistrationError::Start {
            map: map.name.to_owned(),
            tilt_deg: start.tilt_deg(),
            du_vox: start.du_vox().norm(),
            dv_vox: start.dv_vox().norm(),
            tilt_max_deg: settings.tilt_max_deg,
            pixel_vox: allowed.pixel_vox,
            scale_percent: 100.0 * settings.scale_error_max,
        }),
        _ => Ok(()),
    }
}
