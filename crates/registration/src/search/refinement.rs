//! From places of the first search to poses that were all refined alike.

use corelith_core::{CtFromMap, Progress, Region};

use crate::RegistrationError;
use crate::map::categories::Categories;
use crate::placement::pose::{AFFINE, Allowed, MapPoint, RIGID, SIMILAR, distance_vox, moved};
use crate::search::patch_search::Place;
use crate::search::patches::Patch;
use crate::search::pattern_search::{Steps, climb};
use crate::settings::Settings;
use crate::similarity::joint_histogram::Scorer;
use crate::similarity::pose_scorer::{PoseScorer, Scored};
use crate::similarity::samples::Samples;

/// How far neighbouring tilts of the first refinement move the rim of the patch, in voxels.
const TILT_STEP_VOX: f64 = 5.0;
/// Places whose best tilt is refined.
const REFINED: usize = 64;
/// Poses that are grown to the whole map.
const GROWN: usize = 24;
/// Growth of the patch from one round to the next.
const GROWTH: f64 = 1.6;

/// Poses that are also tried from starts around them.
const HOPPED: usize = 3;
/// Length of a hop at the rim of the map, in voxels.
const HOP_VOX: f64 = 6.0;
/// Starts around a pose, tilted and lifted: the motions that a map itself shows least.
pub(crate) fn hops_about(pose: &CtFromMap, pivot: MapPoint, radius_vox: f64) -> Vec<CtFromMap> {
    HOPS.iter()
        .map(|hop| {
            let mut delta = [0.0; AFFINE];
            for (axis, share) in [2, 4, 5].into_iter().zip(hop) {
                delta[axis] = share * HOP_VOX;
            }
            moved(pose, pivot, radius_vox, &delta)
        })
        .collect()
}

/// Hops as shares of [`HOP_VOX`]: lift, tilt about u, tilt about v.
const HOPS: [[f64; 3]; 10] = [
    [1.0, 0.0, 0.0],
    [-1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, -1.0, 0.0],
    [0.0, 0.0, 1.0],
    [0.0, 0.0, -1.0],
    [0.0, 1.0, 1.0],
    [0.0, 1.0, -1.0],
    [0.0, -1.0, 1.0],
    [0.0, -1.0, -1.0],
];

/// What refining needs to know of the map and the volume.
pub(crate) struct Refinement<'a> {
    pub scorer: &'a Scorer,
    pub categories: &'a Categories,
    pub settings: &'a Settings,
    pub allowed: Allowed,
    /// Where the middle of the map is said to lie.
    pub region: Option<Region>,
    pub seed: u64,
    pub progress: &'a dyn Progress,
}

