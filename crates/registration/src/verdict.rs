use crate::classes::Categories;
use crate::pattern_search::Scored;
use crate::registration::Status;
use crate::settings::Settings;

/// Whether the best pose stands out from all other places that were refined alike.
///
/// What a pose leaves unexplained of the classes is `1 - score`. The best pose must leave much
/// less than the best rival does, and the step between them must be large beside the spread of
/// the rivals: a map of few features fits anywhere rather well, and some places better than others.
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
        Self::without_score(reason)
    }

    fn without_score(reason: &str) -> Self {
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
            return Self::without_score("no pose keeps enough of the map inside the volume");
        };
        if rivals.len() < LEAST_RIVALS {
            return Self {
                score: best.score,
                ..Self::without_score("too few other places fit into the volume to compare with")
            };
        }
        let (score, rival) = (best.score, rivals[0].score);
        let unexplained: Vec<f64> = rivals.iter().map(|r| log_unexplained(r.score)).collect();
        let n = unexplained.len() as f64;
        let mean = unexplained.iter().sum::<f64>() / n;
        let spread = (unexplained.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / n).sqrt();
        let gap = log_unexplained(rival) - log_unexplained(score);
        let spreads = gap / spread.max(1e-3);
        let decisiveness = (gap / settings.gap_min).min(spreads / settings.spreads_min);
        let found = decisiveness >= 1.0;
        let figures = format!(
            "the best place scores {score:.3} and the next {rival:.3}, a gap of {gap:.2} \
             ({:.2} needed) or {spreads:.1} spreads ({:.1} needed)",
            settings.gap_min, settings.spreads_min
        );
        Self {
            status: if found {
                Status::Found
            } else {
                Status::NotFound
            },
            score,
            margin: score - rival,
            decisiveness,
            reason: if found {
                format!("one place stands out: {figures}")
            } else {
                format!("no place stands out: {figures}; is this map from this sample?")
            },
        }
    }
}

/// Rivals below which their spread says nothing.
const LEAST_RIVALS: usize = 4;

fn log_unexplained(score: f64) -> f64 {
    (1.0 - score).max(1e-3).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::CtFromMap;

    fn verdict(scores: &[f64]) -> Verdict {
        let poses: Vec<Scored> = scores
            .iter()
            .map(|&score| Scored {
                pose: CtFromMap::from([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0; 3]]),
                score,
            })
            .collect();
        Verdict::of(&poses, &Settings::default())
    }

    #[test]
    fn a_clear_winner_is_found() {
        let verdict = verdict(&[0.68, 0.25, 0.22, 0.2, 0.19, 0.15, 0.12]);
        assert_eq!(verdict.status, Status::Found, "{}", verdict.reason);
        assert!((verdict.margin - 0.43).abs() < 1e-12);
    }

    #[test]
    fn the_first_among_equals_is_not() {
        let even = verdict(&[0.47, 0.45, 0.4, 0.33, 0.29, 0.2]);
        assert_eq!(even.status, Status::NotFound);
        // A map of three blobs: some places fit well by chance.
        let poor = verdict(&[0.88, 0.74, 0.71, 0.6, 0.3, 0.2, 0.1]);
        assert_eq!(poor.status, Status::NotFound, "{}", poor.reason);
        assert_eq!(verdict(&[0.9]).status, Status::NotFound);
    }
}
