use corelith_core::{CtFromMap, Progress};

use crate::RegistrationError;
use crate::placement::pose::{AFFINE, MapPoint, moved};
use crate::similarity::pose_scorer::{PoseScorer, Scored};

/// How a pattern search moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    /// First step, in voxels at the radius.
    pub first_vox: f64,
    /// The search ends below this step.
    pub last_vox: f64,
    /// Degrees of freedom: [`crate::placement::pose::RIGID`], `SIMILAR` or `AFFINE`.
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
