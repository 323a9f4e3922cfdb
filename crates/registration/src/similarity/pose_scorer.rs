use corelith_core::CtFromMap;
use rayon::prelude::*;

use crate::RegistrationError;
use crate::placement::pose::Allowed;
use crate::similarity::information::Information;
use crate::similarity::joint_histogram::{BINS, FixedPose, Scorer};
use crate::similarity::samples::Samples;

/// A pose with the score that it reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored {
    pub pose: CtFromMap,
    /// [`Information::certainty`], or a negative number where the pose is not allowed.
    pub score: f64,
}

/// Scores poses by the mutual information of a set of samples.
pub(crate) struct PoseScorer<'a> {
    pub scorer: &'a Scorer,
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
