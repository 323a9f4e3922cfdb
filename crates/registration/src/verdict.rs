use crate::classes::Categories;
use crate::pattern_search::Scored;
use crate::registration::Status;
use crate::settings::Settings;

/// Whether the best pose stands out from all other places that were refined alike.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub status: Status,
    pub score: f64,
    pub margin: f64,
    pub decisiveness: f64,
    pub reason: String,
}

impl Verdict {
    /// Before anything was searched.
    pub fn nothing(categories: &Categories) -> Self {
        let reason = if categories.len() > 1 {
            "no part of the map fits anywhere into the volume: check the pixel and voxel sizes"
        } else {
            "the map shows one class only, so nothing tells where it lies"
        };
        Self {
            status: Status::NotFound,
            score: 0.0,
            margin: 0.0,
            decisiveness: 0.0,
            reason: reason.to_owned(),
        }
    }

    /// From distinct poses, best first.
    pub fn of(poses: &[Scored], settings: &Settings) -> Self {
        let [best, rivals @ ..] = poses else {
            return Self {
                status: Status::NotFound,
                score: 0.0,
                margin: 0.0,
                decisiveness: 0.0,
                reason: "no pose keeps enough of the map inside the volume".to_owned(),
            };
        };
        let score = best.score;
        let rival = rivals.first().map_or(0.0, |r| r.score);
        let n = rivals.len().max(1) as f64;
        let mean = rivals.iter().map(|r| r.score).sum::<f64>() / n;
        let spread = (rivals.iter().map(|r| (r.score - mean).powi(2)).sum::<f64>() / n).sqrt();
        let decisiveness = (score - mean) / spread.max(0.01);
        let found = decisiveness >= settings.decisiveness_min;
        let reason = if found {
            format!(
                "the pose scores {score:.3}, the best other place {rival:.3}; it stands \
                 {decisiveness:.1} spreads above them all"
            )
        } else {
            format!(
                "no place stands out: the best scores {score:.3}, the next {rival:.3}, which is \
                 {decisiveness:.1} spreads above all ({:.1} needed); is this map from this sample?",
                settings.decisiveness_min
            )
        };
        Self {
            status: if found {
                Status::Found
            } else {
                Status::NotFound
            },
            score,
            margin: score - rival,
            decisiveness,
            reason,
        }
    }
}
