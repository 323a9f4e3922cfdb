use corelith_core::{CtFromMap, Progress};
use rayon::prelude::*;

use crate::RegistrationError;
use crate::information::Information;
use crate::joint_histogram::{BINS, FixedPose, Scorer};
use crate::pose::{AFFINE, Allowed, MapPoint, moved};
use crate::samples::Samples;

/// A pose with the score that it reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored {
    pub pose: CtFromMap,
    /// [`Information::certainty`], or a negative number where the pose is not allowed.
    pub score: f64,
}

/// Scores poses by the mutual information of a set of samples.
pub(crate) struct PoseScorer<'a> {
    pub scorer: &'a Scorer<'a>,
    pub samples: &'a Samples,
    pub allowed: Allowed,
    pub overlap_min: f64,
}

impl PoseScorer<'_> {
    pub fn scores(&self, poses: &[CtFromMap]) -> Result<Vec<f64>, RegistrationError> {
        let fixed: Vec<FixedPose> = poses
            .iter()
            .map(|pose| FixedPose::new(pose, self.samples, self.scorer.factor()))
            .collect();
        let counts = self.scorer.histograms(self.samples, &fixed)?;
        let needed = self.overlap_min * self.samples.len() as f64;
        Ok(poses
            .par_iter()
            .zip(counts.par_chunks_exact(BINS))
            .with_min_len(16)
            .map(|(pose, histogram)| {
                let information = Information::of(histogram);
                if !self.allowed.holds(pose) || information.samples < needed {
                    -1.0
                } else {
                    information.certainty
                }
            })
            .collect())
    }
}

/// How a pattern search moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    /// First step, in voxels at the radius.
    pub first_vox: f64,
    /// The search ends below this step.
    pub last_vox: f64,
    /// Degrees of freedom: [`crate::pose::RIGID`], `SIMILAR` or `AFFINE`.
    pub freedom: usize,
    /// Rounds at most.
    pub rounds: usize,
}

/// Climbs from every start at once (Hooke and Jeeves 1961): each round tries a step both ways
/// along every degree of freedom, then all improving steps together, and halves the step of a
/// pose that nothing improved. One batch a half-round for all poses.
pub(crate) fn climb(
    scorer: &PoseScorer<'_>,
    starts: &[CtFromMap],
    pivot: MapPoint,
    radius: f64,
    steps: Steps,
    progress: &dyn Progress,
) -> Result<Vec<Scored>, RegistrationError> {
    let mut best: Vec<Scored> = starts
        .iter()
        .zip(scorer.scores(starts)?)
        .map(|(&pose, score)| Scored { pose, score })
        .collect();
    let mut step = vec![steps.first_vox; starts.len()];
    for _ in 0..steps.rounds {
        progress.check()?;
        let live: Vec<usize> = (0..best.len())
            .filter(|&i| step[i] >= steps.last_vox)
            .collect();
        if live.is_empty() {
            break;
        }
        let mut trials = Vec::with_capacity(live.len() * 2 * steps.freedom);
        for &i in &live {
            for axis in 0..steps.freedom {
                for sign in [-1.0, 1.0] {
                    let mut delta = [0.0; AFFINE];
                    delta[axis] = sign * step[i];
                    trials.push(moved(&best[i].pose, pivot, radius, &delta));
                }
            }
        }
        let trial_scores = scorer.scores(&trials)?;
        let mut together = Vec::with_capacity(live.len());
        let mut singles = Vec::with_capacity(live.len());
        for (slot, &i) in live.iter().enumerate() {
            let from = slot * 2 * steps.freedom;
            let scores = &trial_scores[from..from + 2 * steps.freedom];
            let mut delta = [0.0; AFFINE];
            let mut single = best[i];
            for (axis, pair) in scores.chunks_exact(2).enumerate() {
                let (gain_down, gain_up) = (pair[0] - best[i].score, pair[1] - best[i].score);
                if gain_down.max(gain_up) > 0.0 {
                    delta[axis] = if gain_up >= gain_down {
                        step[i]
                    } else {
                        -step[i]
                    };
                }
                for (which, &score) in pair.iter().enumerate() {
                    if score > single.score {
                        single = Scored {
                            pose: trials[from + 2 * axis + which],
                            score,
                        };
                    }
                }
            }
            together.push(moved(&best[i].pose, pivot, radius, &delta));
            singles.push(single);
        }
        for ((&i, single), (pose, score)) in live
            .iter()
            .zip(singles)
            .zip(together.iter().zip(scorer.scores(&together)?))
        {
            let reached = if score > single.score {
                Scored { pose: *pose, score }
            } else {
                single
            };
            if reached.score > best[i].score + 1e-6 {
                best[i] = reached;
            } else {
                step[i] /= 2.0;
            }
        }
    }
    Ok(best)
}