impl Refinement<'_> {
    /// The best poses on the whole map, best first, no two of them the same place.
    pub fn of_places(
        &self,
        places: &[Place],
        patch: Patch,
    ) -> Result<Vec<Scored>, RegistrationError> {
        let radius = patch.radius_vox;
        let samples = self.samples_within(patch, radius);
        let scorer = self.pose_scorer(&samples);
        let tilted: Vec<CtFromMap> = places
            .iter()
            .flat_map(|place| self.tilts(&place.pose, patch))
            .collect();
        let per_place = if places.is_empty() {
            1
        } else {
            tilted.len() / places.len()
        };
        let scores = scorer.scores(&tilted)?;
        let mut best: Vec<Scored> = tilted
            .chunks(per_place)
            .zip(scores.chunks(per_place))
            .filter_map(|(poses, scores)| {
                poses
                    .iter()
                    .zip(scores)
                    .map(|(&pose, &score)| Scored { pose, score })
                    .max_by(|a, b| a.score.total_cmp(&b.score))
            })
            .collect();
        sort(&mut best);
        self.shortlist(&mut best, REFINED);
        let mut poses: Vec<Scored> = climb(
            &scorer,
            &poses_of(&best),
            patch.centre,
            radius,
            Steps {
                first_vox: 4.0,
                last_vox: 1.0,
                freedom: RIGID,
                rounds: 12,
            },
            self.progress,
        )?;
        self.keep_distinct(&mut poses, REFINED);
        self.shortlist(&mut poses, GROWN);
        self.grown(&poses_of(&poses), patch)
    }

    /// Refines poses on ever larger parts of the map, ending with all of it.
    pub fn grown(
        &self,
        starts: &[CtFromMap],
        patch: Patch,
    ) -> Result<Vec<Scored>, RegistrationError> {
        let whole = self.whole_radius(patch);
        let mut radius = patch.radius_vox.min(whole);
        let mut poses = starts.to_vec();
        loop {
            let samples = self.samples_within(patch, radius);
            let last = radius >= whole;
            let climbed = climb(
                &self.pose_scorer(&samples),
                &poses,
                patch.centre,
                radius,
                Steps {
                    first_vox: 2.0,
                    last_vox: if last { 0.25 } else { 0.5 },
                    freedom: if last { AFFINE } else { SIMILAR },
                    rounds: if last { 24 } else { 10 },
                },
                self.progress,
            )?;
            if last {
                let mut climbed = climbed;
                self.keep_distinct(&mut climbed, GROWN);
                return self.hopped(climbed, patch, radius);
            }
            poses = poses_of(&climbed);
            radius = (radius * GROWTH).min(whole);
        }
    }

    /// Gives the best poses a way out of local optima: each is also refined from tilted and
    /// lifted starts around it, for those are the motions that the map itself shows least.
    fn hopped(
        &self,
        mut poses: Vec<Scored>,
        patch: Patch,
        radius: f64,
    ) -> Result<Vec<Scored>, RegistrationError> {
        let starts: Vec<CtFromMap> = poses
            .iter()
            .take(HOPPED)
            .flat_map(|pose| hops_about(&pose.pose, patch.centre, radius))
            .collect();
        let samples = self.samples_within(patch, radius);
        let steps = |first_vox, last_vox, rounds| Steps {
            first_vox,
            last_vox,
            freedom: AFFINE,
            rounds,
        };
        let scorer = self.pose_scorer(&samples);
        let climbed = climb(
            &scorer,
            &starts,
            patch.centre,
            radius,
            steps(2.0, 1.0, 8),
            self.progress,
        )?;
        poses.extend(climbed);
        self.keep_distinct(&mut poses, REFINED);
        self.shortlist(&mut poses, GROWN);
        climb(
            &scorer,
            &poses_of(&poses),
            patch.centre,
            radius,
            steps(0.5, 0.25, 12),
            self.progress,
        )
        .map(|mut poses| {
            self.keep_distinct(&mut poses, GROWN);
            poses
        })
    }

    fn samples_within(&self, patch: Patch, radius_vox: f64) -> Samples {
        Samples::around(
            self.categories,
            patch.centre,
            radius_vox / self.allowed.pixel_vox,
            self.settings.samples,
            self.seed,
        )
    }

    fn pose_scorer<'b>(&'b self, samples: &'b Samples) -> PoseScorer<'b> {
        PoseScorer {
            scorer: self.scorer,
            samples,
            allowed: self.allowed,
            overlap_min: self.settings.overlap_min,
        }
    }

    /// Radius about the patch's centre that holds the whole map.
    fn whole_radius(&self, patch: Patch) -> f64 {
        let raster = &self.categories.raster;
        let (right, bottom) = (raster.cols() as f64 - 1.0, raster.rows() as f64 - 1.0);
        [(0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)]
            .iter()
            .map(|(c, r)| (c - patch.centre.col).hypot(r - patch.centre.row))
            .fold(0.0, f64::max)
            * self.allowed.pixel_vox
    }

    /// The pose tilted about its patch's centre, on a grid within the largest tilt.
    fn tilts(&self, pose: &CtFromMap, patch: Patch) -> Vec<CtFromMap> {
        let reach = patch.radius_vox * self.settings.tilt_max_deg.to_radians().tan();
        let half = (reach / TILT_STEP_VOX).ceil() as i32;
        let step = reach / f64::from(half.max(1));
        let mut poses = Vec::new();
        for i in -half..=half {
            for j in -half..=half {
                let (a, b) = (f64::from(i) * step, f64::from(j) * step);
                if a.hypot(b) <= reach + 1e-9 {
                    let delta = [0.0, 0.0, 0.0, 0.0, a, b, 0.0, 0.0, 0.0];
                    poses.push(moved(pose, patch.centre, patch.radius_vox, &delta));
                }
            }
        }
        poses
    }

    /// Keeps the `most` best of sorted poses; with a region half as many, as many from outside of
    /// it as from inside, so that there are rivals from outside whatever the region.
    fn shortlist(&self, poses: &mut Vec<Scored>, most: usize) {
        let Some(region) = &self.region else {
            poses.truncate(most);
            return;
        };
        let middle = self.categories.middle();
        let mut kept = [0; 2];
        poses.retain(|scored| {
            let inside = region.holds(&scored.pose.apply(middle.col, middle.row));
            let kept = &mut kept[usize::from(inside)];
            *kept += 1;
            *kept <= most / 4
        });
    }

    fn keep_distinct(&self, poses: &mut Vec<Scored>, most: usize) {
        let raster = &self.categories.raster;
        let apart = self.apart_vox();
        sort(poses);
        let mut kept: Vec<Scored> = Vec::new();
        for pose in poses.iter() {
            let new = kept.iter().all(|other| {
                distance_vox(&pose.pose, &other.pose, raster.rows(), raster.cols()) > apart
            });
            if new && pose.score > 0.0 {
                kept.push(*pose);
                if kept.len() == most {
                    break;
                }
            }
        }
        *poses = kept;
    }

    /// Poses nearer than this are the same place: a particle.
    pub fn apart_vox(&self) -> f64 {
        (self.categories.chord_px() * self.allowed.pixel_vox).max(4.0)
    }
}

fn poses_of(scored: &[Scored]) -> Vec<CtFromMap> {
    scored.iter().map(|s| s.pose).collect()
}

fn sort(poses: &mut [Scored]) {
    poses.sort_by(|a, b| b.score.total_cmp(&a.score));
}
